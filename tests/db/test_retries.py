"""A retry opens the same dead run again, once, and keeps what was found, paid and sent (I6, I8)."""

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from db import named, retries, runs
from db.results import publish
from db.tables.organizations import OrganizationRow
from db.tables.runs import RunRow
from domain.chain import STAGES, Stage
from domain.deliveries import Stored
from domain.errors import RefusedError
from domain.runs import Publication
from tests.support import chain
from tests.support.factories import ConversationFactory, OrganizationFactory, RunFactory, TranscriptFactory, now
from tests.support.stored import count, row, rows

TRANSCRIBE, CLASSIFY, REPLY, PERSIST = STAGES


def _died(organization: OrganizationRow, stage: Stage = CLASSIFY, code: str = "unexpected:KeyError", ref: str = "SM1") -> Stored:
    """An SMS whose run was worked off up to a stage, and died there."""
    stored = chain.store_sms(organization.id, ref, conversation=ref)
    assert stored.run_id
    chain.bring_to(stored.run_id, stage)
    runs.bury(chain.claim(stored.run_id, stage), code)
    return stored


def _run_of(stored: Stored) -> UUID:
    assert stored.run_id
    return stored.run_id


def _reopen(stored: Stored, organization: OrganizationRow, begin_at: Stage | None = None) -> Stage:
    return retries.reopen(organization.id, _run_of(stored), begin_at, by="ada")


def _axes(stored: Stored) -> tuple[str, str | None, str, str | None]:
    assert stored.transcript_id
    found = chain.transcript_row(stored.transcript_id)
    return found["status"], found["status_reason"], found["processing_status"], found["processing_reason"]


def _sibling(stored: Stored, organization: OrganizationRow, **values: Any) -> RunRow:
    return RunFactory.create(organization_id=organization.id, transcript_id=stored.transcript_id, **values)


class TestReopened:
    """What a retry changes."""

    @pytest.mark.parametrize("stage", STAGES)
    def test_it_goes_on_where_it_died_and_ends_well(self, organization: OrganizationRow, stage: Stage) -> None:
        stored = _died(organization, stage)
        assert _reopen(stored, organization) is stage
        for again in STAGES[STAGES.index(stage) :]:
            chain.record(chain.claim(_run_of(stored), again))
        assert chain.run_row(_run_of(stored))["state"] == "done"
        assert _axes(stored) == ("completed", None, "completed", None)

    def test_it_begins_anew_in_all_that_counts_time_and_tries(self, organization: OrganizationRow) -> None:
        stored = _died(organization)
        rows("UPDATE runs SET attempts = 6, stage_since = stage_since - interval '3 days', not_before = not_before + interval '1 day'"
             " RETURNING id")  # fmt: skip
        _reopen(stored, organization)
        found = chain.run_row(_run_of(stored))
        assert (found["state"], found["attempts"], found["last_error"], found["finished_at"]) == ("ready", 0, None, None)
        for column in ("not_before", "next_publish_at", "stage_since"):
            assert -10 < chain.seconds_from_now(found, column) <= 0, column
        assert chain.claim(_run_of(stored), CLASSIFY).stage_age_s < 10

    @pytest.mark.parametrize("stage", [CLASSIFY, REPLY, PERSIST])
    def test_a_failed_ai_is_pending_again_and_the_words_stay(self, organization: OrganizationRow, stage: Stage) -> None:
        stored = _died(organization, stage)
        assert _axes(stored) == ("completed", None, "failed", "unexpected:KeyError")
        _reopen(stored, organization)
        assert _axes(stored) == ("completed", None, "pending", None)

    def test_speech_that_failed_is_pending_again(self, organization: OrganizationRow) -> None:
        stored = chain.store_recording(organization.id)
        runs.bury(chain.claim(_run_of(stored)), "twilio:recording_not_found")
        assert _axes(stored) == ("failed", "twilio:recording_not_found", "pending", None)
        assert _reopen(stored, organization) is TRANSCRIBE
        assert _axes(stored) == ("pending", None, "pending", None)

    def test_an_earlier_stage_may_be_named(self, organization: OrganizationRow) -> None:
        stored = _died(organization, PERSIST)
        assert _reopen(stored, organization, CLASSIFY) is CLASSIFY
        assert chain.run_row(_run_of(stored))["stage"] == "classify_speakers"
        assert [count(table) for table in ("utterances", "analyses", "replies")] == [1, 0, 0], "only what is not found anew is kept"

    def test_a_prompt_is_not_named_twice(self, organization: OrganizationRow) -> None:
        stored = _died(organization, PERSIST)
        rows("UPDATE runs SET prompt_version = 'understanding-1+reply-1' RETURNING id")
        _reopen(stored, organization, REPLY)
        chain.record(chain.claim(_run_of(stored), REPLY))
        assert chain.run_row(_run_of(stored))["prompt_version"] == "understanding-1+reply-1"

    def test_what_was_sent_is_not_entered_again(self, organization: OrganizationRow) -> None:
        stored = _died(organization, PERSIST)
        assert stored.transcript_id
        planned = chain.sms(stored.transcript_id)
        _reopen(stored, organization)
        publish(chain.claim(_run_of(stored), PERSIST), Publication((planned,)))
        rows("UPDATE effects SET state = 'sent' RETURNING id")
        rows("UPDATE runs SET state = 'dead', last_error = 'worker_lost', finished_at = clock_timestamp() RETURNING id")
        _reopen(stored, organization)
        assert publish(chain.claim(_run_of(stored), PERSIST), Publication((planned,))) == []
        assert row("SELECT state FROM effects") == {"state": "sent"}

    def test_a_reprocess_run_touches_no_transcript(self, organization: OrganizationRow) -> None:
        transcript = TranscriptFactory.create(organization_id=organization.id, processing_status="failed", processing_reason="x")
        run = RunFactory.create(
            organization_id=organization.id, transcript_id=transcript.id, purpose="reprocess", state="dead", stage=CLASSIFY, last_error="x"
        )
        before = chain.whole("transcripts")
        assert retries.reopen(organization.id, run.id, by="ada") is CLASSIFY
        assert chain.whole("transcripts") == before
        assert chain.run_row(run.id)["state"] == "ready"

    def test_of_many_who_ask_at_once_one_does_it(self, organization: OrganizationRow) -> None:
        stored = _died(organization)

        def ask() -> str:
            try:
                return str(_reopen(stored, organization))
            except RefusedError as error:
                return str(error)

        answers = chain.at_once([ask] * 6)
        assert answers.count("classify_speakers") == 1
        assert sum("is not dead but ready" in answer for answer in answers) == 5

    def test_whoever_waits_for_the_transcript_does_not_hold_the_run(self, organization: OrganizationRow) -> None:
        """Locks go transcript → run: a callback that comes at this moment takes them in the same order."""
        stored = _died(organization)
        with chain.holding("SELECT FROM transcripts FOR UPDATE") as cursor:
            [asking] = chain.started([partial(_reopen, stored, organization)])
            chain.until_blocked()
            cursor.execute("SELECT id FROM runs FOR UPDATE NOWAIT")
        assert asking.result(10) is CLASSIFY


