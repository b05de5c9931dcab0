"""What is due is found once, oldest first, within its queue's room; what was lost is buried (I5, I6)."""

from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from db import runs
from db.engine import WORK, engine
from db.plant import sweep
from db.tables.runs import RunRow
from domain.chain import Purpose, Stage
from domain.errors import LeaseLost, StoreUnavailable
from domain.lanes import Lane
from domain.runs import Bell, EffectBell, Wait
from tests.support import chain
from tests.support.factories import ConversationFactory, EffectFactory, OrganizationFactory, RunFactory
from tests.support.stored import row, rows

LIVE = Purpose.LIVE


def _take(room: int = 10, stage: Stage = Stage.TRANSCRIBE, purpose: Purpose = LIVE) -> list[Bell]:
    return _take_each((purpose, stage, "queue", room))


def _take_each(*wanted: tuple[Purpose, Stage, str, int]) -> list[Bell]:
    with sweep.opened() as store:
        return sweep.take_due_runs(store, wanted)


def _take_effects(room: int) -> list[EffectBell]:
    with sweep.opened() as store:
        return sweep.take_due_effects(store, room)


def _bury(max_attempts: int) -> list[tuple[UUID, str]]:
    with sweep.opened() as store:
        return sweep.bury_lost(store, max_attempts)


def _ring_again(run_ids: list[UUID], effect_ids: list[UUID]) -> None:
    with sweep.opened() as store:
        sweep.ring_again_soon(store, run_ids, effect_ids)


def _set(run_id: UUID, **intervals: str) -> None:
    moved = ", ".join(f"{column} = clock_timestamp() + interval '{interval}'" for column, interval in intervals.items())
    rows(f"UPDATE runs SET {moved} WHERE id = %s RETURNING id", str(run_id))  # noqa: S608 - the test's own words


def _run(due: str = "-1 second", **values: Any) -> RunRow:
    run = RunFactory.create(**values)
    _set(run.id, next_publish_at=due)
    return run


