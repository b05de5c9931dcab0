"""A front that remembers nothing of the test before."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from queue import Empty

import pytest

from db.tables.organizations import OrganizationRow
from tests.support import processes
from webhooks import gate, refusals, tenants


@pytest.fixture(autouse=True)
def _fresh_front(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    tenants.forget()
    monkeypatch.setattr(gate, "database", gate.Gate())
    _drop_samples()
    yield
    # those of this test would take the places of the next one's, and the last one's would outlive the database
    _drop_samples()


@pytest.fixture
def front(tmp_path: Path, organization: OrganizationRow) -> Iterator[str]:
    """Gunicorn as the Procfile starts it."""
    assert organization.twilio_account_sid
    with processes.web(tmp_path) as url:
        yield url


def _drop_samples() -> None:
    with suppress(Empty):
        while True:
            refusals._writer.waiting.get_nowait()
