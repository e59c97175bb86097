#!/bin/sh
# Starts netspan with a Java of version 25 or newer. NETSPAN_JAVA_OPTS is added to Java's options (say -Xmx1g).
set -eu

netspan_home=$(dirname "$(dirname "$(readlink -f "$0")")")
# shellcheck source=.make/jdk.sh
. "$netspan_home/.make/jdk.sh"

# A descriptor that is closed would be given to the next file that is opened, and be written to. Standard output is made
# one that cannot be written, so that netspan notices.
[ -e /proc/self/fd/0 ] || exec </dev/null
[ -e /proc/self/fd/2 ] || exec 2>/dev/null
[ -e /proc/self/fd/1 ] || exec 1</dev/null

# Java does not start in a folder that has been deleted.
case $(pwd -P 2>/dev/null) in
/*) ;;
*) cd / ;;
esac

# limit_of FILE: lowers memory_kb to what the file says, in bytes. "max", or no such file, is no limit.
limit_of() {
  read -r limit_bytes 2>/dev/null <"$1" || return 0
  case $limit_bytes in
  '' | *[!0-9]* | ???????????????????*) return 0 ;; # version 1 says 9223372036854771712 for none
  esac
  if [ $((limit_bytes / 1024)) -lt "$memory_kb" ]; then
    memory_kb=$((limit_bytes / 1024))
  fi
}

# limits_along MOUNT CGROUP FILE: each group above may have a lower limit. In a container the mount can begin at its own group.
limits_along() {
  limits_path=$2
  while :; do
    [ ! -r "$1$limits_path/$3" ] || limit_of "$1$limits_path/$3"
    case $limits_path in
    /?*) limits_path=${limits_path%/*} ;;
    *) return 0 ;;
    esac
  done
}

# Sets memory_kb: what the cgroups (version 1, 2 or both) and the machine leave this process.
find_memory() {
  memory_kb=1073741824
  while read -r memory_key memory_value memory_unit; do
    if [ "$memory_key" = MemTotal: ] && [ "$memory_unit" = kB ]; then
      memory_kb=$memory_value
      break
    fi
  done 2>/dev/null </proc/meminfo || :
  while IFS=: read -r _ memory_controllers memory_path; do
    case ,$memory_controllers, in
    ,,)
      limits_along /sys/fs/cgroup "$memory_path" memory.max
      limits_along /sys/fs/cgroup/unified "$memory_path" memory.max
      ;;
    *,memory,*) limits_along /sys/fs/cgroup/memory "$memory_path" memory.limit_in_bytes ;;
    esac
  done 2>/dev/null </proc/self/cgroup || :
}

# Sets collector and heap, the defaults that go with the options in "$@": what those choose is left to them, since Java
# refuses two collectors, or an initial heap above the greatest. Sets tried to those among them that Java may refuse and
# that have no effect outside of it.
choose_heap() {
  collector=-XX:+UseSerialGC
  most=yes
  least=yes
  tried=
  for option; do
    case $option in
    -XX:+Use*GC) collector= ;;
    -Xmx* | -Xms* | -XX:*HeapSize=* | -XX:*RAM*) most= least= ;;
    -Xmn* | -XX:*NewSize=* | -XX:*Ratio=*) least= ;;
    esac
    case $option in
    -XX:AOT* | -XX:*Archive* | -XX:*Flight* | -XX:*Dump* | -XX:*Log* | -XX:On* | -XX:Flags*) ;;
    -Xlog* | -Xrun*) ;;
    -X*) tried="$tried $option" ;;
    esac
  done
  heap=
  [ -z "$most" ] || heap=-Xmx$(heap_mb)m
  [ -z "$least" ] || heap="-Xms16m $heap"
  # What the agent allocates is spans and requests, which are garbage within a second. By default the young generation would
  # grow with the heap to a third of it, all of which is touched before the first collection.
  [ -z "$least" ] || [ -z "$collector" ] || heap="-Xmn8m $heap"
}

# The rest of the memory is the virtual machine's own, the ring's and the maps' (docs/operations.md, Memory).
heap_mb() {
  megabytes=$((memory_kb / 2048 - 16))
  if [ "$megabytes" -gt 256 ]; then
    megabytes=256
  elif [ "$megabytes" -lt 24 ]; then
    megabytes=24
  fi
  echo "$megabytes"
}

# starts_with OPTIONS...: does Java start with these and with the user's options? What it says is in refusal.
starts_with() {
  # shellcheck disable=SC2086
  refusal=$(env -u JAVA_TOOL_OPTIONS -u JDK_JAVA_OPTIONS -u _JAVA_OPTIONS \
    "$java_home/bin/java" $modules $layout $compilers $collector $heap $tried "$@" -cp "$class_path" --dry-run "$main" 2>&1)
}

lib=$netspan_home/receiver/target/dist/lib
class_path=
aot=$lib/netspan.aot
for jar in "$lib"/*.jar; do # in one fixed order, which the AOT cache insists on
  class_path=$class_path${class_path:+:}$jar
  # JDK 25 does not always notice that a jar is younger than the cache, and would run the classes of the old one.
  if [ "$jar" -nt "$aot" ]; then
    aot=
  fi
done
if [ ! -e "$jar" ]; then
  echo "netspan: there is no jar in $lib, so netspan is not built: run 'make build' in $netspan_home." >&2
  exit 1
fi

java_find java
find_memory

# The optimizing compiler takes tens of MiB for a moment, more than a small container has left, and on a large machine
# Java would run a dozen of its threads. With Java's own thresholds it took half of the CPU time of the first minute: it
# compiles each hot method into all its callers, and begins before it is known what stays hot. The code that these thresholds
# make is as fast (docs/performance.md).
if [ "$memory_kb" -lt 262144 ]; then
  compilers=-XX:TieredStopAtLevel=1
else
  compilers='-XX:CICompilerCount=2 -XX:FreqInlineSize=70 -XX:InlineSmallCode=800 -XX:MaxInlineLevel=6'
  compilers="$compilers -XX:Tier4InvocationThreshold=20000 -XX:Tier4MinInvocationThreshold=3000"
  compilers="$compilers -XX:Tier4CompileThreshold=60000 -XX:Tier4BackEdgeThreshold=160000"
fi

# The classes of the AOT cache stay pages of its file, instead of being copied to a random address at each start: 15 MB.
layout='-XX:+UnlockDiagnosticVMOptions -XX:ArchiveRelocationMode=0 -XX:+UseCompactObjectHeaders'
modules='--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow'
set -f
# shellcheck disable=SC2086 # several options in one variable
choose_heap ${JAVA_TOOL_OPTIONS:-} ${JDK_JAVA_OPTIONS:-} ${NETSPAN_JAVA_OPTS:-} ${_JAVA_OPTIONS:-}

# Standard output belongs to the connections: all that the virtual machine has to say goes to standard error, and
# nothing is said of an AOT cache that another Java or another build left behind; Java then starts without it.
main=io.netspan.receiver.cli.Main
# shellcheck disable=SC2086
set -- ${NETSPAN_JAVA_OPTS:-} -cp "$class_path" "$main" "$@"
cached=
if [ -n "$aot" ] && [ -r "$aot" ]; then
  # With some heaps JDK 25 does not do without a cache that it cannot use, but ends. So the user's own are tried.
  if [ -z "$tried" ] || starts_with -XX:AOTCache="$aot" -XX:AOTMode=auto; then
    cached=yes
    set -- -XX:AOTCache="$aot" -XX:AOTMode=auto "$@"
  fi
fi
# Java itself would exit with 1, as for a failure.
if [ -n "$tried" ] && [ -z "$cached" ] && ! starts_with; then
  refusal=${refusal#Error occurred during initialization of VM
}
  printf 'netspan: Java does not start with the options in NETSPAN_JAVA_OPTS, JAVA_TOOL_OPTIONS, JDK_JAVA_OPTIONS or _JAVA_OPTIONS: %s\n' \
    "${refusal%%
*}" >&2
  exit 2
fi
# gRPC takes the memory of a request of 1.7 MB from a block of netty's. In a block of 8 MiB that is too little for netty to free
# the block after each request: new memory is zeroed, page by page, which took half of the time of sending. A user's options
# come later.
netty=io.grpc.netty.shaded.io.netty.allocator
blocks="-D$netty.maxOrder=10 -D$netty.numDirectArenas=1 -D$netty.numHeapArenas=0"

# Of what libbpf and the compilers have freed, the C library would keep some 30 MB for later. A threshold that is set does
# not grow: large blocks stay mappings of their own, which are given back.
export MALLOC_ARENA_MAX="${MALLOC_ARENA_MAX:-1}"
export MALLOC_MMAP_THRESHOLD_="${MALLOC_MMAP_THRESHOLD_:-131072}"
# shellcheck disable=SC2086
exec "$java_home/bin/java" $modules $layout $compilers $collector $heap $blocks -Xss512k -XX:+ExitOnOutOfMemoryError \
  -XX:TrimNativeHeapInterval=5000 \
  -XX:+DisplayVMOutputToStderr -Xlog:disable -Xlog:all=warning:stderr -Xlog:aot*=off:stderr -Xlog:cds*=off:stderr "$@"
