"""A vendor whose past the test writes, and what Sentry would hear of."""

import pytest

from db.tables.organizations import OrganizationRow
from providers import registry
from tests.support.histories import FakeHistory, serve
from tests.support.stored import rows


@pytest.fixture
def vendor(organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch) -> FakeHistory:
    """The past of an organization that was there long before."""
    rows("UPDATE organizations SET created_at = created_at - interval '30 days' RETURNING id")
    serve(organization.id)
    history = FakeHistory()
    monkeypatch.setattr(registry, "history", lambda: history)
    return history


@pytest.fixture
def alarms(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What Sentry would hear of, and about what."""
    heard: list[tuple[str, str]] = []
    monkeypatch.setattr("tasks.reconciliation.task.tell_somebody", lambda event, about, _: heard.append((event, about)))
    return heard