class TestRefused:
    """What a retry would make worse."""

    @pytest.mark.parametrize("state", ["ready", "waiting", "done"])
    def test_a_run_that_is_not_dead(self, organization: OrganizationRow, state: str) -> None:
        run = RunFactory.create(organization_id=organization.id, state=state)
        with pytest.raises(RefusedError, match=f"is not dead but {state}"):
            retries.reopen(organization.id, run.id, by="ada")

    def test_a_later_stage_than_the_one_where_it_died(self, organization: OrganizationRow) -> None:
        stored = _died(organization, CLASSIFY)
        with pytest.raises(RefusedError, match="nothing that persist could begin with"):
            _reopen(stored, organization, PERSIST)
        assert chain.run_row(_run_of(stored))["state"] == "dead"

    def test_a_run_beside_another_that_is_open(self, organization: OrganizationRow) -> None:
        stored = _died(organization)
        other = _sibling(stored, organization)
        with pytest.raises(RefusedError, match=f"is open, {other.id}"):
            _reopen(stored, organization)

    def test_a_run_beside_another_that_is_opened_at_that_moment(self, organization: OrganizationRow) -> None:
        stored = _died(organization)
        opening = (
            "INSERT INTO runs (id, organization_id, conversation_id, transcript_id, turn, next_publish_at, trace_id)"
            " SELECT gen_random_uuid(), organization_id, conversation_id, transcript_id, turn, clock_timestamp(), 't' FROM runs"
        )
        with chain.holding(opening):
            [asking] = chain.started([partial(_reopen, stored, organization)])
            chain.until_blocked()
        with pytest.raises(RefusedError, match="was just opened"):
            asking.result(10)
        assert chain.run_row(_run_of(stored))["state"] == "dead"

    def test_a_run_in_whose_place_a_person_put_another(self, organization: OrganizationRow) -> None:
        stored = _died(organization)
        other = _sibling(stored, organization, purpose="reprocess", state="done", stage=PERSIST)
        rows("UPDATE transcripts SET current_run_id = %s RETURNING id", str(other.id))
        with pytest.raises(RefusedError, match=rf"counts for transcript .* {other.id}.*celery -A tasks undo"):
            _reopen(stored, organization)
        assert _axes(stored)[2] == "failed"

    def test_a_successor_whose_predecessor_counts_may_be_retried(self, organization: OrganizationRow) -> None:
        stored = chain.store_sms(organization.id)
        for stage in STAGES:
            chain.record(chain.claim(_run_of(stored), stage))
        successor = _sibling(stored, organization, predecessor_id=stored.run_id, state="dead", stage=CLASSIFY, last_error="worker_lost")
        assert retries.reopen(organization.id, successor.id, by="ada") is CLASSIFY
        assert _axes(stored)[2] == "completed", "what counts is done, whatever becomes of its successor"

    @pytest.mark.parametrize("code", ["transcription:failed", "deepgram:job_failed"])
    def test_words_that_the_vendor_said_there_are_none_of_unless_it_is_to_be_asked_anew(
        self, organization: OrganizationRow, code: str
    ) -> None:
        stored = chain.store_recording(organization.id)
        runs.bury(chain.claim(_run_of(stored)), code)
        with pytest.raises(RefusedError, match=r"there are no words .* --from transcribe asks again and pays again"):
            _reopen(stored, organization)
        assert _reopen(stored, organization, TRANSCRIBE) is TRANSCRIBE

    def test_another_organizations_run(self, organization: OrganizationRow) -> None:
        theirs = RunFactory.create(state="dead", last_error="x")
        with pytest.raises(RefusedError, match=r"no run .* in this organization"):
            retries.reopen(organization.id, theirs.id, by="ada")
        assert chain.run_row(theirs.id)["state"] == "dead"


