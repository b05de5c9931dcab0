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
def _fresh_front(monkeypatch: pytest.MonkeyPatch) -> None:
    tenants.forget()
    monkeypatch.setattr(gate, "database", gate.Gate())
    # samples of other tests would take the places of this one's
    with suppress(Empty):
        while True:
            refusals._writer.waiting.get_nowait()


@pytest.fixture
def front(tmp_path: Path, organization: OrganizationRow) -> Iterator[str]:
    """Gunicorn as the Procfile starts it."""
    assert organization.twilio_account_sid
    with processes.web(tmp_path) as url:
        yield url
