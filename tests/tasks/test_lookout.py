"""Whoever has no beat hears of a broken promise all the same, and nothing waits for the check."""

import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

import celeryconfig
from db.tables.organizations import OrganizationRow
from domain.errors import StoreUnavailable
from tasks import invariants, worker
from tasks.lookout import Lookout
from tasks.periodic import check
from tests.support import chain, messages
from tests.support.factories import RunFactory
from tests.support.processes import until
from tests.support.stored import count, row, rows

LOST = "I1.run"


def _said(capsys: pytest.CaptureFixture[str], event: str) -> list[dict[str, Any]]:
    lines = [orjson.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    return [line for line in lines if line["event"] == event]


def test_nobody_looks_while_beat_is_there() -> None:
    check()
    rows("DELETE FROM invariant_checks RETURNING invariant")
    Lookout().look()
    assert count("invariant_checks") == 0


def test_one_of_many_looks_when_it_is_gone(organization: OrganizationRow, capsys: pytest.CaptureFixture[str]) -> None:
    stored = chain.store_sms(organization.id)
    rows("DELETE FROM runs WHERE id = %s RETURNING id", str(stored.run_id))
    long_ago = (
        "INSERT INTO periodic_tasks (name, last_run_at) VALUES ('plant.check', clock_timestamp() - interval '2 minutes') RETURNING name"
    )
    rows(long_ago)
    capsys.readouterr()
    chain.at_once([Lookout().look for _ in range(3)])
    assert len(_said(capsys, "checked_in_place_of_beat")) == 1
    assert row("SELECT violations FROM invariant_checks WHERE invariant = %s", LOST) == {"violations": 1}


class TestThread:
    """Beside the sweeper, as a worker starts both."""

    @pytest.fixture(autouse=True)
    def _at_once(self, configured: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
        """Checks that are always due."""
        configured(SWEEP_INTERVAL_SECONDS=0.05)
        monkeypatch.setattr(celeryconfig, "CHECK_EVERY_S", 0.01)

    @pytest.fixture
    def begin(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
        """Starts what a worker starts when it is ready; it is stopped as a worker stops it, and has ended then."""
        monkeypatch.setattr(worker, "_threads", [])
        yield lambda: worker._start_sweeping(
            SimpleNamespace(hostname="worker@test", task_consumer=SimpleNamespace(queues=[SimpleNamespace(name="speech")]))
        )
        worker._let_the_sweeper_sign_off()
        for thread in worker._threads:
            thread.join(30)
            assert not thread.is_alive()

    def test_a_check_that_takes_long_holds_up_no_doorbell(self, begin: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
        checking, over = threading.Event(), threading.Event()

        def long() -> None:
            checking.set()
            over.wait(60)

        monkeypatch.setattr(invariants, "look_after", long)
        begin()
        try:
            assert checking.wait(30)
            run = RunFactory.create()
            rows("UPDATE runs SET next_publish_at = clock_timestamp() - interval '1 second' RETURNING id")
            until(lambda: [message for message in messages.waiting("speech") if message.args == [str(run.id)]], "the run is rung for", 30)
            assert not over.is_set(), "the check is at it still"
        finally:
            over.set()

    def test_a_check_that_fails_is_told_and_made_again(
        self, begin: Callable[[], None], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        asked: list[None] = []

        def fail() -> None:
            asked.append(None)
            raise StoreUnavailable("database:AdminShutdown:57P01")

        monkeypatch.setattr(invariants, "look_after", fail)
        begin()
        until(lambda: len(asked) > 1, "it looks again", 30)
        assert _said(capsys, "lookout_failed")[0]["error"] == "database:AdminShutdown:57P01"
