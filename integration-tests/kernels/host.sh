#!/bin/bash
# host.sh [CONNECTIONS], where load and the object are: the same on this machine's kernel, in a network namespace of its own.
exec unshare -n sh -c 'ip link set lo up && exec ./load netspan.bpf.o "$@"' sh "$@"
