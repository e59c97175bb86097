#!/bin/bash
# load.sh [ROUNDS]: what tracing costs a busy server, in one run and as ratios. nginx (1 worker) and wrk with a new connection
# per request over loopback; each round runs untraced, with netspan, and with tcplife of libbpf-tools if it is installed.
# Needs root, nginx, wrk, bpftool, and a built netspan.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
netspan=$here/../../bin/netspan
rounds=${1:-5}
seconds=6
work=$(mktemp -d)
trap 'stop_tracer; kill "$nginx" 2>/dev/null; sysctl -qw kernel.bpf_stats_enabled=0; rm -rf "$work"' EXIT
tracer=

cat >"$work/nginx.conf" <<EOF
worker_processes 1; daemon off; pid $work/pid; error_log $work/error.log;
events { worker_connections 4096; }
http { access_log off; server { listen 127.0.0.1:8098 backlog=4096; location / { return 204; } } }
EOF
nginx -c "$work/nginx.conf" & nginx=$!

stop_tracer() { if [ -n "$tracer" ]; then kill -TERM "$tracer" && wait "$tracer" || true; tracer=; fi; }
load() { wrk -t1 -c50 -d"${1}s" -H 'Connection: close' http://127.0.0.1:8098/ | awk '/requests in/ {print $1}'; }
cpu() { awk '{print ($14 + $15) * 10000}' "/proc/$1/stat"; } # microseconds; USER_HZ is 100
bpf() { bpftool -j prog show | tr '{' '\n' | awk -F'[:,]' -v n="$1" '$0 ~ n {for (i = 1; i < NF; i++) {if ($i == "\"run_time_ns\"") t += $(i+1); if ($i == "\"run_cnt\"") c += $(i+1)}} END {print t+0, c+0}'; }

round() { # NAME PROGRAM COMMAND...
  local name=$1 program=$2 before after c0 c1 n
  shift 2
  if [ $# -gt 0 ]; then
    "$@" >"$work/out" 2>"$work/err" & tracer=$!
    sysctl -qw kernel.bpf_stats_enabled=1
    until [ "$(bpf "$program")" != "0 0" ]; do sleep 0.1; load 1 >/dev/null; done
    load 10 >/dev/null # the JVM compiles
  fi
  [ $# -eq 0 ] || { before=$(bpf "$program"); c0=$(cpu "$tracer"); }
  n=$(load $seconds)
  [ $# -eq 0 ] || { after=$(bpf "$program"); c1=$(cpu "$tracer"); }
  sysctl -qw kernel.bpf_stats_enabled=0
  if [ $# -eq 0 ]; then
    base=$n
    echo "$name: $((n / seconds)) connections/s"
    return
  fi
  # bpf_stats itself adds some 68 ns to each run of a program.
  echo "$n $base $before $after $c0 $c1 $(awk '/VmRSS/ {print $2}' "/proc/$tracer/status")" |
    awk -v name="$name" -v s=$seconds '{printf "%s: %d connections/s, %.2f of untraced; kernel program %.2f us, reader %.2f us of CPU per connection; RSS %d MB\n", name, $1 / s, $1 / $2, (($5 - $3) - 68 * ($6 - $4)) / 1000 / $1, ($8 - $7) / $1, $9 / 1024}'
  stop_tracer
  tail -1 "$work/err"
}

for _ in $(seq "$rounds"); do
  round untraced ''
  round 'netspan, no output' 'inet_sock_set_state|stand_in' "$netspan" --format none
  round 'netspan, a line per connection (1,000 a second)' 'inet_sock_set_state|stand_in' "$netspan"
  if command -v tcplife >/dev/null; then
    round tcplife inet_sock_set_state tcplife
  fi
done
