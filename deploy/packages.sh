#!/bin/sh
# Make sure the Debian packages behind a task are there: `sh deploy/packages.sh venv | catalogs | tests`.
# Missing ones are installed as root or with passwordless sudo; otherwise one line says what to install, and it stops.
set -eu

have() { command -v "$1" >/dev/null 2>&1; }
have_postgres() { have initdb || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; }
have_chromium() { have chromium || have chromium-browser || have google-chrome; }

missing_for() {
	case "$1" in
	venv) echo python3-venv ;; # asked for only after ensurepip was found missing
	catalogs) have msgfmt || echo gettext ;;
	tests)
		have redis-server || echo redis-server
		have_postgres || echo postgresql
		have_chromium || echo chromium
		have pdfinfo || echo poppler-utils
		have msgfmt || echo gettext
		;;
	*)
		echo "packages.sh: unknown task '$1'" >&2
		exit 2
		;;
	esac
}

advice() {
	case "$1" in
	tests) echo " Without them: make test-sqlite runs the part that needs none of them." ;;
	esac
}

task="${1:?name a task: venv, catalogs or tests}"
missing="$(missing_for "$task" | tr '\n' ' ' | sed 's/ *$//')"
[ -n "$missing" ] || exit 0

if have apt-get && [ "$(id -u)" = 0 ]; then
	sudo=""
elif have apt-get && have sudo && sudo -n true 2>/dev/null; then
	sudo="sudo"
else
	echo "Missing on this machine: $missing. Install with: sudo apt-get install --no-install-recommends $missing.$(advice "$task")" >&2
	exit 1
fi

echo "Installing system packages: $missing"
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
# $sudo and $missing are split on purpose: no word, or several
if ! { $sudo env DEBIAN_FRONTEND=noninteractive apt-get update -q &&
	$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing; } >"$log" 2>&1 </dev/null; then
	tail -n 5 "$log" >&2
	echo "apt-get could not install: $missing. Check the network connection and run the same command again.$(advice "$task")" >&2
	exit 1
fi
