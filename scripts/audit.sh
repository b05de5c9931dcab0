#!/bin/sh
# Looks our pinned packages up in the list of known vulnerabilities; says so and goes on where that list cannot be reached.
set -eu
cd "$(dirname "$0")/.."
wanted=$(mktemp)
answer=$(mktemp)
trap 'rm -f "$wanted" "$answer"' EXIT
grep -v '^-e' requirements.txt >"$wanted"
if .venv/bin/pip-audit --progress-spinner off --disable-pip --no-deps --timeout 10 -r "$wanted" >"$answer" 2>&1; then
    cat "$answer"
elif grep -qE 'vulnerabilit(y|ies) in' "$answer"; then
    cat "$answer"
    exit 1
else
    echo "Skipped the look-up of known vulnerabilities, its list cannot be reached from here: $(tail -n 1 "$answer" | cut -c 1-160)"
fi
