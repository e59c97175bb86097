#!/bin/bash
# boot.sh INITRAMFS VMLINUZ [PARAMETER...]: boots the kernel in an emulated machine, prints the lines of
# the test, and succeeds if it passed. SMP=2: two processors. CPU: see qemu -cpu help.
# cx16 is off: with it, kernel 6.12 sometimes fails with a double fault in the emulator (qemu 7.2), even without the tracer.
initramfs=$1
kernel=$2
shift 2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
start=$(date +%s.%N)
nice -n 5 timeout "${LIMIT:-120}" qemu-system-x86_64 -accel tcg -m 512 -cpu "${CPU:-qemu64,-cx16}" -smp "${SMP:-1}" -nographic -no-reboot \
	-kernel "$kernel" -initrd "$initramfs" -append "console=ttyS0 quiet panic=-1 $*" < /dev/null > "$log" 2>&1
tr -d '\r' < "$log" | sed -n '/CHECK /,$p'
echo "CHECK WALL $(echo "$(date +%s.%N) $start" | awk '{printf "%.1f", $1 - $2}') s"
grep -q 'CHECK PASS' "$log" || { tail -c 3000 "$log"; exit 1; }
