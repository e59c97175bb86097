# The ways into netspan: `make` lists them. What they do is in .make/, one short script each.

MAVEN := .make/maven
DIST := receiver/target/dist

# What the agent is made of, its tests and benchmarks left out. Folders are in it too, so that a deleted file counts as a change.
SOURCES := pom.xml $(shell find .mvn */pom.xml bpf/Makefile */src \( -path '*/src/test' -o -path 'benchmarks/*' \) -prune -o -print)

# In the receiver's pom.xml the profile "bench" runs JMH in the test phase, with jmh.args as its options.
BENCH = $(MAVEN) bench -q -pl receiver -am -Pbench -DskipTests -Djmh.args='$(ARGS)' test

# What to measure, with what, how often. benchmarks/ is the program.
BENCH_AGENT = $(if $(WORKLOADS),--workloads '$(WORKLOADS)') $(if $(CONTENDERS),--contenders '$(CONTENDERS)') $(if $(ROUNDS),--rounds '$(ROUNDS)')

# In FuzzTest, fuzz.runs is how many inputs each target gets, fuzz.seed where its random numbers begin.
FUZZ = $(MAVEN) fuzz -q -pl integration-tests/fuzz -am -Dtest=FuzzTest -Dsurefire.failIfNoSpecifiedTests=false $(ARGS) test

# For run, test, bench, bench-agent and fuzz: further arguments, say `make run ARGS='--format json'`.
ARGS ?=

.DELETE_ON_ERROR:
.PHONY: help build run demo test bench bench-agent bench-compare fuzz kernels backends format clean packages

help: ## list these commands
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' Makefile | while IFS='|' read -r name what; do printf 'make %-13s %s\n' "$$name" "$$what"; done

build: $(DIST)/lib/netspan.aot ## build the launcher, bin/netspan; asks before it installs what is missing

run: build ## build, then trace this machine's connections; options in ARGS='...'
	@.make/run $(ARGS)

demo: build ## watch a small shop with the Collector, Prometheus and Jaeger; asks before it builds or fetches what is missing
	@.make/demo $(ARGS)

test: build ## run every test that this machine can run; as root those on the real kernel too
	@.make/test $(ARGS)

bench: packages ## measure the hot path with JMH; its options in ARGS='...'
	@$(BENCH)

bench-agent: build ## measure what tracing costs, some 20 minutes: WORKLOADS=, CONTENDERS=, ROUNDS=, ARGS=--help
	@.make/bench-agent --prepare
	@.make/bench-agent $(BENCH_AGENT) $(ARGS)

bench-compare: packages ## compare two of its results: BEFORE=FILE AFTER=FILE
	@.make/bench-agent --prepare
	@.make/bench-agent compare $(BEFORE) $(AFTER)

fuzz: packages ## fuzz for long: ARGS='-Dfuzz.runs=10000000 -Dfuzz.seed=7'
	@$(FUZZ)

kernels: ## load the tracer on kernels 5.10, 6.1, 6.12 and the newest in an emulator, and count (Debian; root)
	@$(MAKE) --silent -C integration-tests/kernels

backends: ## build the Collector, Prometheus and Jaeger for the tests that send to them (Go; minutes the first time)
	@.make/backends $(ARGS)

format: packages ## format the Java and the C sources
	@$(MAVEN) format -q spotless:apply
	@command -v clang-format >/dev/null || { echo "netspan: the C sources were not formatted, since there is no clang-format: run '.make/install --tests'." >&2; exit 1; }
	@clang-format -i bpf/src/*/*.c bpf/src/*/*.h

clean: ## remove all that was built
	@rm -rf bin target */target

packages:
	@.make/install

$(DIST)/lib/netspan.aot: $(DIST)/built bin/netspan
	@.make/aot

bin/netspan: .make/netspan.sh .make/jdk.sh
	@mkdir -p bin
	@sed -e '/^\. .*jdk\.sh"$$/{r .make/jdk.sh' -e 'd}' -e '/^# shellcheck source/d' .make/netspan.sh >$@
	@chmod +x $@

$(DIST)/built: $(SOURCES) | packages
	@echo 'Building netspan (the first time Maven fetches what it needs; details in target/build.log)'
	@rm -rf $(DIST)
	@$(MAVEN) build -q -pl receiver -am package -Dmaven.test.skip=true
	@touch $@
