"""What happened is told ten times a second: many events go out together, and one that broke off is made up for."""

from typing import Any

import pytest

from tasks.consumer import EVENTS_EVERY_S, Consumer


class _Hub:
    def __init__(self) -> None:
        self.asked: list[tuple[float, Any]] = []

    def call_later(self, delay_s: float, what: Any) -> None:
        self.asked.append((delay_s, what))


@pytest.fixture
def told() -> Consumer:
    made = Consumer.__new__(Consumer)
    made.hub, made._told_at = _Hub(), 0.0
    return made


def test_many_events_are_sent_once(told: Consumer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.consumer.time.monotonic", lambda: 1_000.0)
    for _ in range(20):
        told.on_send_event_buffered()
    assert told.hub.asked == [(EVENTS_EVERY_S, told._flush_events)]


def test_the_next_ones_are_sent_after_that(told: Consumer, monkeypatch: pytest.MonkeyPatch) -> None:
    for now in (1_000.0, 1_000.0 + EVENTS_EVERY_S / 2, 1_000.0 + EVENTS_EVERY_S, 1_001.0):
        monkeypatch.setattr("tasks.consumer.time.monotonic", lambda now=now: now)
        told.on_send_event_buffered()
    assert len(told.hub.asked) == 3


@pytest.mark.parametrize("end", ["shutdown", "on_connection_error_after_connected"])
def test_what_is_left_is_told_before_the_connection_goes(told: Consumer, monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    done: list[str] = []
    monkeypatch.setattr(Consumer, "_flush_events", lambda _: done.append("told"))
    monkeypatch.setattr(f"celery.worker.consumer.consumer.Consumer.{end}", lambda *_: done.append("gone"))
    getattr(told, end)(*([OSError()] if end != "shutdown" else []))
    assert done == ["told", "gone"]


def test_a_broker_that_takes_no_events_keeps_no_worker_from_ending(told: Consumer, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    def refuse(_: Consumer) -> None:
        raise RuntimeError

    monkeypatch.setattr(Consumer, "_flush_events", refuse)
    monkeypatch.setattr("celery.worker.consumer.consumer.Consumer.shutdown", lambda _: done.append("gone"))
    told.shutdown()
    assert done == ["gone"]


def test_a_pool_without_a_loop_sends_as_celery_does(told: Consumer) -> None:
    told.hub = None
    told.on_send_event_buffered()
