#!/bin/sh
# Keeps what runs of a release for the test that runs it beside today's code: sh scripts/keep_release.sh VERSION [COMMIT]
set -eu
cd "$(dirname "$0")/.."
version=${1:?"say which: sh scripts/keep_release.sh VERSION [COMMIT], such as 0.2.0"}
commit=${2:-HEAD}
if ! git show "$commit:pyproject.toml" | grep -qx "version = \"$version\""; then
    echo "The pyproject.toml of $commit does not say version = \"$version\": give the commit that was released." >&2
    exit 1
fi
# everything that the Procfile's processes read, with the weights of the offline engines and their notices
git archive --format=tar.gz --prefix="hookline-$version/" -o "tests/releases/hookline-$version.tar.gz" "$commit" -- \
    LICENSE Procfile alembic.ini celeryconfig.py gunicorn_conf.py pyproject.toml settings.py environment.py wsgi.py \
    api db domain migrations observability providers tasks webhooks
echo "tests/releases/hookline-$version.tar.gz holds $commit; now raise version in pyproject.toml and commit both."
