"""A run belongs to one worker at a time (I2); only the database's clock decides."""

import time
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest

from db import runs
from db.plant import claims
from db.tables.organizations import OrganizationRow
from db.tables.runs import RunRow
from domain.chain import Stage
from domain.errors import StoreUnavailable
from domain.runs import Claim, Refusal, Wait
from tests.support import chain
from tests.support.factories import ConversationFactory, RunFactory, TranscriptFactory
from tests.support.stored import row, rows


def _try(run_id: UUID, stage: Stage = Stage.TRANSCRIBE, *, max_attempts: int = 4) -> Claim | Refusal:
    return claims.claim(run_id, stage, lease_s=chain.LEASE_S, max_attempts=max_attempts, worker="test")


def _refused(run_id: UUID, stage: Stage = Stage.TRANSCRIBE, *, max_attempts: int = 4) -> Refusal:
    answer = _try(run_id, stage, max_attempts=max_attempts)
    assert isinstance(answer, Refusal)
    return answer


def _lease_ran_out(run_id: UUID) -> None:
    # nobody's clock but the database's counts: the lease is moved into the past
    rows("UPDATE runs SET lease_until = clock_timestamp() - interval '1 second' WHERE id = %s RETURNING id", str(run_id))


def test_one_of_many_claimers_wins() -> None:
    run = RunFactory.create()
    answers = chain.at_once([partial(_try, run.id)] * 8)
    [won] = [answer for answer in answers if isinstance(answer, Claim)]
    assert {answer.outcome for answer in answers if isinstance(answer, Refusal)} == {"duplicate: another worker has it"}
    found = chain.run_row(run.id)
    assert (found["lease_token"], found["attempts"]) == (str(won.lease_token), 1)


def test_a_claim_tells_whose_run_it_is(organization: OrganizationRow) -> None:
    run = RunFactory.create(organization_id=organization.id)
    held = chain.claim(run.id)
    assert (held.organization_id, held.conversation_id, held.transcript_id) == (organization.id, run.conversation_id, run.transcript_id)
    assert (held.stage, held.attempts, held.trace_id, held.turn) == (Stage.TRANSCRIBE, 1, run.trace_id, 1)


def test_an_attempt_is_counted_before_the_work() -> None:
    run = RunFactory.create()
    chain.claim(run.id)
    assert chain.run_row(run.id)["attempts"] == 1
    step = row("SELECT attempts, worker, started_at IS NULL AS idle, finished_at FROM run_steps")
    assert step == {"attempts": 1, "worker": "test", "idle": False, "finished_at": None}


def test_a_lease_holds_for_its_time_and_is_rung_only_after_it() -> None:
    run = RunFactory.create()
    chain.claim(run.id)
    found = chain.run_row(run.id)
    assert chain.LEASE_S - 1 < chain.seconds_from_now(found, "lease_until") <= chain.LEASE_S
    assert found["next_publish_at"] > found["lease_until"]


def test_a_lease_that_ran_out_can_be_taken_over() -> None:
    run = RunFactory.create()
    first = chain.claim(run.id)
    _lease_ran_out(run.id)
    second = chain.claim(run.id)
    assert second.lease_token != first.lease_token
    assert second.attempts == 2
    assert row("SELECT attempts FROM run_steps") == {"attempts": 2}


def test_a_lease_that_ran_out_is_taken_over_by_one() -> None:
    run = RunFactory.create()
    chain.claim(run.id)
    _lease_ran_out(run.id)
    assert sum(isinstance(answer, Claim) for answer in chain.at_once([partial(_try, run.id)] * 6)) == 1


def test_a_lease_runs_out_by_itself() -> None:
    run = RunFactory.create()
    chain.claim(run.id, lease_s=0.3)
    ends = chain.run_row(run.id)["lease_until"]
    while not isinstance(_try(run.id), Claim):
        time.sleep(0.02)
    assert chain.run_row(run.id)["lease_until"] - timedelta(seconds=chain.LEASE_S) >= ends, "not a moment before"


def test_nobody_claims_before_the_back_off_is_over() -> None:
    run = RunFactory.create()
    runs.postpone(chain.claim(run.id), "openai:rate_limited", delay_s=8, give_back=False)
    assert _refused(run.id).outcome == "retry 2 in 8 s: openai:rate_limited"
    rows("UPDATE runs SET not_before = clock_timestamp() RETURNING id")
    assert chain.claim(run.id).attempts == 2


def test_who_was_put_off_before_the_first_try_is_told_no_retry() -> None:
    run = RunFactory.create()
    runs.postpone(chain.claim(run.id), "openai:rate_limited", delay_s=8, give_back=True)
    assert _refused(run.id).outcome == "paused for 8 s: openai:rate_limited", "as the step said that was put off"


def test_used_up_attempts_are_not_handed_out() -> None:
    run = RunFactory.create(attempts=4)
    assert _refused(run.id) == Refusal(past=False, outcome="attempts used up")
    rows("UPDATE runs SET not_before = clock_timestamp() + interval '8 seconds' RETURNING id")
    assert _refused(run.id) == Refusal(past=False, outcome="attempts used up"), "there is no next try to name"


