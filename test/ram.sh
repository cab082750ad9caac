#!/bin/sh
# Runs a command whose temporary files lie in memory:   test/ram.sh test/pg.sh go test ./...
# The tests write thousands of small databases, each with its fsync; on a disk they wait for it more than they compute.
# No test learns less: a killed process loses nothing that it has written, whether to a disk or to memory.
# Without enough memory (RAM_MIB, 3072 MiB), or where nothing may be executed there, the command runs on the disk.
set -eu
[ $# -gt 0 ] || { echo "usage: test/ram.sh COMMAND [ARGUMENT...]" >&2; exit 2; }

at=/dev/shm
room() { df -Pk "$at" 2>/dev/null | awk 'NR == 2 { print int($4 / 1024) }'; }
free() { awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo 2>/dev/null; }
dir=
if [ "$(room || echo 0)" -ge "${RAM_MIB:-3072}" ] 2>/dev/null && [ "$(free || echo 0)" -ge "${RAM_MIB:-3072}" ] 2>/dev/null; then
	dir=$(mktemp -d "$at/guiyi-test.XXXXXX") || dir=
fi
if [ -n "$dir" ]; then
	chmod 711 "$dir" # the user of the database server passes through
	cp /bin/true "$dir/run" && "$dir/run" 2>/dev/null || { rm -rf "$dir"; dir=; }
fi
if [ -z "$dir" ]; then
	echo "test/ram.sh: temporary files stay on the disk, which takes longer" >&2
	exec "$@"
fi

command=
finish() {
	status=$?
	trap - EXIT INT TERM HUP
	[ -z "$command" ] || { kill -TERM "$command" 2>/dev/null && wait "$command"; } || true
	rm -rf "$dir"
	exit $status
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
# What the compiler writes is large, and no test waits for it.
exec 3<&0
GOTMPDIR=${GOTMPDIR:-${TMPDIR:-/tmp}} TMPDIR=$dir "$@" <&3 3<&- &
command=$!
wait "$command" && status=0 || status=$?
command=
exit $status
