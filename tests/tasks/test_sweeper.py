"""The sweeper rings again for what is due, within the queues' room, and outlives every outage."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from kombu.connection import Connection
from kombu.exceptions import OperationalError
from redis import Redis
from redis.exceptions import ResponseError
from sqlalchemy import Connection as SqlConnection
from sqlalchemy import event
from sqlalchemy.exc import ProgrammingError

import settings
from db.engine import SWEEP, engine
from db.plant import sweep
from domain.chain import Stage
from domain.errors import StoreUnavailable
from domain.lanes import Lane
from domain.runs import EffectBell
from tasks import app, sweeper
from tests.support import chain, messages
from tests.support.factories import EffectFactory, RunFactory
from tests.support.stored import awaited, row, rows


def _due(**values: Any) -> UUID:
    run = RunFactory.create(**values)
    rows("UPDATE runs SET next_publish_at = clock_timestamp() - interval '1 second' WHERE id = %s RETURNING id", str(run.id))
    return run.id


def _sweep(broker: Connection) -> int:
    return sweeper.sweep_once(broker, "worker@test", ["speech"])


class TestOnePass:
    """Bury, take, publish."""

    def test_a_pass_opens_one_connection_to_the_database(self, broker: Connection, refusing: str, monkeypatch: pytest.MonkeyPatch) -> None:
        _due()
        EffectFactory.create()
        elsewhere = Connection(refusing, connect_timeout=0.2)  # so that what could not be published is written down, too
        monkeypatch.setattr(sweeper, "publish_effect", lambda *_: elsewhere.connect())
        opened: list[object] = []
        listening = (engine(SWEEP), "connect", lambda *seen: opened.append(seen))
        event.listen(*listening)
        try:
            assert _sweep(broker) == 1
        finally:
            event.remove(*listening)
        assert len(opened) == 1

    def test_no_transaction_is_open_while_it_publishes(self, broker: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
        _due()
        seen: list[object] = []
        idle = "SELECT FROM pg_stat_activity WHERE state = 'idle in transaction' AND datname = current_database()"
        monkeypatch.setattr(sweeper, "publish_run", lambda *_: seen.append(rows(idle)))
        assert _sweep(broker) == 1
        assert seen == [[]]

    def test_a_run_is_rung_where_it_stands(self, broker: Connection) -> None:
        run_id = _due(stage=Stage.GENERATE_REPLY)
        assert _sweep(broker) == 1
        [message] = messages.waiting("language")
        assert (message.task, message.args, len(message.rest)) == ("reply.generate", [str(run_id)], 1)

    def test_effects_are_rung_in_the_same_pass(self, broker: Connection) -> None:
        _due()
        effect = EffectFactory.create()
        assert _sweep(broker) == 2
        assert [message.args for message in messages.waiting("deliver")] == [[str(effect.id)]]

    def test_whoever_waits_is_rung_for_first(self, broker: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
        recorded, on_the_line = _due(), _due(lane="urgent")
        message, call = (EffectFactory.create(kind=kind).id for kind in ("sms", "escalation"))
        rung: list[object] = []
        monkeypatch.setattr(sweeper, "publish_run", lambda bell, _: rung.append(bell.run_id))
        monkeypatch.setattr(sweeper, "publish_effect", lambda bell, _: rung.append(bell.effect_id))
        assert _sweep(broker) == 4
        assert rung == [call, on_the_line, message, recorded]

    def test_a_backlog_of_recordings_and_messages_leaves_whoever_waits_their_room(
        self, broker: Connection, configured: Callable[..., None]
    ) -> None:
        configured(BROKER_QUEUE_DEPTH=2)
        for queue in ("speech", "language", "records", "deliver"):
            messages.fill(queue, 5)
        for _ in range(3):
            _due()
            EffectFactory.create()
        turn, call = _due(lane="urgent"), EffectFactory.create(kind="escalation")
        assert _sweep(broker) == 2
        assert [message.args for message in messages.waiting("live")] == [[str(turn)]]
        assert [message.args for message in messages.waiting("deliver_now")] == [[str(call.id)]]

    def test_nothing_is_rung_twice_in_a_row(self, broker: Connection) -> None:
        _due()
        EffectFactory.create()
        assert [_sweep(broker) for _ in range(3)] == [2, 0, 0]

    def test_reprocess_runs_are_rung_on_batch(self, broker: Connection) -> None:
        _due(purpose="reprocess")
        _sweep(broker)
        assert messages.names("batch") == ["transcript.transcribe"]

    def test_a_full_queue_gets_no_more(self, broker: Connection, configured: Callable[..., None]) -> None:
        configured(BROKER_QUEUE_DEPTH=3)
        for _ in range(5):
            _due()
        messages.fill("speech", 1)
        assert _sweep(broker) == 2
        assert _sweep(broker) == 0
        assert row("SELECT count(*) AS n FROM runs WHERE next_publish_at <= clock_timestamp()") == {"n": 3}

    @pytest.mark.parametrize(("queue", "purpose"), [("batch", "reprocess"), ("language", "live")])
    def test_stages_that_share_a_queue_share_its_room(
        self, broker: Connection, configured: Callable[..., None], queue: str, purpose: str
    ) -> None:
        configured(BROKER_QUEUE_DEPTH=3)
        for stage in (Stage.CLASSIFY_SPEAKERS, Stage.GENERATE_REPLY) * 2:
            _due(stage=stage, purpose=purpose)
        assert [_sweep(broker) for _ in range(2)] == [3, 0]
        assert len(messages.waiting(queue)) == 3

    def test_a_full_queue_holds_up_no_other(self, broker: Connection, configured: Callable[..., None]) -> None:
        configured(BROKER_QUEUE_DEPTH=1)
        messages.fill("speech", 5)
        _due()
        persisting = _due(stage=Stage.PERSIST)
        assert _sweep(broker) == 1
        assert [message.args for message in messages.waiting("records")] == [[str(persisting)]]

    def test_a_full_queue_of_deliveries_holds_effects_back(self, broker: Connection, configured: Callable[..., None]) -> None:
        configured(BROKER_QUEUE_DEPTH=2)
        messages.fill("deliver", 2)
        EffectFactory.create()
        assert _sweep(broker) == 0

    def test_a_lost_run_is_buried_and_not_rung(self, broker: Connection, capsys: pytest.CaptureFixture[str]) -> None:
        run_id = _due(attempts=settings.current().worker_max_retries)
        chain.claim(run_id)
        past = "clock_timestamp() - interval '1 second'"
        rows(f"UPDATE runs SET lease_until = {past}, next_publish_at = {past} RETURNING id")  # noqa: S608 - our own words
        assert _sweep(broker) == 0
        assert chain.run_row(run_id)["last_error"] == "worker_lost"
        assert "run_died" in capsys.readouterr().out

    def test_what_the_broker_does_not_take_is_due_again_in_a_second_and_told_once(
        self, broker: Connection, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        run_id = _due()
        effect = EffectFactory.create()
        taking, before = sweep.take_due_effects, row("SELECT clock_timestamp() AS now")["now"]

        def take_and_spoil(store: SqlConnection, room: int, lane: Lane) -> list[EffectBell]:
            found = taking(store, room, lane)
            if lane is Lane.NORMAL:
                _spoil("speech", "deliver")
            return found

        monkeypatch.setattr(sweep, "take_due_effects", take_and_spoil)
        with pytest.raises(ResponseError):  # nothing was rung: the next pass waits
            _sweep(broker)
        said = capsys.readouterr().out
        assert said.count("doorbells_not_rung") == 1
        assert '"count":2' in said
        run = chain.run_row(run_id)
        assert chain.seconds_from_now(run, "next_publish_at") <= 1
        assert run["next_publish_at"] >= before + timedelta(seconds=1)
        found = row("SELECT next_publish_at - clock_timestamp() < interval '1 second' AS soon FROM effects WHERE id = %s", str(effect.id))
        assert found == {"soon": True}

    def test_many_sweepers_ring_a_backlog_once(self) -> None:
        due = {_due(organization_id=RunFactory.create(state="done").organization_id) for _ in range(6)}

        def once() -> int:
            with Connection(settings.current().broker_url) as connection:
                return _sweep(connection)

        assert sum(chain.at_once([once] * 4)) == len(due)
        assert sorted(message.args[0] for message in messages.waiting("speech")) == sorted(map(str, due))


class TestThread:
    """Pass after pass, whatever happens."""

    @pytest.fixture
    def sweeping(self, configured: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> Iterator[sweeper.Sweeper]:
        """A running sweeper that pauses for a moment only."""
        configured(SWEEP_INTERVAL_SECONDS=0.05)
        monkeypatch.setattr(sweeper, "PAUSE_AFTER_ERROR_S", 0.2)
        thread = sweeper.Sweeper("worker@test", ["speech"])
        thread.start()
        yield thread
        thread.stop()
        thread.join(20)
        assert not thread.is_alive()

    def test_it_says_that_its_worker_is_there(self, sweeping: sweeper.Sweeper) -> None:
        assert sweeping.daemon
        assert awaited("SELECT name, queues FROM workers") == {"name": "worker@test", "queues": ["speech"]}

    @pytest.mark.usefixtures("sweeping")
    def test_it_rings_for_what_becomes_due(self) -> None:
        awaited("SELECT name FROM workers")
        _due()
        _eventually(lambda: messages.names("speech") == ["transcript.transcribe"])

    @pytest.mark.usefixtures("_impatient")
    def test_it_outlives_a_locked_database(self, sweeping: sweeper.Sweeper, capsys: pytest.CaptureFixture[str]) -> None:
        awaited("SELECT name FROM workers")
        with chain.holding("LOCK TABLE workers"):
            _eventually(lambda: "sweep_failed" in capsys.readouterr().out)
        assert sweeping.is_alive()
        _due()
        _eventually(lambda: messages.names("speech") == ["transcript.transcribe"])

    @pytest.mark.usefixtures("sweeping")
    def test_it_outlives_a_broker_that_refuses(
        self, refusing: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with monkeypatch.context() as elsewhere:
            elsewhere.setattr(app, "connection_for_write", lambda: Connection(refusing, connect_timeout=0.2))
            _eventually(lambda: "sweep_failed" in capsys.readouterr().out)
        _due()
        _eventually(lambda: messages.names("speech") == ["transcript.transcribe"])

    @pytest.mark.parametrize(
        ("error", "named"),
        [
            (OperationalError("canary"), "kombu.exceptions.OperationalError"),
            (StoreUnavailable("database:OperationalError:57P01"), "database:OperationalError:57P01"),
            (ProgrammingError("canary", None, ValueError("canary")), "database:ValueError"),
        ],
    )
    def test_it_says_whose_error_it_was(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception, named: str
    ) -> None:
        def fail(*_: object) -> None:
            raise error

        monkeypatch.setattr(sweeper, "sweep_once", fail)
        assert sweeper.Sweeper("worker@test", [])._pass() == sweeper.PAUSE_AFTER_ERROR_S
        said = capsys.readouterr().out
        assert named in said
        assert "canary" not in said

    def test_it_pauses_after_a_failure_and_does_not_spin(self, configured: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
        configured(SWEEP_INTERVAL_SECONDS=0.05)
        monkeypatch.setattr(sweeper, "PAUSE_AFTER_ERROR_S", 0.2)
        passes: list[float] = []

        def fail(*_: object) -> None:
            passes.append(time.monotonic())
            raise ValueError("a bug")

        monkeypatch.setattr(sweeper, "sweep_once", fail)
        thread = sweeper.Sweeper("worker@test", [])
        thread.start()
        _eventually(lambda: len(passes) >= 4)
        thread.stop()
        thread.join(20)
        assert min(later - earlier for earlier, later in pairwise(passes)) >= 0.2

    def test_it_ends_soon_when_it_is_told_to(self, configured: Callable[..., None]) -> None:
        configured(SWEEP_INTERVAL_SECONDS=60)
        thread = sweeper.Sweeper("worker@test", [])
        thread.start()
        awaited("SELECT name FROM workers")
        thread.stop()
        thread.join(20)
        assert not thread.is_alive()
        assert "sweeper" not in {running.name for running in threading.enumerate()}


def _spoil(*queues: str) -> None:
    """Make the broker refuse whatever is published to these queues."""
    with Redis.from_url(settings.current().broker_url) as client:
        for queue in queues:
            client.set(queue, "no list")


def _eventually(holds: Callable[[], bool], within_s: float = 30.0) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)
