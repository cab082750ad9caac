#!/bin/sh
# Runs a command beside a throw-away PostgreSQL server:   test/pg.sh go test ./internal/kernel/store/...
# The server lives in a temporary folder, listens on a free loopback port, and is
# named to the command by GUIYI_TEST_PG. It is stopped and removed afterwards.
# PG_BIN names the folder with initdb and postgres when it is not a Debian package.
set -eu
[ $# -gt 0 ] || { echo "usage: test/pg.sh COMMAND [ARGUMENT...]" >&2; exit 2; }

bin=${PG_BIN:-}
for dir in /usr/lib/postgresql/*/bin; do
	[ -n "$bin" ] || [ ! -x "$dir/initdb" ] || bin=$dir
done
[ -n "$bin" ] || { echo "test/pg.sh: no PostgreSQL found; install the package postgresql or set PG_BIN" >&2; exit 1; }

dir=$(mktemp -d "${TMPDIR:-/tmp}/guiyi-pg.XXXXXX")
pid=
command=
finish() {
	status=$?
	trap - EXIT INT TERM HUP
	[ -z "$command" ] || kill -TERM "$command" 2>/dev/null || true # only after a signal does it still run
	if [ -n "$pid" ]; then
		kill -INT "$pid" 2>/dev/null || true # fast shutdown of exactly this server
		tries=100
		while kill -0 "$pid" 2>/dev/null && [ $tries -gt 0 ]; do sleep 0.1; tries=$((tries - 1)); done
	fi
	rm -rf "$dir"
	exit $status
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

as() { "$@"; }
if [ "$(id -u)" = 0 ]; then # PostgreSQL refuses to run as root
	chown postgres "$dir"
	as() { (cd "$dir" && exec runuser -u postgres -- "$@"); }
fi

password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
(umask 077 && printf '%s\n' "$password" >"$dir/password")
[ "$(id -u)" != 0 ] || chown postgres "$dir/password"
as "$bin/initdb" -D "$dir/data" -U guiyi -A scram-sha-256 --pwfile="$dir/password" -E UTF8 --locale=C.UTF-8 --no-sync >"$dir/initdb.log" 2>&1 ||
	{ cat "$dir/initdb.log" >&2; exit 1; }

# Another process may take a port that was free a moment ago, so try a few.
tries=20
while :; do
	port=$(od -An -N2 -tu2 /dev/urandom | awk '{print 20000 + $1 % 12000}')
	as "$bin/postgres" -D "$dir/data" -c listen_addresses=127.0.0.1 -p "$port" -k "$dir" \
		-c max_connections=200 -c timezone=UTC -c fsync=off -c synchronous_commit=off -c full_page_writes=off \
		-c wal_level=minimal -c max_wal_senders=0 >"$dir/server.log" 2>&1 &
	launcher=$!
	ready=
	while kill -0 "$launcher" 2>/dev/null; do
		# The last line of the pid file becomes "ready" when the server takes connections.
		if grep -q '^ready' "$dir/data/postmaster.pid" 2>/dev/null; then
			ready=1
			break
		fi
		sleep 0.1
	done
	[ -z "$ready" ] || break
	tries=$((tries - 1))
	[ $tries -gt 0 ] || { cat "$dir/server.log" >&2; exit 1; }
done
pid=$(head -n 1 "$dir/data/postmaster.pid")

exec 3<&0
# In the background, because a shell acts on a signal only between foreground commands.
GUIYI_TEST_PG="postgres://guiyi:$password@127.0.0.1:$port/postgres?sslmode=disable" "$@" <&3 3<&- &
command=$!
wait "$command"