def test_a_stage_that_was_done_lets_the_chain_go_on() -> None:
    run = RunFactory.create(stage=Stage.GENERATE_REPLY)
    assert _refused(run.id, Stage.TRANSCRIBE) == Refusal(past=True, outcome="already done")
    assert _refused(run.id, Stage.CLASSIFY_SPEAKERS).past


def test_a_stage_that_is_done_lets_the_chain_go_on_while_the_next_one_is_held() -> None:
    run = RunFactory.create(stage=Stage.CLASSIFY_SPEAKERS)
    chain.claim(run.id, Stage.CLASSIFY_SPEAKERS)
    assert _refused(run.id, Stage.TRANSCRIBE).past


@pytest.mark.parametrize(
    ("values", "stage", "outcome"),
    [
        ({"state": "done"}, Stage.PERSIST, "already done"),
        ({"state": "dead", "last_error": "worker_lost"}, Stage.TRANSCRIBE, "dead: worker_lost"),
        ({"state": "waiting", "waiting_for": "deepgram"}, Stage.TRANSCRIBE, "waiting for deepgram"),
        ({}, Stage.PERSIST, "too early: the run is at transcribe"),
    ],
)
def test_a_refusal_says_why_in_a_word(values: dict[str, str], stage: Stage, outcome: str) -> None:
    run = RunFactory.create(**values)
    assert _refused(run.id, stage) == Refusal(past=False, outcome=outcome)


def test_a_run_that_is_gone_is_said_to_be_gone() -> None:
    assert _refused(uuid4()) == Refusal(past=False, outcome="no such run")


def test_a_waiting_run_is_not_handed_out() -> None:
    run = RunFactory.create()
    runs.wait(chain.claim(run.id), Wait("deepgram", 600))
    assert _refused(run.id).outcome == "waiting for deepgram"


def test_a_database_that_is_locked_refuses_with_a_code(monkeypatch: pytest.MonkeyPatch) -> None:
    run = RunFactory.create()
    monkeypatch.setattr("db.driver.engine", chain.impatient_engine)
    with chain.holding("LOCK TABLE runs"), pytest.raises(StoreUnavailable, match=r"^database:\w+:(55P03|57014)$"):
        _try(run.id)


class TestOneVoiceAtATime:
    """The reply of a later turn waits for an earlier one (I9)."""

    def _turns(self, **earlier: object) -> tuple[RunRow, RunRow]:
        conversation = ConversationFactory.create()
        ids = {"organization_id": conversation.organization_id, "conversation_id": conversation.id}
        both = [TranscriptFactory.create(**ids, turn=turn, source_ref=f"SM{turn}") for turn in (1, 2)]
        first = RunFactory.create(organization_id=conversation.organization_id, transcript_id=both[0].id, **earlier)
        stage = Stage.GENERATE_REPLY
        return first, RunFactory.create(organization_id=conversation.organization_id, transcript_id=both[1].id, stage=stage)

    @pytest.mark.parametrize("earlier", [{}, {"state": "waiting"}, {"stage": Stage.PERSIST}])
    def test_a_reply_waits_for_an_earlier_turn_that_is_open(self, earlier: dict[str, str]) -> None:
        _, later = self._turns(**earlier)
        assert _refused(later.id, Stage.GENERATE_REPLY).outcome == "waiting for an earlier turn"

    @pytest.mark.parametrize("earlier", [{"state": "done"}, {"state": "dead"}, {"purpose": "reprocess"}], ids=["done", "dead", "reprocess"])
    def test_a_reply_does_not_wait_for_a_turn_that_is_over(self, earlier: dict[str, str]) -> None:
        _, later = self._turns(**earlier)
        assert isinstance(_try(later.id, Stage.GENERATE_REPLY), Claim)

    def test_a_reply_waits_no_longer_than_a_minute(self) -> None:
        first, later = self._turns()
        rows("UPDATE runs SET created_at = clock_timestamp() - interval '61 seconds' WHERE id = %s RETURNING id", str(first.id))
        assert isinstance(_try(later.id, Stage.GENERATE_REPLY), Claim)

    def test_an_earlier_reply_does_not_wait_for_a_later_turn(self) -> None:
        first, _ = self._turns(stage=Stage.GENERATE_REPLY)
        assert isinstance(_try(first.id, Stage.GENERATE_REPLY), Claim)

    def test_other_stages_do_not_wait(self) -> None:
        _, later = self._turns()
        rows("UPDATE runs SET stage = 'classify_speakers' WHERE id = %s RETURNING id", str(later.id))
        assert isinstance(_try(later.id, Stage.CLASSIFY_SPEAKERS), Claim)

    def test_a_reprocess_run_waits_for_nobody(self) -> None:
        _, later = self._turns()
        rows("UPDATE runs SET purpose = 'reprocess' WHERE id = %s RETURNING id", str(later.id))
        assert isinstance(_try(later.id, Stage.GENERATE_REPLY), Claim)

    def test_other_conversations_do_not_wait(self) -> None:
        self._turns()
        stranger = RunFactory.create(stage=Stage.GENERATE_REPLY, turn=5)
        assert isinstance(_try(stranger.id, Stage.GENERATE_REPLY), Claim)
