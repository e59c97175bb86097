#!/bin/sh
# Starts netspan with a Java of version 25 or newer. NETSPAN_JAVA_OPTS is added to Java's options (say -Xmx1g).
set -eu

netspan_home=$(dirname "$(dirname "$(readlink -f "$0")")")
# shellcheck source=.make/jdk.sh
. "$netspan_home/.make/jdk.sh"

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

# Standard output belongs to the connections: all that the virtual machine has to say goes to standard error, and
# nothing is said of an AOT cache that another Java or another build left behind; Java then starts without it.
set -- -cp "$class_path" io.netspan.receiver.cli.Main "$@"
if [ -n "$aot" ] && [ -r "$aot" ]; then
  set -- -XX:AOTCache="$aot" -XX:AOTMode=auto "$@"
fi
set -f
# shellcheck disable=SC2086 # several options in one variable
exec "$java_home/bin/java" \
  --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
  -XX:+UseSerialGC -Xms16m -Xmx256m -Xss512k -XX:+ExitOnOutOfMemoryError \
  -XX:+DisplayVMOutputToStderr -Xlog:disable -Xlog:all=warning:stderr -Xlog:aot*=off:stderr -Xlog:cds*=off:stderr \
  ${NETSPAN_JAVA_OPTS:-} "$@"
