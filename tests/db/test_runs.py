"""What a leased run may turn into, fenced by its lease (I3); and the race of a wait with what it waits for (I8)."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

import pytest

from db import runs
from db.tables.organizations import OrganizationRow
from domain.chain import RunState, Stage
from domain.errors import LeaseLost
from domain.runs import Claim, Planned, Wait
from domain.speech import Urgency
from tests.support import chain
from tests.support.factories import RunFactory, TranscriptFactory
from tests.support.stored import count, row, rows

WAIT = Wait("deepgram", 600)


def _taken_over(stage: Stage) -> tuple[Claim, Claim]:
    """An owner that was too slow, and the one that has its run now."""
    run = RunFactory.create(stage=stage)
    late = chain.claim(run.id, stage)
    rows("UPDATE runs SET lease_until = clock_timestamp() - interval '1 second' RETURNING id")
    return late, chain.claim(run.id, stage)


RESULTS = {
    Stage.TRANSCRIBE: "utterances",
    Stage.CLASSIFY_SPEAKERS: "analyses",
    Stage.GENERATE_REPLY: "replies",
    Stage.PERSIST: "effects",
}


def _escaping(held: Claim) -> tuple[Planned, ...]:
    return (chain.sms(held.transcript_id),) if held.stage in {Stage.CLASSIFY_SPEAKERS, Stage.PERSIST} else ()


class TestFencing:
    """Who lost the lease writes nothing."""

    @pytest.mark.parametrize("stage", list(Stage))
    def test_nothing_of_a_late_writer_stays(self, stage: Stage) -> None:
        late, _ = _taken_over(stage)
        before = [chain.whole(table) for table in ("runs", "run_steps", "transcripts", "conversations")]
        with pytest.raises(LeaseLost):
            chain.record(late, Urgency.EMERGENCY, _escaping(late))
        assert [chain.whole(table) for table in ("runs", "run_steps", "transcripts", "conversations")] == before
        assert [count(table) for table in ("utterances", "analyses", "replies", "effects")] == [0, 0, 0, 0]

    @pytest.mark.parametrize("stage", list(Stage))
    def test_the_results_of_the_new_owner_stand(self, stage: Stage) -> None:
        late, owner = _taken_over(stage)
        chain.record(owner, Urgency.EMERGENCY, _escaping(owner))
        written = chain.whole(RESULTS[stage])
        with pytest.raises(LeaseLost):
            chain.record(late, effects=_escaping(late))
        assert written
        assert chain.whole(RESULTS[stage]) == written

    @pytest.mark.parametrize(
        "end",
        [
            lambda claim: runs.postpone(claim, "code", delay_s=1, give_back=False),
            lambda claim: runs.bury(claim, "code"),
            lambda claim: runs.wait(claim, WAIT),
        ],
        ids=["postpone", "bury", "wait"],
    )
    def test_a_late_owner_cannot_end_the_run_of_the_new_one(self, end: Callable[[Claim], object]) -> None:
        late, owner = _taken_over(Stage.TRANSCRIBE)
        with pytest.raises(LeaseLost):
            end(late)
        run = chain.run_row(owner.run_id)
        assert (run["state"], run["lease_token"], run["last_error"]) == ("ready", str(owner.lease_token), None)
        assert row("SELECT processing_status FROM transcripts") == {"processing_status": "pending"}

    def test_a_result_cannot_be_written_twice_by_its_owner(self) -> None:
        held = chain.claim(RunFactory.create().id)
        chain.record(held)
        with pytest.raises(LeaseLost):
            chain.record(held)

    def test_two_threads_of_one_claim_write_once(self) -> None:
        held = chain.claim(RunFactory.create().id)

        def write() -> bool:
            try:
                chain.record(held)
            except LeaseLost:
                return False
            return True

        assert sorted(chain.at_once([write] * 4)) == [False, False, False, True]
        assert chain.run_row(held.run_id)["stage"] == "classify_speakers"


class TestEnds:
    """The next stage, another try, or the end."""

    def test_a_stage_starts_with_no_attempts_and_no_error(self) -> None:
        run = RunFactory.create()
        runs.postpone(chain.claim(run.id), "deepgram:busy", delay_s=0, give_back=False)
        chain.record(chain.claim(run.id))
        found = chain.run_row(run.id)
        assert (found["stage"], found["attempts"], found["last_error"], found["lease_token"]) == ("classify_speakers", 0, None, None)
        assert 2 < chain.seconds_from_now(found, "next_publish_at") <= 3

    def test_a_postponed_run_is_due_when_its_back_off_is_over(self) -> None:
        run = RunFactory.create()
        runs.postpone(chain.claim(run.id), "openai:busy", delay_s=8, give_back=False)
        found = chain.run_row(run.id)
        assert (found["attempts"], found["last_error"], found["lease_until"]) == (1, "openai:busy", None)
        assert 7 < chain.seconds_from_now(found, "not_before") <= 8
        assert 7 < chain.seconds_from_now(found, "next_publish_at") <= 8
        assert row("SELECT error_code FROM run_steps") == {"error_code": "openai:busy"}

    def test_an_attempt_that_is_given_back_does_not_count(self) -> None:
        run = RunFactory.create()
        for _ in range(6):
            runs.postpone(chain.claim(run.id, max_attempts=1), "infrastructure:OSError", delay_s=0, give_back=True)
        assert chain.run_row(run.id)["attempts"] == 0

    def test_a_dead_run_says_why_and_fails_the_ai_axis_only(self) -> None:
        run = RunFactory.create(stage=Stage.CLASSIFY_SPEAKERS)
        runs.bury(chain.claim(run.id, Stage.CLASSIFY_SPEAKERS), "openai:refused")
        found, transcript = chain.run_row(run.id), chain.transcript_row(run.transcript_id)
        assert (found["state"], found["last_error"], found["lease_token"]) == ("dead", "openai:refused", None)
        assert found["finished_at"]
        assert (transcript["processing_status"], transcript["processing_reason"]) == ("failed", "openai:refused")
        assert (transcript["status"], transcript["status_reason"]) == ("completed", None)

    def test_a_dead_reprocess_run_fails_nothing(self) -> None:
        run = RunFactory.create(purpose="reprocess")
        runs.bury(chain.claim(run.id), "openai:refused")
        assert chain.transcript_row(run.transcript_id)["processing_status"] == "pending"

    def test_a_dead_run_does_not_take_a_completed_one_back(self) -> None:
        transcript = TranscriptFactory.create(processing_status="completed")
        run = RunFactory.create(organization_id=transcript.organization_id, transcript_id=transcript.id)
        runs.bury(chain.claim(run.id), "openai:refused")
        assert chain.transcript_row(transcript.id)["processing_status"] == "completed"


class TestWaiting:
    """A payload and a wait may come in any order: neither is lost."""

    def test_a_waiting_run_is_due_again(self) -> None:
        run = RunFactory.create()
        assert runs.wait(chain.claim(run.id), WAIT) is RunState.WAITING
        found = chain.run_row(run.id)
        assert (found["state"], found["waiting_for"], found["attempts"], found["lease_token"]) == ("waiting", "deepgram", 0, None)
        assert 599 < chain.seconds_from_now(found, "next_publish_at") <= 600

    def test_words_that_came_first_keep_the_run_from_waiting(self, organization: OrganizationRow) -> None:
        held, transcript_id = self._held(organization)
        chain.store_callback(organization.id, transcript_id)
        assert runs.wait(held, WAIT) is RunState.READY
        found = chain.run_row(held.run_id)
        assert (found["state"], found["waiting_for"], found["lease_token"]) == ("ready", None, None)
        assert chain.seconds_from_now(found, "next_publish_at") <= 0

    def test_a_failure_that_came_first_ends_the_run(self, organization: OrganizationRow) -> None:
        held, transcript_id = self._held(organization)
        chain.store_callback(organization.id, transcript_id, failed=True)
        assert runs.wait(held, WAIT) is RunState.DEAD
        found = chain.run_row(held.run_id)
        assert (found["state"], found["last_error"], found["waiting_for"]) == ("dead", "transcription:failed", None)
        assert chain.transcript_row(transcript_id)["processing_status"] == "pending"

    @pytest.mark.parametrize(("failed", "state"), [(False, "ready"), (True, "dead")])
    @pytest.mark.parametrize("first", ["callback", "wait"])
    def test_both_at_the_same_moment_agree(self, organization: OrganizationRow, first: str, *, failed: bool, state: str) -> None:
        """Somebody holds the run's row until both stand in line for it: whoever is first, the outcome is the same."""
        held, transcript_id = self._held(organization)
        answer = partial(chain.store_callback, organization.id, transcript_id, failed=failed)
        wait = partial(runs.wait, held, WAIT)
        with chain.holding("SELECT FROM runs FOR UPDATE"):
            in_line: list[Callable[[], object]] = [answer, wait] if first == "callback" else [wait, answer]
            futures = []
            for place, call in enumerate(in_line, start=1):
                futures += chain.started([call])
                chain.until_blocked(place)
        for future in futures:
            future.result(10)
        found = chain.run_row(held.run_id)
        assert (found["state"], found["waiting_for"], found["lease_token"]) == (state, None, None)

    @pytest.mark.parametrize("_again", range(10))
    def test_no_wake_up_is_lost_without_a_referee(self, organization: OrganizationRow, _again: int) -> None:
        held, transcript_id = self._held(organization)
        both: list[Callable[[], object]] = [partial(chain.store_callback, organization.id, transcript_id), partial(runs.wait, held, WAIT)]
        chain.at_once(both)
        assert chain.run_row(held.run_id)["state"] == "ready"

    def test_a_callback_inside_its_transaction_is_waited_for(self, organization: OrganizationRow) -> None:
        """The front has stored the payload and holds the run, but has not committed: the step must not conclude that nothing came."""
        held, transcript_id = self._held(organization)
        with chain.holding("SELECT FROM runs FOR UPDATE") as front:
            front.execute(_PAYLOAD, (str(organization.id), str(transcript_id)))
            [waiting] = chain.started([partial(runs.wait, held, WAIT)])
            chain.until_blocked()
        assert waiting.result(10) is RunState.READY

    @staticmethod
    def _held(organization: OrganizationRow) -> tuple[Claim, UUID]:
        stored = chain.store_recording(organization.id)
        assert stored.run_id
        assert stored.transcript_id
        return chain.claim(stored.run_id), stored.transcript_id


_PAYLOAD = """
INSERT INTO webhook_events (id, organization_id, provider, kind, dedupe_key, subject, transcript_id, headers, body, body_size, body_sha256,
    trace_id)
VALUES (gen_random_uuid(), %s, 'deepgram', 'callback', 'request-1', 'request-1', %s, '{}', '', 0, '', 'trace')
"""
