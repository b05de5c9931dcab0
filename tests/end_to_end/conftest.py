"""A web process and a worker of the real house, and an API key to read what became of a delivery."""

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests

from benchmarks.harness.processes import Process
from db import api_keys
from db.tables.organizations import OrganizationRow
from domain.access import Scope
from tests.support import processes

Transcript = dict[str, Any]
Follow = Callable[[str], Transcript]


@pytest.fixture(autouse=True)
def _the_promises_hold() -> Iterator[None]:
    """Whatever happened, I1 to I9 hold in the end."""
    yield
    # only now: the product reads its settings when it is imported, and this file is loaded before there are any
    import_module("tests.support.invariants").assert_they_hold()


@pytest.fixture
def web_url(tmp_path: Path, organization: OrganizationRow) -> Iterator[str]:
    """Gunicorn as the Procfile starts it."""
    assert organization.twilio_account_sid
    with processes.web(tmp_path) as url:
        yield url


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Process]:
    """A worker for every live queue."""
    with processes.worker(tmp_path) as process:
        yield process


@pytest.fixture
def message_sid() -> str:
    """A MessageSid that nobody has seen."""
    return f"SM{uuid4().hex}"


@pytest.fixture
def follow(web_url: str, organization: OrganizationRow) -> Follow:
    """Reads ``/v1`` until a transcript, found by its vendor's id, is worked off."""
    _, key = api_keys.create(organization.id, "end to end", Scope.ADMIN)
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {key}"

    def read(source_ref: str) -> Transcript | None:
        items = session.get(f"{web_url}/v1/transcripts", params={"source_ref": source_ref}, timeout=30).json()["items"]
        if not items or items[0]["processing_status"] not in {"completed", "failed"}:
            return None
        found: Transcript = session.get(f"{web_url}/v1/transcripts/{items[0]['id']}", timeout=30).json()
        return found

    return lambda source_ref: processes.until(lambda: read(source_ref), f"{source_ref} is worked off")
