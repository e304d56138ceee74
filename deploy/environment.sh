#!/bin/sh
# Keep .venv sound and filled: `sh deploy/environment.sh check | make | install FILE`.
#   check    forget the stamps of an environment whose Python is gone or changed (a moved checkout, a system upgrade)
#   make     create .venv, or adopt the one that is there
#   install  install the locked packages of FILE into it, each verified by its hash
set -eu

python_ok() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }
version_of() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])'; }
sound() { [ -x .venv/bin/python ] && python_ok .venv/bin/python && .venv/bin/python -m pip --version >/dev/null 2>&1; }

find_python() {
	for name in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
		if command -v "$name" >/dev/null 2>&1 && python_ok "$name"; then
			echo "$name"
			return 0
		fi
	done
	echo "Python 3.11 or newer is needed and was not found as '${PYTHON:-python3}'. Install it, or name it: make run PYTHON=python3.12" >&2
	return 1
}

check() {
	[ -e .venv/.made ] || return 0
	made="$(cat .venv/.made)"
	if [ ! -x .venv/bin/python ] || [ "$(version_of .venv/bin/python 2>/dev/null)" != "$made" ]; then
		rm -f .venv/.made .venv/.app .venv/.dev
	fi
}

make_environment() {
	if ! sound; then
		python="$(find_python)"
		if ! "$python" -c 'import ensurepip; ensurepip.version()' >/dev/null 2>&1; then
			sh deploy/packages.sh venv
		fi
		echo "Making the Python environment in .venv ($("$python" --version))"
		"$python" -m venv --clear .venv || {
			echo "The environment could not be made with '$python'. Remove the folder .venv and run the same command again." >&2
			exit 1
		}
	fi
	version_of .venv/bin/python >.venv/.made
}

install() {
	echo "Installing the Python packages of $1 (once)"
	log="$(mktemp)"
	trap 'rm -f "$log"' EXIT
	if ! .venv/bin/python -m pip install --quiet --no-input --disable-pip-version-check --no-warn-script-location --retries 2 \
		--require-hashes --only-binary :all: -r "$1" >"$log" 2>&1; then
		grep -v '^WARNING' "$log" | tail -n 1 >&2
		echo "The packages of $1 could not be installed (above: pip's last word). Check the network connection and run the same command again; nothing is lost." >&2
		exit 1
	fi
}

case "${1:-}" in
check) check ;;
make) make_environment ;;
install) install "${2:?name a requirements file}" ;;
*)
	echo "usage: environment.sh check | make | install FILE" >&2
	exit 2
	;;
esac
