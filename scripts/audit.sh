#!/bin/sh
# Looks our pinned packages up in the list of known vulnerabilities; says so and goes on where that list cannot be reached.
set -eu
cd "$(dirname "$0")/.."
wanted=$(mktemp)
answer=$(mktemp)
trap 'rm -f "$wanted" "$answer"' EXIT
grep -v '^-e' requirements.txt >"$wanted"
status=0
.venv/bin/pip-audit --progress-spinner off --disable-pip --no-deps --timeout 10 -r "$wanted" >"$answer" 2>&1 || status=$?
unknown=$(grep -c 'could not be audited' "$answer" || true)
if [ "$status" -ne 0 ] && grep -qE 'vulnerabilit(y|ies) in' "$answer"; then
    cat "$answer"
    exit 1
elif [ "$status" -ne 0 ]; then
    echo "Skipped: the list of known vulnerabilities cannot be reached from here ($(tail -n 1 "$answer" | cut -c 1-120))."
elif [ "$unknown" -gt 0 ]; then
    echo "No known vulnerability, but the list that was asked knows nothing of $unknown of our packages."
else
    echo "No known vulnerability."
fi
