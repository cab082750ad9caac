#!/bin/sh
# Makes sure that the tests find what they need beside Go: as root it installs what is missing with apt-get, otherwise it
# says exactly what is missing. CHROMIUM and PG_BIN name a browser and a PostgreSQL that are not Debian packages.
set -eu

missing=
need() { missing="$missing $1"; }

command -v node >/dev/null || need nodejs
command -v npm >/dev/null || need npm
command -v git >/dev/null || need git
[ -n "${CHROMIUM:-}" ] || [ -x /usr/bin/chromium ] || need chromium
set -- /usr/lib/postgresql/*/bin/initdb
[ -n "${PG_BIN:-}" ] || [ -x "$1" ] || need postgresql
{ command -v fc-list >/dev/null && [ -n "$(fc-list :lang=zh family 2>/dev/null)" ]; } || need "fontconfig fonts-noto-cjk"

if [ -n "$missing" ]; then
	if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
		echo "make test needs these packages:$missing" >&2
		echo "install them (as root: apt-get install -y --no-install-recommends$missing) and run it again" >&2
		exit 1
	fi
	echo "installing:$missing"
	export DEBIAN_FRONTEND=noninteractive
	# The words of $missing are package names, one argument each.
	# shellcheck disable=SC2086
	apt-get install -y -qq --no-install-recommends $missing >/dev/null 2>&1 || {
		apt-get update -qq
		apt-get install -y -qq --no-install-recommends $missing >/dev/null
	}
fi

major=$(node -p 'process.versions.node.split(".")[0]')
[ "$major" -ge 20 ] || { echo "make test needs Node 20 or newer; this is $(node --version)" >&2; exit 1; }
