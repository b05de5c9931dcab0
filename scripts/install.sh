#!/bin/sh
# Makes .venv with everything that development, demo and tests need; does nothing when nothing has changed.
set -eu
cd "$(dirname "$0")/.."

usable() { # prints the real path of an interpreter that can make the environment (asked from /, where no version manager looks into this folder)
    (cd / && "$1" -c 'import sys, venv, ensurepip; assert (3, 11) <= sys.version_info[:2] <= (3, 12); print(sys.executable)') 2>/dev/null
}

find_python() {
    for candidate in ${PYTHON:-} python3.12 python3.11 python3 python \
        "$HOME"/.pyenv/versions/3.12.*/bin/python "$HOME"/.pyenv/versions/3.11.*/bin/python; do
        if usable "$candidate"; then return; fi
    done
    cat >&2 <<'HELP'
Hookline needs Python 3.11 or 3.12 with its venv module, and found neither.
  Debian, Ubuntu:  sudo apt-get install python3.11 python3.11-venv   (or 3.12)
  macOS:           brew install python@3.12
Or name one yourself:  make up PYTHON=/path/to/python3.12
HELP
    exit 1
}

progress() { # shows that pip is at work; on a terminal only
    while kill -0 "$1" 2>/dev/null; do
        if [ -t 1 ]; then printf '\r  %s packages looked at ' "$(grep -c '^Collecting' "$log" || true)"; fi
        sleep 1
    done
    if [ -t 1 ]; then printf '\r\033[K'; fi
}

stamp=$(cat requirements.txt requirements-dev.txt pyproject.toml | cksum)
if [ -x .venv/bin/python ] && .venv/bin/python -c '' 2>/dev/null && [ "$(cat .venv/installed 2>/dev/null)" = "$stamp" ]; then exit 0; fi

if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    python=$(find_python)
    echo "Making .venv with $("$python" --version)"
    "$python" -m venv --clear .venv
fi

(umask 077 && mkdir -p .run/logs)
log=.run/logs/install.log
echo "Installing what requirements-dev.txt names into .venv (the first time takes about a minute; details in $log)"
.venv/bin/python -m pip install --disable-pip-version-check --no-input --no-compile --progress-bar off -r requirements-dev.txt >"$log" 2>&1 &
pip=$!
trap 'kill "$pip" 2>/dev/null; exit 130' INT TERM
progress "$pip"
if ! wait "$pip"; then
    tail -n 20 "$log" >&2
    echo "The installation failed. Is the package index reachable? Then try again; the whole log is in $log." >&2
    exit 1
fi
echo "$stamp" >.venv/installed
