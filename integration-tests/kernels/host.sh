#!/bin/bash
# host.sh [CONNECTIONS], in the directory of load and the object: runs the same test on this machine's kernel, in a separate network namespace.
exec unshare -n sh -c 'ip link set lo up && exec ./load netspan.bpf.o "$@"' sh "$@"
