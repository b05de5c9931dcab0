"""The decorator owns claim, lease, fencing and errors: what becomes of a run, whatever its step's body does (S1-15…S1-20, S0-21)."""

import traceback
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from db.engine import engine
from db.results import record_transcription
from domain.chain import STAGES, TASK_NAMES, Stage
from domain.errors import NoAnswerError, PermanentError, RetryableError, StepFailed
from domain.runs import Assessment, Publication, Run, Wait
from tasks import app, step
from tasks.step import Answer
from tests.support import chain
from tests.support.factories import RunFactory
from tests.support.stored import count, row, rows

CANARY = "canary with a toothache"
CLASSIFY = Stage.CLASSIFY_SPEAKERS


def _attempt(run_id: UUID, body: Callable[[Run], Answer], stage: Stage = CLASSIFY) -> tuple[str, bool]:
    return step.attempt(stage, body, run_id, worker="test")[:2]


def _raising(error: Exception) -> Callable[[Run], Answer]:
    def body(_: Run) -> Answer:
        raise error

    return body


def _run(stage: Stage = CLASSIFY, **values: Any) -> UUID:
    return RunFactory.create(stage=stage, **values).id


def _due_now() -> None:
    rows("UPDATE runs SET not_before = clock_timestamp() RETURNING id")


def _axes() -> tuple[str, str, str | None]:
    found = row("SELECT status, processing_status, processing_reason FROM transcripts")
    return found["status"], found["processing_status"], found["processing_reason"]


WHAT_FOLLOWS = {"task": TASK_NAMES[Stage.PERSIST], "options": {"queue": "of another worker"}}
ANSWERS: dict[Stage, Answer] = {
    Stage.TRANSCRIBE: chain.transcription(),
    Stage.CLASSIFY_SPEAKERS: Assessment(chain.analysis()),
    Stage.GENERATE_REPLY: chain.reply(),
    Stage.PERSIST: Publication(),
}


class TestProgress:
    """A step that answers."""

    @pytest.mark.parametrize("stage", STAGES)
    def test_an_answer_moves_the_run_on(self, stage: Stage) -> None:
        run_id = _run(stage)
        assert _attempt(run_id, lambda _: ANSWERS[stage], stage) == ("done", True)
        found = chain.run_row(run_id)
        assert (found["state"], found["stage"]) == (
            ("done", "persist") if stage is Stage.PERSIST else ("ready", STAGES[STAGES.index(stage) + 1])
        )

    def test_the_ai_axis_follows_the_chain(self) -> None:
        run_id = _run(Stage.TRANSCRIBE)
        seen: list[str] = []

        def body(_: Run) -> Answer:
            seen.append(_axes()[1])
            return ANSWERS[STAGES[len(seen) - 1]]

        for stage in STAGES:
            _attempt(run_id, body, stage)
        assert [*seen, _axes()[1]] == ["pending", "processing", "processing", "processing", "completed"]

    def test_no_transaction_is_open_while_the_step_works(self) -> None:
        def body(_: Run) -> Answer:
            assert rows("SELECT FROM pg_stat_activity WHERE state = 'idle in transaction' AND datname = current_database()") == []
            return Assessment(chain.analysis())

        assert _attempt(_run(), body) == ("done", True)

    def test_a_stage_that_was_done_is_not_repeated(self) -> None:
        run_id = _run(Stage.PERSIST)
        assert _attempt(run_id, _raising(AssertionError("worked again"))) == ("already done", True)

    def test_a_doubled_message_works_once(self) -> None:
        run_id = _run()
        calls: list[Run] = []

        def body(run: Run) -> Answer:
            calls.append(run)
            return Assessment(chain.analysis())

        answers = chain.at_once([partial(_attempt, run_id, body)] * 4)
        assert len(calls) == 1
        assert ("done", True) in answers

    def test_a_step_that_waits_stops_its_chain(self) -> None:
        run_id = _run(Stage.TRANSCRIBE)
        assert _attempt(run_id, lambda _: Wait("deepgram", 60), Stage.TRANSCRIBE) == ("waiting for deepgram", False)
        assert chain.run_row(run_id)["state"] == "waiting"

    def test_a_step_that_waits_for_words_that_failed_ends_its_run(self) -> None:
        """S1-20: speech has failed, so no AI work begins."""
        stored = chain.store_recording(RunFactory.create(state="done").organization_id)
        assert stored.run_id
        assert stored.transcript_id

        def body(run: Run) -> Answer:
            assert stored.transcript_id
            chain.store_callback(run.claim.organization_id, stored.transcript_id, failed=True)
            return Wait("deepgram", 60)

        with pytest.raises(StepFailed, match=r"^transcription:failed$"):
            _attempt(stored.run_id, body, Stage.TRANSCRIBE)
        transcript = chain.transcript_row(stored.transcript_id)
        assert (transcript["status"], transcript["processing_status"]) == ("failed", "pending")
        assert chain.run_row(stored.run_id)["state"] == "dead"

    def test_a_slow_step_whose_run_was_taken_over_leaves_no_trace(self) -> None:
        run_id = _run()

        def body(_: Run) -> Answer:
            rows("UPDATE runs SET lease_token = gen_random_uuid() RETURNING id")
            return Assessment(chain.analysis())

        assert _attempt(run_id, body) == ("lease lost: another worker has it", False)
        assert count("analyses") == 0


