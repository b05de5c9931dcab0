"""Where the front did not look, the chain calls for a person; and it calls again when nobody heard of the last call."""

from datetime import timedelta
from typing import Any

import pytest

from db.tables.organizations import OrganizationRow
from domain.chain import STAGES, TASK_NAMES
from tasks import app as celery_app
from tests.support import chain
from tests.support.invariants import broken
from tests.support.stored import row, rows

DANGER = "My father has chest pain and can't breathe"
WHILE = timedelta(minutes=10)


@pytest.fixture(autouse=True)
def _on_call(organization: OrganizationRow) -> None:
    rows('UPDATE organizations SET settings = settings || \'{"on_call": "+15005550111"}\' RETURNING id')


def _unread(organization: OrganizationRow, ref: str) -> None:
    """A message that the front stored without reading it comes, and is worked off."""
    chain.store_sms(organization.id, ref, body=f"Body={DANGER}".encode())
    _work_off()


def _work_off() -> None:
    celery_app.loader.import_default_modules()
    for run in rows("SELECT id FROM runs WHERE state = 'ready' ORDER BY turn"):
        assert [celery_app.tasks[TASK_NAMES[stage]](run["id"]) for stage in STAGES] == ["done"] * 4


def _calls() -> list[dict[str, Any]]:
    return rows("SELECT * FROM effects WHERE kind = 'escalation' ORDER BY created_at")


def _became(how: str) -> None:
    """The call for help became that, some time ago."""
    rows(f"UPDATE effects SET {how} WHERE kind = 'escalation' RETURNING id")  # noqa: S608 - the test's own words
    for table, column in (("conversations", "escalated_at"), ("transcripts", "created_at"), ("effects", "created_at")):
        rows(f"UPDATE {table} SET {column} = {column} - %s * interval '1 second' RETURNING id", WHILE.total_seconds())  # noqa: S608 - as above


NOBODY_HEARD = ["state = 'failed'", "state = 'unknown'", "state = 'sent', provider_ref = 'SM9', delivery = 'undelivered'"]


@pytest.mark.parametrize("how", NOBODY_HEARD)
def test_the_chain_calls_again_when_the_last_call_reached_nobody(organization: OrganizationRow, how: str) -> None:
    _unread(organization, "SM1")
    _became(how)
    _unread(organization, "SM2")
    assert [call["state"] for call in _calls()[1:]] == ["pending"]
    assert "I4.once" not in broken()


@pytest.mark.parametrize("how", ["state = 'pending'", "state = 'sent', provider_ref = 'SM9'"])
def test_the_chain_calls_nobody_again_when_somebody_heard_or_will(organization: OrganizationRow, how: str) -> None:
    _unread(organization, "SM1")
    _became(how)
    _unread(organization, "SM2")
    assert len(_calls()) == 1


def test_the_chain_makes_no_call_of_the_front_a_second_time(organization: OrganizationRow) -> None:
    """That call failed at once: whoever else is named was told, and the conversation says when it was called for."""
    chain.receive_sms(organization.id, DANGER, "SM1")
    _became("state = 'failed'")
    before = row("SELECT escalated_at FROM conversations")
    _work_off()
    assert (len(_calls()), row("SELECT escalated_at FROM conversations")) == (1, before)


def test_a_call_that_was_due_when_nobody_was_named_is_made_by_the_chain(organization: OrganizationRow) -> None:
    rows("UPDATE organizations SET settings = settings - 'on_call' RETURNING id")
    chain.receive_sms(organization.id, DANGER, "SM1")
    assert _calls() == []
    rows("UPDATE conversations SET escalated_at = escalated_at - interval '1 minute' RETURNING id")
    rows('UPDATE organizations SET settings = settings || \'{"on_call": "+15005550111"}\' RETURNING id')
    _work_off()
    assert [call["target"] for call in _calls()] == ["+15005550111"]
