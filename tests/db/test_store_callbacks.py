"""Deepgram's answer to a transcription that we asked for: it wakes its run, and nobody else's (I8)."""

from functools import partial
from uuid import UUID, uuid4

import pytest

from db import runs
from db.tables.organizations import OrganizationRow
from domain.chain import RunState, Stage
from domain.runs import Wait
from tests.support import chain
from tests.support.factories import OrganizationFactory, RunFactory, TranscriptFactory
from tests.support.invariants import assert_they_hold
from tests.support.stored import count, row, rows

WAIT = Wait("deepgram", 600)


def _waiting(organization: OrganizationRow, ref: str = "RE1") -> tuple[UUID, UUID]:
    stored = chain.store_recording(organization.id, ref)
    assert stored.run_id
    assert stored.transcript_id
    assert runs.wait(chain.claim(stored.run_id), WAIT) is RunState.WAITING
    return stored.run_id, stored.transcript_id


def test_words_wake_the_run_that_waits_for_them(organization: OrganizationRow) -> None:
    run_id, transcript_id = _waiting(organization)
    stored = chain.store_callback(organization.id, transcript_id)
    assert stored
    assert stored.run_id == run_id
    run = chain.run_row(run_id)
    assert (run["state"], run["waiting_for"], run["attempts"]) == ("ready", None, 0)
    assert chain.seconds_from_now(run, "next_publish_at") <= 3
    assert chain.transcript_row(transcript_id)["status"] == "completed"


def test_words_wake_only_the_run_of_their_transcript(organization: OrganizationRow) -> None:
    _, transcript_id = _waiting(organization)
    bystander, _ = _waiting(organization, "RE2")
    chain.store_callback(organization.id, transcript_id)
    assert chain.run_row(bystander)["state"] == "waiting"


def test_repeated_words_ring_for_nobody(organization: OrganizationRow) -> None:
    run_id, transcript_id = _waiting(organization)
    chain.store_callback(organization.id, transcript_id)
    chain.record(chain.claim(run_id))
    again = chain.store_callback(organization.id, transcript_id)
    assert again
    assert (again.fresh, again.run_id) == (False, None)
    assert chain.run_row(run_id)["stage"] == "classify_speakers"


def test_a_second_answer_is_kept_and_changes_nothing(organization: OrganizationRow) -> None:
    run_id, transcript_id = _waiting(organization)
    chain.store_callback(organization.id, transcript_id)
    chain.record(chain.claim(run_id))
    late = chain.store_callback(organization.id, transcript_id, key="request-2")
    assert late
    assert (late.fresh, late.run_id) == (True, None)
    assert count("webhook_events") == 3


def test_a_failed_transcription_ends_the_run_and_leaves_the_ai_axis_untouched(organization: OrganizationRow) -> None:
    run_id, transcript_id = _waiting(organization)
    stored = chain.store_callback(organization.id, transcript_id, failed=True)
    assert stored
    assert stored.run_id is None
    run, transcript = chain.run_row(run_id), chain.transcript_row(transcript_id)
    assert (run["state"], run["last_error"], run["finished_at"] is None) == ("dead", "transcription:failed", False)
    assert (transcript["status"], transcript["status_reason"]) == ("failed", "no_speech")
    assert (transcript["processing_status"], transcript["processing_reason"]) == ("pending", None)


def test_words_that_come_after_a_failure_revive_the_run(organization: OrganizationRow) -> None:
    run_id, transcript_id = _waiting(organization)
    chain.store_callback(organization.id, transcript_id, failed=True)
    stored = chain.store_callback(organization.id, transcript_id, key="request-2")
    assert stored
    assert stored.run_id == run_id
    run, transcript = chain.run_row(run_id), chain.transcript_row(transcript_id)
    assert (run["state"], run["last_error"], run["finished_at"], run["attempts"]) == ("ready", None, None, 0)
    assert (transcript["status"], transcript["status_reason"]) == ("completed", None)
    assert chain.claim(run_id).attempts == 1


@pytest.mark.parametrize("code", ["deepgram:never_answered", "deepgram:callback_overdue", "worker_lost", "spend:day_speech_seconds"])
def test_words_that_come_late_revive_a_run_whatever_it_died_of_while_it_had_none(organization: OrganizationRow, code: str) -> None:
    stored = chain.store_recording(organization.id)
    assert stored.run_id
    assert stored.transcript_id
    runs.bury(chain.claim(stored.run_id), code)
    late = chain.store_callback(organization.id, stored.transcript_id)
    assert late
    assert late.run_id == stored.run_id
    run, transcript = chain.run_row(stored.run_id), chain.transcript_row(stored.transcript_id)
    assert (run["state"], run["last_error"], run["finished_at"], run["attempts"]) == ("ready", None, None, 0)
    assert (transcript["status"], transcript["processing_status"]) == ("completed", "pending")
    assert_they_hold()