class TestFailures:
    """A step that does not answer."""

    def test_a_retryable_error_backs_off_and_counts(self) -> None:
        run_id = _run()
        outcome, goes_on = _attempt(run_id, _raising(RetryableError("openai:busy", delay_s=8)))
        assert (outcome, goes_on) == ("retry 2 in 8 s: openai:busy", False)
        found = chain.run_row(run_id)
        assert (found["attempts"], found["last_error"], found["state"]) == (1, "openai:busy", "ready")
        assert 7 < chain.seconds_from_now(found, "not_before") <= 8
        assert _axes() == ("completed", "processing", None)

    def test_each_retry_waits_longer(self) -> None:
        run_id = _run()
        waited = []
        for _ in range(3):
            _attempt(run_id, _raising(RetryableError("openai:busy")))
            waited.append(chain.seconds_from_now(chain.run_row(run_id), "not_before"))
            _due_now()
        assert [0 < waited[0] <= 1, 0.9 < waited[1] <= 2, 1.9 < waited[2] <= 4] == [True] * 3

    @pytest.mark.parametrize("retries", [0, 2])
    def test_a_run_is_tried_once_and_then_as_often_as_allowed(self, configured: Callable[..., None], retries: int) -> None:
        configured(WORKER_MAX_RETRIES=retries)
        run_id, calls = _run(), 0

        def body(_: Run) -> Answer:
            nonlocal calls
            calls += 1
            raise NoAnswerError("timeout")

        for _ in range(retries):
            assert not _attempt(run_id, body)[1]
            _due_now()
        with pytest.raises(StepFailed, match=r"^timeout$"):
            _attempt(run_id, body)
        assert calls == retries + 1
        assert _attempt(run_id, body) == ("dead: timeout", False)
        assert (chain.run_row(run_id)["state"], chain.run_row(run_id)["last_error"]) == ("dead", "timeout")
        assert row("SELECT attempts, error_code FROM run_steps") == {"attempts": retries + 1, "error_code": "timeout"}

    def test_a_failing_ai_never_touches_the_speech_axis(self) -> None:
        with pytest.raises(StepFailed):
            _attempt(_run(), _raising(PermanentError("openai:refused")))
        assert _axes() == ("completed", "failed", "openai:refused")

    def test_a_permanent_error_ends_the_run_at_once(self) -> None:
        run_id = _run()
        with pytest.raises(StepFailed, match=r"^openai:refused$"):
            _attempt(run_id, _raising(PermanentError("openai:refused")))
        found = chain.run_row(run_id)
        assert (found["state"], found["attempts"], found["last_error"]) == ("dead", 1, "openai:refused")

    def test_an_unexpected_error_is_known_by_its_class(self) -> None:
        run_id = _run()
        outcome, _ = _attempt(run_id, _raising(KeyError(CANARY)))
        assert outcome.endswith("s: unexpected:KeyError")
        assert chain.run_row(run_id)["last_error"] == "unexpected:KeyError"

    @pytest.mark.usefixtures("_impatient")
    def test_a_claim_that_the_database_does_not_answer_stops_the_chain(self) -> None:
        run_id = _run()
        with chain.holding("LOCK TABLE runs"):
            outcome, goes_on = _attempt(run_id, _raising(AssertionError("worked")))
        assert outcome.startswith("not claimed: database:")
        assert not goes_on

    def test_an_end_that_cannot_be_written_is_left_to_the_lease(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("db.driver.engine", chain.impatient_engine)
        monkeypatch.setattr("tasks.patience.PATIENCE_S", 0)
        run_id = _run()
        with chain.holding("SELECT 1") as cursor:

            def body(_: Run) -> Answer:
                cursor.execute("SELECT FROM runs FOR UPDATE")
                raise PermanentError("openai:refused")

            outcome, goes_on = _attempt(run_id, body)
        assert outcome.startswith("not settled, the lease runs out: database:")
        assert not goes_on
        assert chain.run_row(run_id)["lease_token"]


class TestNoWords:
    """Nothing that a caller said leaves the tables it belongs to."""

    def _fails_in_sql(self, run: Run) -> Answer:
        with engine().begin() as connection:
            connection.execute(text("SELECT CAST(:words AS int)"), {"words": CANARY})
        raise AssertionError(run)

    @pytest.mark.parametrize("fails_in", ["python", "sql", "a result"])
    def test_a_dying_run_says_nothing_of_what_was_said(
        self, configured: Callable[..., None], capsys: pytest.CaptureFixture[str], fails_in: str
    ) -> None:
        configured(WORKER_MAX_RETRIES=0)
        run_id = _run(Stage.TRANSCRIBE)
        record_transcription(chain.claim(run_id), chain.transcription(CANARY))
        bodies: dict[str, Callable[[Run], Answer]] = {
            "python": _raising(ValueError(CANARY)),
            "sql": self._fails_in_sql,
            "a result": lambda _: chain.transcription(CANARY + "\0"),
        }
        with pytest.raises(StepFailed) as raised:
            _attempt(run_id, bodies[fails_in])
        shown = "".join(traceback.format_exception(raised.value))
        assert "canary" not in shown + str(raised.value)
        assert "canary" not in str([chain.whole(table) for table in ("runs", "run_steps", "transcripts", "conversations", "effects")])
        output = capsys.readouterr()
        assert "canary" not in output.out + output.err

    def test_an_outcome_says_nothing_of_what_was_said(self) -> None:
        assert "canary" not in _attempt(_run(), self._fails_in_sql)[0]


class TestTask:
    """The decorated function as Celery calls it."""

    def _call(self, stage: Stage, run_id: UUID) -> tuple[str, object]:
        app.loader.import_default_modules()
        task = app.tasks[TASK_NAMES[stage]]
        task.push_request(chain=[WHAT_FOLLOWS], hostname="worker@test")
        try:
            return task.run(str(run_id)), task.request.chain
        finally:
            task.pop_request()

    def test_a_step_that_is_done_lets_its_chain_go_on(self) -> None:
        assert self._call(Stage.PERSIST, _run(Stage.PERSIST)) == ("done", [WHAT_FOLLOWS])
        assert row("SELECT worker FROM run_steps") == {"worker": "worker@test"}

    def test_a_step_that_may_not_work_ends_its_chain_without_an_error(self) -> None:
        assert self._call(Stage.PERSIST, _run(Stage.TRANSCRIBE)) == ("too early: the run is at transcribe", None)

    def test_the_run_id_is_the_only_argument(self) -> None:
        app.loader.import_default_modules()
        for name in TASK_NAMES.values():
            with pytest.raises(TypeError):
                app.tasks[name].apply_async(args=("run", "words"))
