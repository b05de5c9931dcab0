"""Two machines that answer each other come to an end, and a person hears of it once."""

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from db.results import publish
from db.tables.organizations import OrganizationRow
from domain.chain import STAGES, TASK_NAMES, Stage
from domain.emergencies.escalation import REPLIES_AT_MOST, REPLIES_WITHIN_S
from domain.runs import Publication
from tasks import app
from tests.support import chain
from tests.support.factories import EffectFactory
from tests.support.invariants import assert_they_hold
from tests.support.stored import row, rows

DAY = timedelta(seconds=REPLIES_WITHIN_S)


@pytest.fixture(autouse=True)
def _on_call(organization: OrganizationRow) -> None:
    rows('UPDATE organizations SET settings = settings || \'{"on_call": "+15005550111"}\' RETURNING id')


def _answered(organization: OrganizationRow, number: int, text: str = "I am out of office.") -> dict[str, Any]:
    """The reply to the message, once it is planned."""
    stored = chain.receive_sms(organization.id, text, f"SM{number:032x}")
    app.loader.import_default_modules()
    assert [app.tasks[TASK_NAMES[stage]](str(stored.run_id)) for stage in STAGES] == ["done"] * 4
    return row("SELECT * FROM effects WHERE transcript_id = %s AND kind = 'sms'", str(stored.transcript_id))


def _had(organization: OrganizationRow, replies: int, **changes: Any) -> UUID:
    """The thread got so many replies already; its id."""
    first = chain.receive_sms(organization.id, "hello", "SM0")
    rows("UPDATE runs SET state = 'done', finished_at = clock_timestamp() RETURNING id")
    assert first.conversation_id
    ids = {"organization_id": organization.id, "conversation_id": first.conversation_id}
    EffectFactory.create_batch(replies, **ids, **{"state": "sent", "attempts": 1} | changes)
    rows("UPDATE effects SET provider_ref = 'local:' || id, finished_at = clock_timestamp() WHERE state = 'sent' RETURNING id")
    return first.conversation_id


def _calls() -> list[dict[str, Any]]:
    return rows("SELECT * FROM effects WHERE kind = 'escalation'")


def test_the_last_one_that_is_allowed_leaves(organization: OrganizationRow) -> None:
    _had(organization, REPLIES_AT_MOST - 1)
    assert _answered(organization, 1)["state"] == "pending"
    assert _calls() == []


def test_the_next_one_is_held_back_and_somebody_is_called(organization: OrganizationRow) -> None:
    conversation = _had(organization, REPLIES_AT_MOST)
    reply = _answered(organization, 1)
    assert (reply["state"], reply["last_error"]) == ("suppressed", "reply_limit")
    [call] = _calls()
    assert (call["state"], call["target"], call["sender"]) == ("pending", "+15005550111", "+15005550100")
    assert call["body"].startswith(f"Test Clinic: stopped after {REPLIES_AT_MOST} replies a day: conversation {conversation}.")
    assert row("SELECT phase, escalation_reason FROM conversations") == {"phase": "escalation", "escalation_reason": "reply_limit"}


def test_somebody_is_called_once(organization: OrganizationRow) -> None:
    _had(organization, REPLIES_AT_MOST)
    assert {_answered(organization, number)["last_error"] for number in range(1, 4)} == {"reply_limit"}
    assert len(_calls()) == 1


def test_machines_that_answer_each_other_come_to_an_end(organization: OrganizationRow) -> None:
    states = [_answered(organization, number)["state"] for number in range(REPLIES_AT_MOST + 3)]
    assert states == ["pending"] * REPLIES_AT_MOST + ["suppressed"] * 3
    assert len(_calls()) == 1
    assert_they_hold()


def test_a_day_later_replies_leave_again_and_a_new_loop_calls_again(organization: OrganizationRow) -> None:
    _had(organization, REPLIES_AT_MOST)
    _answered(organization, 1)
    rows("UPDATE effects SET created_at = created_at - %s * interval '1 second' RETURNING id", DAY.total_seconds() + 60)
    assert _answered(organization, 2)["state"] == "pending"
    _had_more = EffectFactory.create_batch(
        REPLIES_AT_MOST, organization_id=organization.id, conversation_id=row("SELECT id FROM conversations")["id"], state="unknown"
    )
    assert _had_more
    assert _answered(organization, 3)["last_error"] == "reply_limit"
    assert len(_calls()) == 2


@pytest.mark.parametrize("changes", [{"state": "suppressed"}, {"state": "failed"}, {"state": "superseded"}, {"kind": "call_update"}])
def test_what_never_reached_anybody_is_not_counted(organization: OrganizationRow, changes: dict[str, str]) -> None:
    _had(organization, REPLIES_AT_MOST, last_error="x", **changes)
    assert _answered(organization, 1)["state"] == "pending"


def test_another_thread_has_its_own_limit(organization: OrganizationRow) -> None:
    _had(organization, REPLIES_AT_MOST)
    rows("UPDATE conversations SET provider_ref = 'another thread' RETURNING id")
    assert _answered(organization, 1)["state"] == "pending"


def test_who_wants_no_messages_is_no_loop(organization: OrganizationRow) -> None:
    _had(organization, REPLIES_AT_MOST)
    assert _answered(organization, 1, "STOP")["last_error"] == "opted_out"
    assert _calls() == []


def test_an_emergency_calls_all_the_same(organization: OrganizationRow) -> None:
    _had(organization, REPLIES_AT_MOST)
    _answered(organization, 1)
    _answered(organization, 2, "My father has chest pain and can't breathe")
    assert sorted(call["effect_key"].split(":")[2] for call in _calls()) == ["escalation", "reply_limit"]
    assert row("SELECT escalation_reason FROM conversations")["escalation_reason"] != "reply_limit"


def test_without_somebody_to_call_the_loop_ends_too(organization: OrganizationRow) -> None:
    rows("UPDATE organizations SET settings = '{}' RETURNING id")
    _had(organization, REPLIES_AT_MOST)
    assert _answered(organization, 1)["last_error"] == "reply_limit"
    assert _calls() == []


def test_replies_that_are_planned_at_the_same_moment_are_counted_one_by_one(organization: OrganizationRow) -> None:
    _had(organization, REPLIES_AT_MOST - 1)
    stored = [chain.receive_sms(organization.id, "hello", f"SM{number}") for number in range(1, 5)]
    for each in stored:
        assert each.run_id
        chain.bring_to(each.run_id, Stage.GENERATE_REPLY)
        rows("UPDATE runs SET stage = 'persist' WHERE id = %s RETURNING id", str(each.run_id))
    held = [chain.claim(each.run_id, Stage.PERSIST) for each in stored if each.run_id]
    chain.at_once([partial(publish, each, Publication((chain.sms(each.transcript_id),))) for each in held])
    found = rows("SELECT state FROM effects WHERE transcript_id IS NOT NULL")
    assert sorted(each["state"] for each in found) == ["pending", "suppressed", "suppressed", "suppressed"]
