#!/bin/sh
# train.sh RUNTIME: creates the AOT cache of the agent in the current folder, from a run on this machine with a few
# connections; without a cache, the agent starts about five times more slowly in the emulator.
# The cache of JDK 25 also contains machine code for this machine's processor, which would raise SIGILL on the emulated one.
export NETSPAN_JAVA_HOME="$1"
export NETSPAN_JAVA_OPTS="-XX:AOTCacheOutput=receiver/target/dist/lib/netspan.aot -XX:+UnlockDiagnosticVMOptions -XX:-AOTAdapterCaching -XX:-AOTStubCaching"
log=$(mktemp)
bin/netspan run --format json > "$log.json" 2> "$log" &
agent=$!
until grep -q 'tracing' "$log"; do
	kill -0 $agent 2> /dev/null || break
	sleep 0.1
done
for port in 1 2 3; do
	echo | busybox nc -w 1 127.0.0.1 $port 2> /dev/null
done
kill -TERM $agent 2> /dev/null
wait $agent || NETSPAN_JAVA_OPTS="$NETSPAN_JAVA_OPTS" bin/netspan doctor > "$log" 2>&1
rm -f "$log" "$log.json"
[ -s receiver/target/dist/lib/netspan.aot ] || echo "kernels: no AOT cache was made; the agent starts slower in the emulator" >&2
