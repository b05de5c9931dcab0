"""Whoever goes by the OpenAPI document meets no surprise: schemathesis, all its checks and phases, against the front as a host runs it."""

import subprocess
import sys
from pathlib import Path

import pytest
import requests

from db import api_keys
from db.tables.organizations import OrganizationRow
from domain.access import Scope
from tests.architecture.source import ROOT
from tests.support import keys_of_their_own, processes
from tests.support.stored import rows

SCHEMATHESIS = Path(sys.executable).with_name("st")
# No JSON Schema says which hours overlap and which ETag is the one of now: settings may be refused although they look well. Jobs are
# placed and looked at; nobody works here.
TOLD = """
request-timeout = 30.0
continue-on-failure = true

[checks]
enabled = true

[generation]
max-examples = 8
deterministic = true

[[operations]]
include-operation-id = "put_organization"
checks = { positive_data_acceptance.enabled = false }
"""
# Hypothesis looks at the garbage collector and at the source of lambdas: two threads that do both break `ast.parse` of Python 3.11.7 ("AST
# constructor recursion depth mismatch", python/cpython#106905)
ONE_THREAD = ("--workers", "1")
KEEPS_SECONDS = 420
WAITS_FOR_NOBODY = (
    "DELETE FROM jobs RETURNING id",
    "DELETE FROM effects RETURNING id",
    "UPDATE runs SET created_at = clock_timestamp(), stage_since = clock_timestamp(), next_publish_at = clock_timestamp() RETURNING id",
)


@pytest.mark.timeout(600)
def test_nothing_is_found_by_who_goes_by_the_document(
    tmp_path: Path, organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, key = api_keys.create(organization.id, "contract", Scope.ADMIN)
    config = tmp_path / "schemathesis.toml"
    config.write_text(TOLD)
    monkeypatch.setenv("RATE_LIMITS", '{"free": 1000000}')
    monkeypatch.setenv("DEEPGRAM_API_KEY", "nobody-is-asked")
    monkeypatch.setenv("SCHEMATHESIS_HOOKS", keys_of_their_own.__name__)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    with processes.web(tmp_path) as url:
        document = f"{url}/v1/openapi.json"
        sent = ["--header", f"Authorization: Bearer {key}", "--header", "Prefer: wait=0"]
        command = [str(SCHEMATHESIS), "--config-file", str(config), "run", document, *ONE_THREAD, *sent]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=KEEPS_SECONDS)
        paths = requests.get(document, timeout=10).json()["paths"]
    # nobody works here, and it takes as long as it takes: what was placed waits for nobody, calls for help neither
    for statement in WAITS_FOR_NOBODY:
        rows(statement)
    operations = sum(len(methods.keys() & {"get", "put", "post", "delete", "patch"}) for methods in paths.values())
    assert done.returncode == 0, done.stdout
    assert f"Selected: {operations}/{operations}" in done.stdout
    assert f"Tested: {operations}" in done.stdout
