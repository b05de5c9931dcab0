"""What was answered before it was stored is stored later: few of them, for minutes, and somebody is told of those that are lost."""

import time
from collections.abc import Callable, Iterator
from queue import Queue
from uuid import uuid4

import pytest

from domain.deliveries import Envelope, Stored
from domain.errors import StoreUnavailable
from tests.support import chain
from webhooks import unstored

Store = Callable[[Envelope], Stored]


@pytest.fixture(autouse=True)
def lost(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Why something was lost, as somebody is told it."""
    found: list[str] = []
    monkeypatch.setattr(unstored, "tell_somebody", lambda _event, _about, told, **_: found.append(told["reason"]))
    yield found
    unstored.forget()


def _refusing(times: int, seen: list[str], name: str = "", error: Exception | None = None) -> Store:
    left = iter(range(times))

    def store(_: Envelope) -> Stored:
        if next(left, None) is not None:
            raise error or StoreUnavailable("away", locked=True)
        seen.append(name)
        return Stored(uuid4(), fresh=True, conversation_id=None)

    return store


def _until(met: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _keep(store: Store) -> None:
    unstored.keep(chain.envelope("gather", uuid4().hex), store)


def test_it_is_tried_until_it_is_stored_and_holds_nobody_up(lost: list[str]) -> None:
    seen: list[str] = []
    _keep(_refusing(3, seen, "first"))
    _keep(_refusing(0, seen, "second"))
    _until(lambda: len(seen) == 2)
    assert (seen, lost) == (["second", "first"], [])


def test_what_cannot_be_stored_for_minutes_is_lost_and_told(lost: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unstored, "TRIED_FOR_S", 0.0)
    _keep(_refusing(100, []))
    _until(lambda: lost == ["away"])


def test_whoever_breaks_it_is_not_the_last(lost: list[str]) -> None:
    seen: list[str] = []
    _keep(_refusing(1, seen, error=ValueError("secret words")))
    _keep(_refusing(0, seen, "next"))
    _until(lambda: seen == ["next"])
    assert lost == ["ValueError"]


def test_no_more_wait_than_there_is_room_for(lost: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unstored, "_started", lambda: unstored._Keeper(waiting=crowded))
    crowded: Queue[unstored._Unstored] = Queue(1)
    _keep(_refusing(0, []))
    assert lost == []
    _keep(_refusing(0, []))
    assert lost == ["too_many_wait"]