class TestNamed:
    """Whatever id a person has at hand."""

    def test_a_run_a_transcript_a_message_or_a_call(self, organization: OrganizationRow) -> None:
        stored = _died(organization, ref="SM7")
        call = rows("UPDATE conversations SET provider_ref = 'CA7' RETURNING provider_ref")[0]["provider_ref"]
        for name in (str(stored.run_id), str(stored.transcript_id), "SM7", call):
            assert named.find_dead_runs(organization.id, name) == [stored.run_id], name
        assert named.find_transcript(organization.id, "SM7") == stored.transcript_id

    def test_all_that_died_of_a_call(self, organization: OrganizationRow) -> None:
        conversation = ConversationFactory.create(organization_id=organization.id, provider_ref="CA1")
        for state in ("dead", "dead", "done"):
            transcript = TranscriptFactory.create(organization_id=organization.id, conversation_id=conversation.id)
            RunFactory.create(organization_id=organization.id, transcript_id=transcript.id, state=state)
        assert len(named.find_dead_runs(organization.id, "CA1")) == 2
        with pytest.raises(RefusedError, match="CA1 has 3 transcripts: name one of"):
            named.find_transcript(organization.id, "CA1")

    def test_a_transcript_stands_for_its_live_run_only(self, organization: OrganizationRow) -> None:
        stored = _died(organization)
        other = _sibling(stored, organization, purpose="reprocess", state="dead")
        assert named.find_dead_runs(organization.id, "SM1") == [stored.run_id]
        assert named.find_dead_runs(organization.id, str(other.id)) == [other.id]

    def test_what_is_not_dead_is_said_to_be_what_it_is(self, organization: OrganizationRow) -> None:
        stored = chain.store_sms(organization.id)
        with pytest.raises(RefusedError, match=f"no run of it is dead: run {stored.run_id} is ready"):
            named.find_dead_runs(organization.id, "SM1")

    def test_a_recording_that_never_came_to_be_has_nothing_to_retry(self, organization: OrganizationRow) -> None:
        chain.store_recording(organization.id, "RE1", "absent")
        with pytest.raises(RefusedError, match=r"never had a run \(recording_absent\)"):
            named.find_dead_runs(organization.id, "RE1")

    @pytest.mark.parametrize("name", ["SM404", "00000000-0000-4000-8000-000000000404"])
    def test_what_nobody_knows(self, organization: OrganizationRow, name: str) -> None:
        for find in (named.find_dead_runs, named.find_transcript):
            with pytest.raises(RefusedError, match="nothing by that name; --org"):
                find(organization.id, name)

    def test_another_organizations_ids_are_not_known(self, organization: OrganizationRow) -> None:
        stored = _died(OrganizationFactory.create())
        for name in (str(stored.run_id), str(stored.transcript_id), "SM1"):
            with pytest.raises(RefusedError):
                named.find_dead_runs(organization.id, name)


def test_the_dead_are_found_by_code_and_time(organization: OrganizationRow) -> None:
    today = now()
    for hours, code in ((1, "a"), (2, "b"), (3, "a")):
        RunFactory.create(
            organization_id=organization.id, state="dead", last_error=code, finished_at=today - timedelta(hours=hours), trace_id=f"{hours}"
        )
    RunFactory.create(state="dead", last_error="a", finished_at=today)

    def found(code: str | None = None, since: int | None = None, until: int | None = None) -> list[str]:
        bounds = (today - timedelta(hours=bound) if bound else None for bound in (since, until))
        return [chain.run_row(run_id)["trace_id"] for run_id in retries.find_dead(organization.id, code, *bounds)]

    assert found() == ["3", "2", "1"]
    assert found("a") == ["3", "1"]
    assert found(since=2) == ["2", "1"]
    assert found(until=2) == ["3"]
    assert found("a", since=2) == ["1"]
