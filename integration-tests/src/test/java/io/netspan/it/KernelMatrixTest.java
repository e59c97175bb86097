package io.netspan.it;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.netspan.it.truth.Row;
import io.netspan.it.truth.Terms;
import io.netspan.it.truth.TruthTable;
import io.netspan.it.truth.Verdict;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The agent on all supported kernels, in emulated machines. */
@RequiresProgram({"qemu-system-x86_64", "busybox", "cpio", "unxz", "clang", "make", "apt-get"})
class KernelMatrixTest {
  private static final List<Row> ROWS =
      List.of(
          Row.M1, Row.S1, Row.L1, Row.L2, Row.L3, Row.L4, Row.L5, Row.L6, Row.L10, Row.L12, Row.L19,
          Row.L20, Row.L21, Row.L22, Row.L23, Row.L24, Row.W5, Row.W11, Row.W12, Row.W13, Row.W14);

  private static final List<String> PLAN =
      List.of(
          "M1", "S1", "agent", "L1", "L2", "L3:503", "L4", "L5", "L6", "L10", "L12", "L19", "L20",
          "L21", "L22", "L23", "L24", "W5:211", "W11", "W12", "W13", "W14");

  /**
   * With the instruction cmpxchg16b, Linux 6.12 and 7.2 sometimes fail with a double fault in qemu
   * 7.2, even without the agent.
   */
  private static final List<GuestMachine> MACHINES =
      List.of(
          new GuestMachine("5.10", "qemu64", 1, PLAN),
          new GuestMachine("6.1", "qemu64", 1, PLAN),
          new GuestMachine("6.12", "qemu64,-cx16", 1, PLAN),
          new GuestMachine(
              "7",
              "qemu64,-cx16",
              2,
              with(PLAN, List.of("L18:2003", "S7-cpu:503", "S7-suspend", "S7-clock"))));

  private static final GuestMachine LOCKED =
      new GuestMachine(
          "6.12",
          "qemu64,-cx16",
          1,
          List.of("S1", "agent"),
          List.of("lockdown=confidentiality", "ipv6.disable=1"));

  private static final int AT_A_TIME = 2;

  private static final Map<GuestMachine, String> notThere = new LinkedHashMap<>();
  private static final Map<GuestMachine, Future<GuestRun>> runs = new LinkedHashMap<>();
  private static final ExecutorService executor = Executors.newFixedThreadPool(AT_A_TIME);

  private static <T> List<T> with(List<T> some, List<T> more) {
    List<T> all = new ArrayList<>(some);
    all.addAll(more);
    return List.copyOf(all);
  }

  @BeforeAll
  static void boot() throws IOException {
    TruthTable.notRun(
        Row.S7,
        Terms.BPF.tracer(),
        "only in emulated machines: the CPUs and the clock are not ours");
    GuestMachine.build();
    for (GuestMachine machine : with(MACHINES, List.of(LOCKED))) {
      String reason = machine.fetch();
      if (reason.isEmpty()) {
        runs.put(machine, executor.submit(machine::run));
      } else {
        notThere.put(machine, reason);
      }
      if (machine.processors() == 1 && machine.settings().isEmpty()) {
        TruthTable.notRun(Row.S7, machine.release(), Terms.BPF.tracer(), "it has one processor");
      }
    }
  }

  @AfterAll
  static void stop() {
    executor.shutdownNow();
  }

  @TestFactory
  Stream<DynamicTest> kernels() {
    return Stream.concat(
        MACHINES.stream().flatMap(KernelMatrixTest::tests),
        Stream.of(
            dynamicTest(
                "Linux " + LOCKED.name() + ": " + Row.S6 + " " + Row.S6.title(),
                KernelMatrixTest::locked)));
  }

  private static Stream<DynamicTest> tests(GuestMachine machine) {
    String name = "Linux " + machine.kernel() + ": ";
    Stream<DynamicTest> rows =
        ROWS.stream()
            .map(row -> dynamicTest(name + row + " " + row.title(), () -> check(machine, row)));
    Stream<DynamicTest> all =
        Stream.concat(
            Stream.of(
                dynamicTest(name + "the plain loader", () -> checkLoader(machine)),
                dynamicTest(name + "the agent's start and end", () -> checkAgent(machine))),
            rows);
    return machine.processors() == 1
        ? all
        : Stream.concat(
            all,
            Stream.of(
                dynamicTest(name + Row.L18 + " " + Row.L18.title(), () -> steered(machine)),
                dynamicTest(name + Row.S7 + " " + Row.S7.title(), () -> changes(machine))));
  }

