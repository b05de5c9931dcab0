"""What a front owes for what it has accepted is counted: published, dropped with a word, or lost without one."""

from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks.front import bells
from benchmarks.front.bells import Bells, LostError
from benchmarks.front.closed import Pace
from benchmarks.front.houses import Hookline, Plain
from benchmarks.harness import database
from benchmarks.harness import rig as rigs
from benchmarks.harness.rig import Rig

STORED = 5
DROPPED = '{"event":"doorbell_dropped","reason":"publisher_full"}\n'


@pytest.fixture(scope="module")
def rig() -> Iterator[Rig]:
    """PostgreSQL and Redis of their own."""
    with rigs.opened("bench", durable=False) as opened:
        yield opened


@pytest.fixture
def front(rig: Rig, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Hookline:
    """A front that has stored so many runs, published nothing and said nothing."""
    monkeypatch.setattr(bells, "QUIET_S", 0.3)
    rig.servers.flush_redis()
    made = Hookline()
    made.database = rig.servers.new_database(request.node.name)
    database.rows(made.database, f"CREATE TABLE runs AS SELECT generate_series(1, {STORED})")
    made.process = rig.process(request.node.name, "true", {})
    made.process.log.touch()
    return made


def _publish(rig: Rig, messages: int) -> None:
    with rig.servers.broker() as broker:
        broker.lpush("speech", *map(str, range(messages)))


def _pace(requests: int, failed: int = 0) -> Pace:
    return Pace(requests, 1.0, failed, 1.0, 1.0, 1.0, 1.0)


def test_all_of_them_are_published(rig: Rig, front: Hookline) -> None:
    _publish(rig, STORED)
    assert bells.counted(rig, front, _pace(STORED), 0) == Bells(late=0, dropped=0)


def test_those_that_nobody_was_told_of_may_be_stored_and_published_too(rig: Rig, front: Hookline) -> None:
    _publish(rig, STORED)
    assert bells.counted(rig, front, _pace(STORED - 1, failed=1), 0) == Bells(late=0, dropped=0)


def test_one_that_is_stored_while_we_look_is_not_lost(rig: Rig, front: Hookline, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow front goes on with what was on its way when the generator left."""
    _publish(rig, STORED)
    owed = bells._owed

    def one_more(*told: Any) -> int:
        found = owed(*told)
        database.rows(front.database, "INSERT INTO runs VALUES (0)")
        return found

    monkeypatch.setattr(bells, "_owed", one_more)
    assert bells.counted(rig, front, _pace(STORED), 0) == Bells(late=0, dropped=0)


def test_what_the_front_says_it_has_dropped_is_told(rig: Rig, front: Hookline) -> None:
    _publish(rig, STORED - 2)
    front.process.log.write_text(DROPPED * 2)
    assert bells.counted(rig, front, _pace(STORED), 0) == Bells(late=0, dropped=2)


@pytest.mark.parametrize(("said", "before"), [(0, 0), (1, 0), (2, 1)], ids=["no word", "one word", "a word of a run before"])
def test_what_is_missing_without_a_word_is_lost(rig: Rig, front: Hookline, said: int, before: int) -> None:
    _publish(rig, STORED - 2)
    front.process.log.write_text(DROPPED * said)
    with pytest.raises(LostError, match="owes 5 messages, 2 of them"):
        bells.counted(rig, front, _pace(STORED), before)


def test_what_was_answered_and_is_not_stored_is_lost(rig: Rig, front: Hookline) -> None:
    _publish(rig, STORED)
    with pytest.raises(LostError, match="answered 6 webhooks well and has stored 5"):
        bells.counted(rig, front, _pace(STORED + 1), 0)


def test_a_front_that_tells_nobody_owes_nothing(rig: Rig) -> None:
    assert bells.counted(rig, Plain("floor", "", "events"), _pace(STORED), 0) is None