class TestDueRuns:
    """Which bells are rung."""

    def test_a_due_run_is_rung_with_its_ids_and_trace(self) -> None:
        run = _run()
        [bell] = _take()
        assert bell == Bell(run.id, run.conversation_id, run.transcript_id, Stage.TRANSCRIBE, LIVE, run.trace_id)

    def test_the_oldest_come_first_within_the_room(self) -> None:
        late, oldest, middle = (_run(f"-{seconds} seconds") for seconds in (10, 30, 20))
        assert {bell.run_id for bell in _take(2)} == {oldest.id, middle.id}
        assert [bell.run_id for bell in _take(2)] == [late.id]

    def test_what_was_rung_is_due_again_in_ten_seconds(self) -> None:
        run = _run()
        _take()
        assert _take() == []
        assert 9 < chain.seconds_from_now(chain.run_row(run.id), "next_publish_at") <= 10

    def test_each_queue_has_a_room_of_its_own(self) -> None:
        for stage in (Stage.TRANSCRIBE, Stage.PERSIST):
            for purpose in Purpose:
                _run(stage=stage, purpose=purpose)
                _run(stage=stage, purpose=purpose)
        taken = _take_each(
            (LIVE, Stage.TRANSCRIBE, "speech", 1), (LIVE, Stage.PERSIST, "records", 5), (Purpose.REPROCESS, Stage.PERSIST, "batch", 0)
        )
        assert sorted((bell.purpose, bell.stage) for bell in taken) == [
            (LIVE, Stage.PERSIST),
            (LIVE, Stage.PERSIST),
            (LIVE, Stage.TRANSCRIBE),
        ]

    def test_what_shares_a_queue_shares_its_room_and_the_oldest_come_first(self) -> None:
        old = _run("-9 seconds", stage=Stage.GENERATE_REPLY), _run("-8 seconds", stage=Stage.CLASSIFY_SPEAKERS)
        _run("-7 seconds", stage=Stage.GENERATE_REPLY)
        taken = _take_each((LIVE, Stage.CLASSIFY_SPEAKERS, "language", 2), (LIVE, Stage.GENERATE_REPLY, "language", 2))
        assert {bell.run_id for bell in taken} == {run.id for run in old}

    def test_a_leased_run_is_not_rung(self) -> None:
        run = _run()
        chain.claim(run.id)
        assert _take() == []

    def test_a_run_that_backs_off_is_not_rung_before_its_time(self) -> None:
        run = _run()
        runs.postpone(chain.claim(run.id), "code", delay_s=30, give_back=False)
        assert _take() == []
        _set(run.id, next_publish_at="-1 second")
        assert len(_take()) == 1

    @pytest.mark.parametrize("state", ["done", "dead"])
    def test_a_run_that_has_ended_is_not_rung(self, state: str) -> None:
        _run(state=state)
        assert _take() == []

    def test_a_lease_that_ran_out_is_rung_and_can_be_claimed(self) -> None:
        run = _run()
        chain.claim(run.id)
        _set(run.id, lease_until="-1 second", next_publish_at="-0.5 seconds")
        assert [bell.run_id for bell in _take()] == [run.id]
        assert chain.claim(run.id).attempts == 2

    def test_a_wait_that_is_overdue_becomes_ready(self) -> None:
        run = _run()
        runs.wait(chain.claim(run.id), Wait("no_transcriber", 3_600))
        assert _take() == []
        _set(run.id, next_publish_at="-1 second")
        assert len(_take()) == 1
        found = chain.run_row(run.id)
        assert (found["state"], found["waiting_for"]) == ("ready", None)

    def test_a_row_that_somebody_holds_is_passed_over(self) -> None:
        held, free = _run("-2 seconds"), _run()
        with chain.holding("SELECT FROM runs WHERE id = %s FOR UPDATE", str(held.id)):
            assert [bell.run_id for bell in _take()] == [free.id]

    def test_many_sweepers_at_once_ring_each_run_once(self) -> None:
        organization = OrganizationFactory.create()
        due = {_run(organization_id=organization.id).id for _ in range(12)}
        taken = [bell.run_id for bells in chain.at_once([_take] * 6) for bell in bells]
        assert len(taken) == len(set(taken))
        assert set(taken) | {bell.run_id for bell in _take(20)} == due

    def test_a_sweeper_leaves_the_runs_to_the_one_that_is_at_them_and_takes_the_rest(self) -> None:
        _run()
        EffectFactory.create()
        with chain.holding("SELECT pg_advisory_xact_lock(%s, %s)", sweep.SWEEP_LOCK, sweep.Place.RUNS):
            assert _take() == []
            assert len(_take_effects(5)) == 1
        assert len(_take()) == 1

    def test_a_sweeper_leaves_the_effects_to_the_one_that_is_at_them_and_takes_the_rest(self) -> None:
        """Of four that pass at once, each could meet another one at a different take: none of them rang for what all of them had seen."""
        _run()
        EffectFactory.create()
        with chain.holding("SELECT pg_advisory_xact_lock(%s, %s)", sweep.SWEEP_LOCK, sweep.Place.EFFECTS):
            assert _take_effects(5) == []
            assert len(_take()) == 1
        assert len(_take_effects(5)) == 1

    @pytest.mark.parametrize(("lane", "index"), [(Lane.NORMAL, "ix_runs_due "), (Lane.URGENT, "ix_runs_due_urgent ")])
    def test_what_is_not_due_is_not_even_looked_at(self, lane: Lane, index: str) -> None:
        """A pass over a great backlog that waits for its time, or in the other lane, must stay cheap: the index finds the due ones."""
        run = _run()
        wanted = {"purposes": ["reprocess"], "stages": ["transcribe"], "queues": ["batch"], "rooms": [64]}
        with engine(WORK).connect() as connection:  # and back out again: five thousand rows are slow to delete
            connection.execute(text(_BACKLOG), {"run": run.id})
            connection.execute(text("ANALYZE runs"))
            plan = "\n".join(str(line) for line in connection.execute(text(f"EXPLAIN {sweep._DUE_RUNS[lane]}"), wanted))
        assert index in plan
        assert "next_publish_at <= statement_timestamp()" in plan.split(index, 1)[1].split("Filter", 1)[0]

    def test_a_database_that_is_away_is_reported(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sweep, "engine", chain.impatient_engine)
        with chain.holding("LOCK TABLE runs"), pytest.raises(StoreUnavailable):
            _take()


class TestRingAgain:
    """What could not be published."""

    def test_it_is_due_again_in_a_second(self) -> None:
        run, effect = _run(), EffectFactory.create()
        _take()
        _take_effects(5)
        _ring_again([run.id], [effect.id])
        assert 0 < chain.seconds_from_now(chain.run_row(run.id), "next_publish_at") <= 1
        assert row("SELECT next_publish_at <= clock_timestamp() + interval '1 second' AS soon FROM effects") == {"soon": True}

    def test_nothing_lost_is_nothing_changed(self) -> None:
        run = _run()
        before = chain.run_row(run.id)["next_publish_at"]
        _ring_again([], [])
        assert chain.run_row(run.id)["next_publish_at"] == before