  /** Waits for the results of the machine. */
  private static GuestRun run(GuestMachine machine) throws InterruptedException {
    String reason = notThere.getOrDefault(machine, "");
    boolean required = System.getProperty("kernel.tests", "").equals("required");
    assumeTrue(required || reason.isEmpty(), "no kernel " + machine.kernel() + ": " + reason);
    assertThat(reason).as("kernel %s", machine.kernel()).isEmpty();
    try {
      return requireNonNull(runs.get(machine)).get();
    } catch (ExecutionException e) {
      throw new AssertionError(e.getMessage(), e);
    }
  }

  private static void check(GuestMachine machine, Row row) throws Exception {
    GuestRun run = run(machine);
    String lacks = run.ledger(row.name()).notes().getOrDefault("not run", "");
    if (lacks.isEmpty()) {
      TruthTable.check(row, machine.release(), Terms.BPF.tracer(), () -> run.judge(row.name()));
    } else {
      TruthTable.notRun(row, machine.release(), Terms.BPF.tracer(), lacks);
    }
  }

  private static void steered(GuestMachine machine) throws Exception {
    GuestRun run = run(machine);
    TruthTable.check(Row.L18, machine.release(), Terms.BPF.tracer(), () -> run.judgeWhole("L18"));
  }

  private static void changes(GuestMachine machine) throws Exception {
    GuestRun run = run(machine);
    TruthTable.check(Row.S7, machine.release(), Terms.BPF.tracer(), () -> changes(run));
  }

  private static Verdict changes(GuestRun run) throws IOException {
    String times = run.text("S7-cpu.times");
    return run.judge("S7-cpu")
        .and(!times.equals("0"), "the CPU did not go")
        .and(run.judgeByEnds("S7-suspend"))
        .and(run.text("S7-suspend.slept").equals("0"), "the machine did not suspend")
        .and(run.judgeByEnds("S7-clock"))
        .withNote(
            "a CPU went and came "
                + times
                + " times; suspended to RAM for some 3 s; the clock went +1 h and -1 h");
  }

  private static void locked() throws Exception {
    GuestRun run = run(LOCKED);
    TruthTable.check(Row.S6, LOCKED.release(), Terms.POLL_HELD.tracer(), () -> locked(run));
  }

  private static Verdict locked(GuestRun run) throws IOException {
    List<String> said = run.text("agent.err").lines().toList();
    said.forEach(line -> System.out.println(LOCKED.name() + ": agent: " + line));
    assertThat(said.getFirst())
        .contains(
            "WARN", "locked down for confidentiality", "lockdown=integrity", "Polling misses");
    assertThat(said.subList(1, said.size())).noneMatch(line -> line.contains("WARN"));
    assertThat(run.text("agent.exit")).as("exit code").isEqualTo("0");
    assertThat(run.totals().lost()).isEqualTo("tracer/fell_back 1");
    return run.judgePolled("S1").withNote(String.join(" ", LOCKED.settings()));
  }

  private static void checkLoader(GuestMachine machine) throws Exception {
    String output = run(machine).text("load.out");
    output
        .lines()
        .filter(line -> line.startsWith("CHECK LOAD") || line.startsWith("CHECK RECORDS"))
        .forEach(line -> System.out.println(machine.release() + ": plain loader: " + line));
    assertThat(output).endsWith("CHECK PASS");
  }

  private static void checkAgent(GuestMachine machine) throws Exception {
    GuestRun run = run(machine);
    System.out.printf(
        "%s: booted, run and ended in %d s%n", machine.release(), run.took().toSeconds());
    List<String> said = run.text("agent.err").lines().toList();
    said.forEach(line -> System.out.println(machine.release() + ": agent: " + line));
    assertThat(run.text("agent.exit")).as("exit code").isEqualTo("0");
    // An emulated processor may need more than a second for the names of a process. On two
    // processors, events of other programs can be missed; row L18 checks that ours are not.
    String late = "enrichment/counted_early \\d+";
    String missed =
        machine.processors() == 1 ? late : "kernel/recursion \\d(, " + late + ")?|" + late;
    assertThat(run.totals().lost()).matches("nothing|" + missed);
    assertThat(run.text("dmesg")).as("warnings of the kernel").isEmpty();
  }
}
