"""A client that a generator made from the document, with nobody's help, gets along with a real front."""

import json
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from db import api_keys
from db.tables.conversations import TranscriptRow
from domain.access import Scope
from scripts.openapi import document
from tests.support import processes

PACKAGE = "generated_hookline_client"
GENERATOR = Path(sys.executable).parent / "openapi-python-client"
WITHOUT_POLISH = "post_hooks: []\n"


@pytest.fixture
def generated(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The package, importable."""
    (tmp_path / "openapi.json").write_text(json.dumps(document.served(app)))
    (tmp_path / "config.yml").write_text(WITHOUT_POLISH)
    command = [str(GENERATOR), "generate", "--meta", "none", "--path", "openapi.json", "--config", "config.yml", "--output-path", PACKAGE]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    monkeypatch.syspath_prepend(tmp_path)
    yield
    for name in [name for name in sys.modules if name.startswith(PACKAGE)]:
        del sys.modules[name]


def _call(client: Any, route: str, *arguments: object, **named: object) -> Any:
    return import_module(f"{PACKAGE}.api.{route}").sync_detailed(*arguments, client=client, **named)


@pytest.mark.usefixtures("generated")
def test_a_generated_client_lists_reads_acts_and_is_told_what_is_wrong(finished: TranscriptRow, tmp_path: Path) -> None:
    _, key = api_keys.create(finished.organization_id, "generated", Scope.OPERATOR)
    models: Any = import_module(f"{PACKAGE}.models")
    with processes.web(tmp_path) as url, import_module(PACKAGE).AuthenticatedClient(base_url=url, token=key) as client:
        page = _call(client, "transcripts.list_transcripts", limit=5).parsed
        read = _call(client, "transcripts.get_transcript", page.items[0].id).parsed
        told = _call(client, "roles.swap_roles", read.id, body=models.SwapRolesV1(reason="heard it"))
        nothing = _call(client, "transcripts.get_transcript", uuid4())

    assert [item.id for item in page.items] == [finished.id]
    assert [utterance.role for utterance in read.utterances] == ["agent", "customer"]
    assert told.status_code == 202
    assert told.parsed.roles.to_dict() == {"0": "customer", "1": "agent"}
    assert nothing.status_code == 404
    assert isinstance(nothing.parsed, models.ErrorV1)
    assert nothing.parsed.code == "not_found"
