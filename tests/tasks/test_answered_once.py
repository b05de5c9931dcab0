"""A call that is heard live and recorded is two transcripts of the same words: it is answered by SMS once."""

from typing import Any

import pytest

from db import events
from db.results import publish
from db.tables.organizations import OrganizationRow
from domain.chain import Source, Stage
from domain.deliveries import TranscriptSeed
from domain.runs import Publication
from domain.statuses import ConversationStatus, TranscriptStatus
from tests.support import chain
from tests.support.invariants import assert_they_hold
from tests.support.stored import row, rows

LIVE, RECORDING = Source.LIVE_TRANSCRIPTION, Source.TWILIO_RECORDING


def _answered(organization: OrganizationRow, source: Source, number: int, call: str = "CA1") -> dict[str, Any]:
    """The reply to what was heard so, once it is planned."""
    ref = f"{source}{number}"
    seed = TranscriptSeed(source, ref, TranscriptStatus.COMPLETED, opens_run=True)
    there = chain.call(call, ConversationStatus.COMPLETED, "completed")
    stored = events.store_words(organization.id, chain.envelope("heard", ref), there, seed)
    assert stored.run_id
    assert stored.transcript_id
    chain.bring_to(stored.run_id, Stage.PERSIST)
    bells = publish(chain.claim(stored.run_id, Stage.PERSIST), Publication((chain.sms(stored.transcript_id),)))
    found = row("SELECT id, state, last_error FROM effects WHERE transcript_id = %s", str(stored.transcript_id))
    assert [str(bell.effect_id) for bell in bells] == ([str(found["id"])] if found["state"] == "pending" else [])
    return found


@pytest.mark.parametrize(("first", "second"), [(LIVE, RECORDING), (RECORDING, LIVE)])
@pytest.mark.parametrize("state", ["pending", "sent"])
def test_whichever_is_worked_off_first_is_answered(organization: OrganizationRow, first: Source, second: Source, state: str) -> None:
    assert _answered(organization, first, 1)["state"] == "pending"
    if state == "sent":
        rows("UPDATE effects SET state = 'sent', attempts = 1, provider_ref = 'SM1', finished_at = clock_timestamp() RETURNING id")
    later = _answered(organization, second, 2)
    assert (later["state"], later["last_error"]) == ("suppressed", "answered_already")
    assert_they_hold()


@pytest.mark.parametrize("source", [LIVE, RECORDING])
def test_several_of_one_kind_are_several_things_that_were_said(organization: OrganizationRow, source: Source) -> None:
    assert [_answered(organization, source, number)["state"] for number in range(3)] == ["pending"] * 3


def test_a_recording_beside_one_that_was_not_answered_is(organization: OrganizationRow) -> None:
    states = [_answered(organization, source, number)["state"] for number, source in enumerate((RECORDING, LIVE, RECORDING))]
    assert states == ["pending", "suppressed", "pending"]


def test_an_answer_that_could_not_be_sent_is_none(organization: OrganizationRow) -> None:
    _answered(organization, LIVE, 1)
    rows("UPDATE effects SET state = 'failed', last_error = 'x', attempts = 1, finished_at = clock_timestamp() RETURNING id")
    assert _answered(organization, RECORDING, 2)["state"] == "pending"


def test_another_call_has_its_own_answer(organization: OrganizationRow) -> None:
    assert [_answered(organization, source, 1, f"CA{source}")["state"] for source in (LIVE, RECORDING)] == ["pending"] * 2
