#!/bin/sh
# The cases to count: questions of every family, connected or not, one after the other, and unusual calls.
# The servers end at the end of their standard input.
set -e
sleep 12 | ./udp serve 4 5353 44 101 >/dev/null &
sleep 12 | ./udp serve 6 5354 33 101 >/dev/null &
sleep 3
for ask in '4 5353 connected 1' '4 5353 unconnected 1' 'mapped 5353 connected 1' 'mapped 5353 unconnected 1' \
	'6 5354 connected 1' '6 5354 unconnected 2'; do
	./udp ask $ask 11 13 </dev/null >/dev/null
done
./udp refused 5399 7 >/dev/null
./udp odd 5301 5302 >/dev/null
wait