def test_a_run_that_a_person_had_dismissed_begins_anew_when_its_words_come(organization: OrganizationRow) -> None:
    stored = chain.store_recording(organization.id)
    assert stored.run_id
    assert stored.transcript_id
    runs.bury(chain.claim(stored.run_id), "deepgram:callback_overdue")
    rows("UPDATE runs SET settled_at = now(), settled_by = 'somebody', stage_since = now() - interval '1 day' RETURNING id")
    chain.store_callback(organization.id, stored.transcript_id)
    run = chain.run_row(stored.run_id)
    assert (run["state"], run["settled_at"], run["settled_by"]) == ("ready", None, None), "should it die again, it is shown again"
    assert chain.seconds_from_now(run, "stage_since") > -60, "its hour of forbearance begins anew"


def test_the_time_that_it_waited_for_its_words_is_nobodys_failure(organization: OrganizationRow) -> None:
    """A recording of two hours had used up the house's hour of forbearance before its first step began."""
    run_id, transcript_id = _waiting(organization)
    rows("UPDATE runs SET stage_since = now() - interval '2 hours' RETURNING id")
    chain.store_callback(organization.id, transcript_id)
    assert chain.seconds_from_now(chain.run_row(run_id), "stage_since") > -60


@pytest.mark.parametrize("failed", [False, True])
def test_a_run_that_died_of_words_that_it_had_stays_as_it_is(organization: OrganizationRow, *, failed: bool) -> None:
    run_id, transcript_id = _waiting(organization)
    run = chain.store_callback(organization.id, transcript_id)
    assert run
    runs.bury(chain.claim(run_id), "unexpected:KeyError")
    before = chain.run_row(run_id)
    stored = chain.store_callback(organization.id, transcript_id, failed=failed, key="request-2")
    assert stored
    assert stored.run_id is None
    assert chain.run_row(run_id) | {"now": None} == before | {"now": None}


def test_a_run_past_transcribe_is_left_alone(organization: OrganizationRow) -> None:
    run_id, transcript_id = _waiting(organization)
    chain.store_callback(organization.id, transcript_id)
    chain.bring_to(run_id, Stage.GENERATE_REPLY)
    before = chain.run_row(run_id)
    chain.store_callback(organization.id, transcript_id, key="request-2")
    assert chain.run_row(run_id) | {"now": None} == before | {"now": None}


def test_a_reprocess_run_is_left_alone(organization: OrganizationRow) -> None:
    transcript = TranscriptFactory.create(organization_id=organization.id)
    run = RunFactory.create(organization_id=organization.id, transcript_id=transcript.id, purpose="reprocess", state="waiting")
    chain.store_callback(organization.id, transcript.id)
    assert chain.run_row(run.id)["state"] == "waiting"


def test_a_failure_never_takes_words_back(organization: OrganizationRow) -> None:
    _, transcript_id = _waiting(organization)
    chain.store_callback(organization.id, transcript_id)
    chain.store_callback(organization.id, transcript_id, failed=True)
    transcript = chain.transcript_row(transcript_id)
    assert (transcript["status"], transcript["status_reason"]) == ("completed", None)


def test_an_answer_to_nothing_is_not_stored(organization: OrganizationRow) -> None:
    assert chain.store_callback(organization.id, uuid4()) is None
    assert count("webhook_events") == 0


def test_an_answer_for_another_organization_is_not_stored(organization: OrganizationRow) -> None:
    run_id, transcript_id = _waiting(organization)
    assert chain.store_callback(OrganizationFactory.create().id, transcript_id) is None
    assert chain.run_row(run_id)["state"] == "waiting"
    assert count("webhook_events") == 1


def test_an_answer_rings_no_bell_over_a_worker_that_has_the_run(organization: OrganizationRow) -> None:
    stored = chain.store_recording(organization.id)
    assert stored.run_id
    assert stored.transcript_id
    chain.claim(stored.run_id)
    chain.store_callback(organization.id, stored.transcript_id)
    assert chain.seconds_from_now(chain.run_row(stored.run_id), "next_publish_at") > chain.LEASE_S - 5


def test_the_same_answer_many_times_at_once_wakes_one_run_once(organization: OrganizationRow) -> None:
    run_id, transcript_id = _waiting(organization)
    answers = chain.at_once([partial(chain.store_callback, organization.id, transcript_id)] * 6)
    assert sorted(bool(answer and answer.run_id) for answer in answers) == [False] * 5 + [True]
    assert chain.run_row(run_id)["state"] == "ready"


@pytest.mark.parametrize("_attempt", range(5))
def test_words_and_a_failure_at_once_end_in_words(organization: OrganizationRow, _attempt: int) -> None:
    run_id, transcript_id = _waiting(organization)
    chain.at_once([partial(chain.store_callback, organization.id, transcript_id, failed=failed) for failed in (False, True)])
    assert (chain.run_row(run_id)["state"], chain.transcript_row(transcript_id)["status"]) == ("ready", "completed")
    assert row("SELECT count(*) AS n FROM runs") == {"n": 1}