class TestDueEffects:
    """Effects are swept like runs."""

    @pytest.mark.parametrize(
        ("state", "rung"), [("pending", 1), ("sending", 1), ("sent", 0), ("failed", 0), ("unknown", 0), ("superseded", 0)]
    )
    def test_only_open_effects_are_rung(self, state: str, rung: int) -> None:
        EffectFactory.create(state=state)
        assert len(_take_effects(5)) == rung

    def test_the_oldest_come_first_within_the_room(self) -> None:
        effects = [EffectFactory.create() for _ in range(3)]
        for seconds, effect in zip((10, 30, 20), effects, strict=True):
            rows(
                "UPDATE effects SET next_publish_at = clock_timestamp() - %s * interval '1 second' WHERE id = %s RETURNING id",
                seconds,
                str(effect.id),
            )
        assert {bell.effect_id for bell in _take_effects(2)} == {effects[1].id, effects[2].id}
        assert [bell.effect_id for bell in _take_effects(2)] == [effects[0].id]
        assert _take_effects(2) == []

    def test_many_sweepers_at_once_ring_each_effect_once(self) -> None:
        conversation = ConversationFactory.create()
        ids = {"organization_id": conversation.organization_id, "conversation_id": conversation.id}
        effects = {EffectFactory.create(**ids).id for _ in range(8)}
        taken = [bell.effect_id for bells in chain.at_once([partial(_take_effects, 20)] * 5) for bell in bells]
        assert sorted(taken) == sorted(effects)


class TestLostRuns:
    """A payload that kills its process every time ends as worker_lost."""

    def _lost(self, **values: Any) -> RunRow:
        run = _run(attempts=3, **values)
        chain.claim(run.id, Stage(run.stage))
        _set(run.id, lease_until="-1 second", next_publish_at="-0.5 seconds")
        return run

    def test_a_run_whose_last_worker_vanished_is_dead_and_says_so(self) -> None:
        run = self._lost(stage=Stage.CLASSIFY_SPEAKERS)
        assert _bury(4) == [(run.id, "worker_lost")]
        found, transcript = chain.run_row(run.id), chain.transcript_row(run.transcript_id)
        assert (found["state"], found["last_error"], found["lease_token"]) == ("dead", "worker_lost", None)
        assert found["finished_at"]
        assert (transcript["status"], transcript["processing_status"]) == ("completed", "failed")
        assert transcript["processing_reason"] == "worker_lost"

    def test_a_run_that_is_lost_before_its_words_came_fails_speech_and_not_the_ai(self) -> None:
        run = self._lost()
        rows("UPDATE transcripts SET status = 'processing' RETURNING id")
        assert _bury(4) == [(run.id, "worker_lost")]
        transcript = chain.transcript_row(run.transcript_id)
        assert (transcript["status"], transcript["status_reason"]) == ("failed", "worker_lost")
        assert (transcript["processing_status"], transcript["processing_reason"]) == ("pending", None)

    def test_a_run_with_attempts_left_is_not_buried(self) -> None:
        run = self._lost()
        assert _bury(5) == []
        assert chain.run_row(run.id)["state"] == "ready"

    def test_a_run_that_is_being_worked_on_is_not_buried(self) -> None:
        chain.claim(_run(attempts=3).id)
        assert _bury(4) == []

    def test_a_lost_reprocess_run_fails_nothing_but_itself(self) -> None:
        run = self._lost(purpose="reprocess")
        assert _bury(4)
        assert chain.transcript_row(run.transcript_id)["processing_status"] == "pending"

    def test_a_run_that_failed_under_a_higher_limit_keeps_its_error(self) -> None:
        """WORKER_MAX_RETRIES was lowered by a deploy: nobody may claim the run any more, so it must not be rung for ever."""
        run = _run(attempts=3)
        runs.postpone(chain.claim(run.id), "openai:busy", delay_s=0, give_back=False)
        assert _bury(2) == [(run.id, "openai:busy")]
        assert chain.run_row(run.id)["last_error"] == "openai:busy"

    def test_many_sweepers_bury_a_run_once(self) -> None:
        self._lost()
        assert sorted(len(buried) for buried in chain.at_once([partial(_bury, 4)] * 5)) == [0, 0, 0, 0, 1]

    def test_a_late_worker_of_a_buried_run_writes_nothing(self) -> None:
        run = _run(attempts=3)
        held = chain.claim(run.id)
        _set(run.id, lease_until="-1 second", next_publish_at="-0.5 seconds")
        _bury(4)
        with pytest.raises(LeaseLost):
            chain.record(held)
        assert chain.run_row(run.id)["state"] == "dead"


_BACKLOG = """
INSERT INTO runs (id, organization_id, conversation_id, transcript_id, turn, purpose, state, stage, next_publish_at, trace_id)
SELECT gen_random_uuid(), organization_id, conversation_id, transcript_id, turn, 'reprocess', 'ready', 'transcribe',
    clock_timestamp() + interval '1 hour', 'trace'
FROM runs, generate_series(1, 5000) WHERE id = :run
"""
