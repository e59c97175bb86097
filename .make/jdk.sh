# shellcheck shell=sh
# Finds a Java of version 25 or newer. Sourced by find-jdk, and copied into bin/netspan, which must do without this file.

java_least=25

# java_suits HOME PROGRAM: is there such a Java with bin/PROGRAM? Sets java_major; notes in java_seen why not.
java_suits() {
  [ -x "$1/bin/java" ] || return 1
  java_version=
  if [ -r "$1/release" ]; then # starting every Java only to ask it would take seconds
    while IFS='=' read -r java_key java_value; do
      if [ "$java_key" = JAVA_VERSION ]; then
        java_value=${java_value#\"}
        java_version=${java_value%%\"*}
      fi
    done <"$1/release"
  fi
  if [ -z "$java_version" ]; then
    java_version=$("$1/bin/java" -version 2>&1 | sed -n 's/.* version "\([^"]*\)".*/\1/p')
  fi
  java_major=${java_version%%[!0-9]*}
  if [ "${java_major:-0}" -lt "$java_least" ]; then
    java_seen="${java_seen:+$java_seen, }$1 (${java_version:-no version})"
    return 1
  fi
  if [ ! -x "$1/bin/$2" ]; then
    java_seen="${java_seen:+$java_seen, }$1 ($java_version, without $2)"
    return 1
  fi
}

# java_find PROGRAM: sets java_home to a Java with bin/PROGRAM (javac for a JDK, java for any): the one the environment
# names, else the oldest that will do. Without one it says where it looked and returns 1.
java_find() {
  java_home=
  java_seen=
  java_kind=JDK
  [ "$1" = javac ] || java_kind=Java
  if [ -n "${NETSPAN_JAVA_HOME:-}" ]; then
    if java_suits "$NETSPAN_JAVA_HOME" "$1"; then
      java_home=$NETSPAN_JAVA_HOME
      return 0
    fi
    echo "netspan: NETSPAN_JAVA_HOME is ${java_seen:-$NETSPAN_JAVA_HOME, where there is no Java}," \
      "but a $java_kind $java_least or newer is needed: set it to the folder of one, or unset it." >&2
    return 1
  fi
  if [ -n "${JAVA_HOME:-}" ] && java_suits "$JAVA_HOME" "$1"; then
    java_home=$JAVA_HOME
    return 0
  fi
  java_best=
  java_path=$(readlink -f "$(command -v java)" 2>/dev/null) || java_path=
  for java_try in "${java_path%/bin/java}" /usr/lib/jvm/* /opt/*jdk* /usr/java/* /usr/local/*jdk* \
    "${HOME:-}"/.sdkman/candidates/java/*; do
    if java_suits "$java_try" "$1" && [ "$java_major" -lt "${java_best:-1000}" ]; then
      java_best=$java_major
      java_home=$java_try
    fi
  done
  [ -z "$java_home" ] || return 0
  echo "netspan: no $java_kind $java_least or newer is in JAVA_HOME, on the PATH, in /usr/lib/jvm, /opt/*jdk*, /usr/java," \
    "/usr/local/*jdk* or ~/.sdkman${java_seen:+ (found: $java_seen)}: install or unpack one in one of these places," \
    "or set NETSPAN_JAVA_HOME to its folder." >&2
  return 1
}
