"""Heartbeats of workers, and turns of periodic tasks."""

from functools import partial

import pytest

from db.plant import sweep, workers
from domain.errors import StoreUnavailable
from tests.support import chain
from tests.support.plant_factories import WorkerFactory
from tests.support.stored import count, row, rows


def _beat(name: str, queues: list[str]) -> None:
    with sweep.opened() as store:
        workers.beat(store, name, queues)


def test_a_worker_is_one_row_that_says_when_it_was_seen() -> None:
    _beat("worker@a", ["speech"])
    before = row("SELECT seen_at FROM workers")["seen_at"]
    _beat("worker@a", ["speech", "language"])
    found = row("SELECT queues, seen_at FROM workers")
    assert found["queues"] == ["speech", "language"]
    assert found["seen_at"] > before


def test_only_workers_that_were_silent_for_a_day_are_forgotten() -> None:
    silent = WorkerFactory.create()
    WorkerFactory.create()
    rows("UPDATE workers SET seen_at = clock_timestamp() - interval '25 hours' WHERE name = %s RETURNING name", silent.name)
    assert workers.forget_silent() == 1
    assert count("workers") == 1


def test_one_of_many_schedulers_has_the_turn() -> None:
    assert sum(chain.at_once([partial(workers.take_turn, "plant.tidy", 300)] * 6)) == 1


def test_the_next_turn_comes_when_the_interval_is_nearly_over() -> None:
    assert workers.take_turn("plant.tidy", 300)
    rows("UPDATE periodic_tasks SET last_run_at = clock_timestamp() - interval '260 seconds' RETURNING name")
    assert not workers.take_turn("plant.tidy", 300)
    rows("UPDATE periodic_tasks SET last_run_at = clock_timestamp() - interval '290 seconds' RETURNING name")
    assert workers.take_turn("plant.tidy", 300)


def test_after_an_hour_without_a_scheduler_one_turn_is_made_up_for_and_not_twelve() -> None:
    assert workers.take_turn("plant.tidy", 300)
    rows("UPDATE periodic_tasks SET last_run_at = clock_timestamp() - interval '1 hour' RETURNING name")
    assert sum(chain.at_once([partial(workers.take_turn, "plant.tidy", 300)] * 6)) == 1
    assert not workers.take_turn("plant.tidy", 300)


def test_each_task_has_turns_of_its_own() -> None:
    assert workers.take_turn("plant.tidy", 300)
    assert workers.take_turn("plant.other", 300)


def test_an_outage_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "engine", chain.impatient_engine)
    with chain.holding("LOCK TABLE workers"), pytest.raises(StoreUnavailable):
        _beat("worker@a", [])
