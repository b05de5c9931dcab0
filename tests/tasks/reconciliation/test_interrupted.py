"""Workers that die, lists that cannot be had, two at once: nothing is lost and nothing twice. The twin, over real sockets."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from db import events, reconciliation
from domain.healing import Listed
from tasks.reconciliation import listing, taking_in
from tasks.reconciliation.task import accounts, told
from tests.support import chain
from tests.support.missed import CONVERSATIONS, NOTHING, RECORDING_PATH, asked, asked_before, call_of, missed_call, missed_sms, watermarks
from tests.support.signing import ACCOUNT_SID
from tests.support.stored import count, rows
from tests.support.vendor_house import SPEED, House
from tests.support.vendors import post_form


class Killed(BaseException):
    """The worker dies here."""


@pytest.fixture(autouse=True)
def _asked_before(house: House) -> Iterator[None]:
    """A watermark stands."""
    yield from asked_before(house)


@pytest.mark.parametrize("dies", ["before the first", "between", "before the watermark"])
def test_a_worker_that_is_killed_in_between_takes_nothing_in_twice(house: House, monkeypatch: pytest.MonkeyPatch, dies: str) -> None:
    for number in range(3):
        missed_sms(house, f"Message {number}.")
    before = watermarks()
    with monkeypatch.context() as dying:
        if dies == "before the watermark":
            dying.setattr(reconciliation, "move_watermark", _deadly(after=1))  # the recordings' is moved
        else:
            dying.setattr(taking_in, "store_sms", _deadly(after=0 if dies == "before the first" else 2, real=events.store_sms))
        with pytest.raises(Killed):
            asked()
    assert watermarks()[0] == before[0]
    stored = {"before the first": 0, "between": 2, "before the watermark": 3}[dies]
    assert count("runs") == stored
    assert asked() == f"taken in: 0 recordings, {told(3 - stored, Listed.MESSAGES)}"
    assert watermarks()[0] > before[0]
    assert rows("SELECT DISTINCT duplicate_count FROM webhook_events") == [{"duplicate_count": 0}]
    assert (count("runs"), count("transcripts")) == (3, 3)


def _deadly(after: int, real: Callable[..., Any] | None = None) -> Callable[..., Any]:
    """A function that works so many times, and then the worker dies in it."""
    left = [after]

    def acting(*given: Any, **named: Any) -> Any:
        left[0] -= 1
        if left[0] < 0:
            raise Killed
        return real(*given, **named) if real else None

    return acting


@pytest.mark.parametrize(
    ("mode", "operation"),
    [("500", "message.list"), ("503", "message.list"), ("down", "message.list"), ("truncated", "message.list"), ("401", "message.list")],
)
def test_a_list_that_cannot_be_had_leaves_the_watermark_and_is_asked_for_again(house: House, mode: str, operation: str) -> None:
    missed_sms(house)
    before = watermarks()
    house.twin.misbehave("twilio", mode, operation)
    assert asked() == NOTHING
    assert watermarks()[0] == before[0]
    house.twin.behave()
    house.put_clock_forward()
    assert asked() == "taken in: 0 recordings, 1 message"
    assert watermarks()[0] > before[0]


def test_a_list_that_never_comes_leaves_the_watermark_too(house: House) -> None:
    house.impatient()
    missed_sms(house)
    before = watermarks()
    house.twin.misbehave("twilio", "hang", "message.list", delay_s=3.0 * SPEED, times=1)
    assert asked() == NOTHING
    assert watermarks()[0] == before[0]
    assert asked() == "taken in: 0 recordings, 1 message"


def test_a_call_that_cannot_be_read_leaves_the_recording_for_next_time(house: House) -> None:
    missed_call(house)
    before = watermarks()
    house.twin.misbehave("twilio", "500", "call.read", times=1)
    assert asked() == NOTHING
    assert watermarks()[1] == before[1]
    assert asked() == "taken in: 1 recording, 0 messages"


@pytest.mark.parametrize("known", [True, False])
def test_the_recording_of_a_call_that_twilio_knows_no_more_is_ours_if_we_know_the_call(house: House, *, known: bool) -> None:
    sid = missed_call(house)
    if known:
        call = call_of(house, sid)
        pairs = {"AccountSid": ACCOUNT_SID, "CallSid": call, "RecordingSid": sid, "RecordingStatus": "in-progress"}
        assert post_form(house.front, RECORDING_PATH, pairs.items()).status_code == 204
    house.twin.misbehave("twilio", "404", "call.read")
    assert asked() == ("taken in: 1 recording, 0 messages" if known else NOTHING)
    told = rows(f"SELECT their_number, status FROM {CONVERSATIONS}")  # noqa: S608 - a name of ours
    assert told == ([{"their_number": None, "status": "pending"}] if known else [])


def test_two_at_once_take_everything_in_once(house: House) -> None:
    for number in range(5):
        missed_sms(house, f"Message {number}.")
    [account] = accounts()
    tallies = chain.at_once([lambda: list(listing.reconcile(account, Listed.MESSAGES))[-1]] * 2)
    assert sum(tally.taken_in for tally in tallies) == 5
    assert (count("runs"), count("transcripts")) == (5, 5)
