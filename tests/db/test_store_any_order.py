"""Any order and any duplication of the same deliveries gives the same final rows (I7)."""

from functools import partial
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as figures
from hypothesis import strategies as st

from db import events, runs
from db.tables.organizations import OrganizationRow
from domain.deliveries import CallMove, ConversationSeed
from domain.runs import Wait
from domain.speech import Channel
from domain.statuses import ConversationStatus
from tests.support import chain
from tests.support.factories import OrganizationFactory
from tests.support.stored import row

STATUS = ConversationStatus
CALL = (
    CallMove(STATUS.PENDING, "queued", 0),
    CallMove(STATUS.RINGING, "ringing", 1),
    CallMove(STATUS.IN_PROGRESS, "in-progress", 2),
    CallMove(STATUS.COMPLETED, "completed", 3, duration_s=42),
)
# two ends at the same sequence number: the name decides, whoever comes first
TWO_ENDS = (
    CallMove(STATUS.RINGING, "ringing", 1),
    CallMove(STATUS.FAILED, "busy", 1, reason="busy"),
    CallMove(STATUS.FAILED, "no-answer", 1, reason="no_answer"),
)
RECORDING = ("absent", "completed")
ANSWERS = (False, True)

few = figures(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def any_order(of: tuple[Any, ...]) -> st.SearchStrategy[list[Any]]:
    """All of them at least once, in any order, some of them again."""
    return st.lists(st.sampled_from(of), max_size=4).flatmap(lambda extra: st.permutations([*of, *extra]))


def _follow_call(organization_id: UUID, moves: list[CallMove]) -> dict[str, Any]:
    for move in moves:
        seed = ConversationSeed("twilio", "CA1", Channel.VOICE, "inbound", move=move)
        events.store_status(organization_id, chain.envelope("call_status", f"CA1:{move.name}:{move.sequence}"), seed)
    return row(
        "SELECT status, status_reason, ended, sequence, vendor_status, duration_seconds, ended_at IS NULL AS open, turns, direction"
        " FROM conversations WHERE organization_id = %s",
        str(organization_id),
    )


@pytest.mark.parametrize("moves", [CALL, TWO_ENDS], ids=["answered", "two ends"])
def test_a_calls_status_is_the_highest_whatever_the_order(moves: tuple[CallMove, ...]) -> None:
    expected = _follow_call(OrganizationFactory.create().id, list(moves))

    @few
    @given(any_order(moves))
    def holds(order: list[CallMove]) -> None:
        assert _follow_call(OrganizationFactory.create().id, order) == expected

    holds()
    assert (expected["status"], expected["vendor_status"], expected["open"]) == (moves[-1].status, moves[-1].name, False)


def test_all_statuses_of_a_call_at_the_same_moment_end_at_the_highest(organization: OrganizationRow) -> None:
    chain.at_once([partial(_follow_call, organization.id, [move]) for move in CALL * 2])
    assert _follow_call(organization.id, [])["status"] == "completed"
    assert row("SELECT count(*) AS n, sum(duplicate_count) AS again FROM webhook_events") == {"n": 4, "again": 4}


@few
@given(any_order(RECORDING))
def test_a_recording_that_was_absent_and_is_completed_opens_one_run(order: list[str]) -> None:
    organization_id = OrganizationFactory.create().id
    rung = [chain.store_recording(organization_id, status=status).run_id for status in order]
    assert len([run_id for run_id in rung if run_id]) == 1
    found = row("SELECT status, status_reason, turn, duration_ms FROM transcripts WHERE organization_id = %s", str(organization_id))
    assert found == {"status": "pending", "status_reason": None, "turn": 1, "duration_ms": 4_000}


@few
@given(any_order(ANSWERS), st.integers(0, 4))
def test_a_transcription_that_failed_and_succeeded_has_its_words(order: list[bool], waits_after: int) -> None:
    """The step may come to wait before, between or after the answers: the run is ready in the end, and once only."""
    organization_id = OrganizationFactory.create().id
    stored = chain.store_recording(organization_id)
    assert stored.transcript_id
    assert stored.run_id
    for position, failed in enumerate([*order, None]):
        if position == min(waits_after, len(order)):
            runs.wait(chain.claim(stored.run_id), Wait("deepgram", 600))
        if failed is not None:
            chain.store_callback(organization_id, stored.transcript_id, failed=failed)
    run, transcript = chain.run_row(stored.run_id), chain.transcript_row(stored.transcript_id)
    assert (run["state"], run["stage"], run["last_error"], run["waiting_for"]) == ("ready", "transcribe", None, None)
    assert (transcript["status"], transcript["status_reason"], transcript["processing_status"]) == ("completed", None, "pending")
