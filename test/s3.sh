#!/bin/sh
# Runs a command beside a throw-away S3 server (versitygw, built into a cache at the first call; about 90 s):
#   test/s3.sh go test ./internal/kernel/blob
# The server keeps its objects as files in a temporary folder and is named to the command by GUIYI_TEST_S3 (address) and
# GUIYI_TEST_S3_DIR (folder; a folder in it is a bucket). It is stopped and removed afterwards.
set -eu
[ $# -gt 0 ] || { echo "usage: test/s3.sh COMMAND [ARGUMENT...]" >&2; exit 2; }

version=v1.8.0
cache=${XDG_CACHE_HOME:-$HOME/.cache}/guiyi-test
server=$cache/versitygw-$version
if [ ! -x "$server" ]; then
	mkdir -p "$cache"
	GOBIN=$(mktemp -d "$cache/build.XXXXXX")
	export GOBIN
	GOFLAGS=-mod=mod go install "github.com/versity/versitygw/cmd/versitygw@$version"
	mv "$GOBIN/versitygw" "$server"
	rmdir "$GOBIN"
	unset GOBIN
fi

dir=$(mktemp -d "${TMPDIR:-/tmp}/guiyi-s3.XXXXXX")
pid=
command=
finish() {
	status=$?
	trap - EXIT INT TERM HUP
	[ -z "$command" ] || kill -TERM "$command" 2>/dev/null || true
	[ -z "$pid" ] || kill -TERM "$pid" 2>/dev/null || true
	[ -z "$pid" ] || wait "$pid" 2>/dev/null || true
	rm -rf "$dir"
	exit $status
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

mkdir "$dir/objects"
AWS_ACCESS_KEY_ID=guiyi-test
AWS_SECRET_ACCESS_KEY=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
tries=20
while :; do
	port=$(od -An -N2 -tu2 /dev/urandom | awk '{print 20000 + $1 % 12000}')
	ROOT_ACCESS_KEY=$AWS_ACCESS_KEY_ID ROOT_SECRET_KEY=$AWS_SECRET_ACCESS_KEY "$server" --port "127.0.0.1:$port" posix "$dir/objects" >"$dir/server.log" 2>&1 &
	pid=$!
	wait=100
	while kill -0 "$pid" 2>/dev/null && [ $wait -gt 0 ]; do
		if curl -s -o /dev/null "http://127.0.0.1:$port/"; then break 2; fi
		sleep 0.1
		wait=$((wait - 1))
	done
	kill "$pid" 2>/dev/null || true
	tries=$((tries - 1))
	[ $tries -gt 0 ] || { cat "$dir/server.log" >&2; exit 1; }
done

exec 3<&0
GUIYI_TEST_S3="http://127.0.0.1:$port" GUIYI_TEST_S3_DIR="$dir/objects" "$@" <&3 3<&- &
command=$!
wait "$command"
