"""What an outage of the house costs a run: no attempt, but not for ever; and no lease if it is over in a moment."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from db.engine import engine
from db.results import record_transcription
from domain.chain import STAGES, Stage
from domain.errors import RetryableError, StepFailed, StoreUnavailable
from domain.runs import Assessment, Publication, Run
from tasks import step
from tasks.step import Answer, Body
from tests.support import chain
from tests.support.database import BECOMES_READ_ONLY
from tests.support.factories import RunFactory
from tests.support.stored import count, rows

ANSWERS: dict[Stage, Answer] = {
    Stage.TRANSCRIBE: chain.transcription(),
    Stage.CLASSIFY_SPEAKERS: Assessment(chain.analysis()),
    Stage.GENERATE_REPLY: chain.reply(),
    Stage.PERSIST: Publication(),
}


def _run(stage: Stage = Stage.CLASSIFY_SPEAKERS) -> UUID:
    return RunFactory.create(stage=stage).id


def _attempt(run_id: UUID, body: Body, stage: Stage = Stage.CLASSIFY_SPEAKERS) -> tuple[str, bool]:
    return step.attempt(stage, body, run_id, worker="test")[:2]


def _raising(error: Exception) -> Body:
    def body(_: Run) -> Answer:
        raise error

    return body


def _due_now() -> None:
    rows("UPDATE runs SET not_before = clock_timestamp() RETURNING id")


@pytest.mark.parametrize("error", [OSError("no route"), ConnectionRefusedError(), StoreUnavailable("database:OperationalError")])
def test_an_infrastructure_error_gives_its_attempt_back(error: Exception) -> None:
    run_id = _run()
    for _ in range(6):
        outcome, goes_on = _attempt(run_id, _raising(error))
        assert (outcome, goes_on) == (f"paused: infrastructure:{type(error).__name__}", False)
        _due_now()
    found = chain.run_row(run_id)
    assert (found["attempts"], found["state"], found["last_error"]) == (0, "ready", f"infrastructure:{type(error).__name__}")


@pytest.mark.parametrize("error", [OSError("no route"), StoreUnavailable("database:OperationalError")])
def test_an_infrastructure_error_that_lasts_for_an_hour_counts_like_any_failure(
    error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    run_id, code = _run(), f"infrastructure:{type(error).__name__}"
    rows("UPDATE runs SET stage_since = clock_timestamp() - interval '61 minutes' RETURNING id")
    for tried in range(1, step.max_attempts()):
        assert _attempt(run_id, _raising(error))[0].startswith(f"retry {tried + 1} in ")
        _due_now()
    assert "infrastructure_failing_for_long" in capsys.readouterr().out
    with pytest.raises(StepFailed, match=f"^{code}$"):
        _attempt(run_id, _raising(error))
    assert (chain.run_row(run_id)["state"], chain.run_row(run_id)["last_error"]) == ("dead", code)


def test_the_next_stage_has_an_hour_of_its_own() -> None:
    run_id = _run(Stage.TRANSCRIBE)
    rows("UPDATE runs SET stage_since = clock_timestamp() - interval '61 minutes' RETURNING id")
    _attempt(run_id, lambda _: chain.transcription(), Stage.TRANSCRIBE)
    assert _attempt(run_id, _raising(OSError()))[0] == "paused: infrastructure:OSError"


def test_a_database_that_is_locked_after_the_work_gives_the_attempt_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("db.driver.engine", chain.impatient_engine)
    monkeypatch.setattr("tasks.patience.PATIENCE_S", 0)
    run_id = _run(Stage.TRANSCRIBE)
    with chain.holding("LOCK TABLE utterances"):
        outcome, _ = _attempt(run_id, lambda _: chain.transcription(), Stage.TRANSCRIBE)
    assert outcome == "paused: infrastructure:StoreUnavailable"
    assert chain.run_row(run_id)["attempts"] == 0


def test_a_database_that_turns_read_only_during_the_work_gives_the_attempt_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.patience.PATIENCE_S", 0)
    run_id = _run()

    def body(_: Run) -> Answer:
        engine().dispose()
        with engine().begin() as demoted:
            demoted.execute(text(BECOMES_READ_ONLY))
        return Assessment(chain.analysis())

    assert _attempt(run_id, body) == ("paused: infrastructure:StoreUnavailable", False)
    assert chain.run_row(run_id)["attempts"] == 0


@pytest.fixture
def outage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Begins an outage that is over after most of a second; whoever writes to a run meanwhile is told so three times a second."""
    monkeypatch.setattr("db.driver.engine", chain.impatient_engine)
    with ExitStack() as over:

        def begin() -> None:
            over.enter_context(chain.holding("SELECT FROM runs FOR UPDATE"))
            threading.Timer(0.8, over.pop_all().close).start()

        yield begin


@pytest.mark.parametrize(
    ("error", "outcome"),
    [(RetryableError("openai:busy", delay_s=8), "retry 2 in 8 s: openai:busy"), (OSError(), "paused: infrastructure:OSError")],
)
def test_a_failure_is_written_down_after_it(outage: Callable[[], None], error: Exception, outcome: str) -> None:
    def body(_: Run) -> Answer:
        outage()
        raise error

    run_id = _run()
    assert _attempt(run_id, body) == (outcome, False)
    assert chain.run_row(run_id)["lease_token"] is None


@pytest.mark.parametrize("stage", STAGES)
def test_a_result_is_written_down_after_it(outage: Callable[[], None], stage: Stage) -> None:
    def body(_: Run) -> Answer:
        outage()
        return ANSWERS[stage]

    assert _attempt(_run(stage), body, stage) == ("done", True)


def test_a_result_that_was_committed_without_an_answer_is_not_written_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def commit_and_vanish(*given: Any) -> None:
        record_transcription(*given)
        raise StoreUnavailable("database:OperationalError")

    monkeypatch.setattr(step, "record_transcription", commit_and_vanish)
    run_id = _run(Stage.TRANSCRIBE)
    answer = chain.transcription()
    assert _attempt(run_id, lambda _: answer, Stage.TRANSCRIBE) == ("lease lost: another worker has it", False)
    assert (chain.run_row(run_id)["stage"], count("utterances")) == ("classify_speakers", len(answer.utterances))


def test_a_long_outage_is_left_to_the_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.patience.PATIENCE_S", 0.6)
    monkeypatch.setattr("db.driver.engine", chain.impatient_engine)
    with ExitStack() as over, chain.within(0.3, chain.LEASE_S / 2):

        def body(_: Run) -> Answer:
            over.enter_context(chain.holding("SELECT FROM runs FOR UPDATE"))
            raise OSError

        assert _attempt(_run(), body)[0].startswith("not settled, the lease runs out: database:")
