"""What Twilio could not tell us is found by asking, once, and worked off to its end. Official SDKs, real sockets, the twin."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from db import events, reconciliation
from domain.deliveries import Stored
from domain.healing import Listed
from scripts.twin.client import PlayedCall
from scripts.twin.sound import tone
from tasks.reconciliation import listing, taking_in
from tasks.reconciliation.task import accounts, reconcile_all
from tests.support import chain, invariants
from tests.support.histories import serve
from tests.support.signing import ACCOUNT_SID, PUBLIC_BASE_URL
from tests.support.stored import count, row, rows
from tests.support.vendor_house import SPEED, House, effect
from tests.support.vendors import post_form

CUSTOMER, OURS = "+14155550142", "+14155550100"
SMS_PATH, RECORDING_PATH = "/webhooks/twilio/sms", "/webhooks/twilio/recording-status"
NOTHING = "taken in: 0 recordings, 0 messages"
AGO_S = 600
# without the one that shows that the number is ours
CONVERSATIONS = "conversations WHERE provider_ref <> 'CA-earlier'"


class Killed(BaseException):
    """The worker dies here."""


@pytest.fixture(autouse=True)
def _old_organization(house: House) -> Iterator[None]:
    """It was there long before; and once everybody is asked, so that a watermark stands. In the end the house has kept its promises."""
    rows("UPDATE organizations SET created_at = created_at - interval '30 days' RETURNING id")
    serve(house.organization.id)
    assert asked() == NOTHING
    yield
    invariants.assert_they_hold()


def asked() -> str:
    """Beat rings, five minutes later."""
    rows("DELETE FROM periodic_tasks RETURNING name")
    return str(reconcile_all())


def watermarks() -> list[Any]:
    """How far each list was asked for."""
    return [found["seen_through"] for found in rows("SELECT seen_through FROM watermarks ORDER BY kind")]


def missed_sms(house: House, text: str = "When do you open tomorrow?", age_s: int = AGO_S) -> str:
    """Somebody writes, and the webhook does not come."""
    house.twin.misbehave("twilio", "drop", "webhook")
    sid = house.twin.play_message(PUBLIC_BASE_URL, body=text, age_s=age_s)
    went_out(house, "MessageSid", sid)
    house.twin.behave()
    return sid


def call_played(house: House, **more: Any) -> PlayedCall:
    """A call of two seconds that is recorded."""
    sound = house.twin.add_recording(tone(2.0, 1), account="AC" + "0" * 32)
    return house.twin.play_call(PUBLIC_BASE_URL, recording=sound, **{"age_s": AGO_S, **more})


def missed_call(house: House, **more: Any) -> str:
    """None of its webhooks comes."""
    house.twin.misbehave("twilio", "drop", "webhook")
    sid = str(call_played(house, **more).recording_sid)
    went_out(house, "RecordingSid", sid)
    house.twin.behave()
    return sid


def went_out(house: House, name: str, sid: str) -> None:
    """Return as soon as the twin has sent the webhook, or has dropped it."""
    ends = time.monotonic() + 30
    while not any(entry.about.get(name) == sid and entry.took_ms is not None for entry in house.twin.log(direction="out")):
        assert time.monotonic() < ends, f"no webhook about {sid}"
        time.sleep(0.01)


def sms_webhook(house: House, sid: str, text: str = "When do you open tomorrow?") -> int:
    """The webhook, late."""
    pairs = {"AccountSid": ACCOUNT_SID, "MessageSid": sid, "From": CUSTOMER, "To": OURS, "Body": text, "NumMedia": "0"}
    return post_form(house.front, SMS_PATH, pairs.items()).status_code


def recording_webhook(house: House, sid: str) -> int:
    """The same for a recording."""
    pairs = {"AccountSid": ACCOUNT_SID, "CallSid": call_of(house, sid), "RecordingSid": sid, "RecordingStatus": "completed"}
    return post_form(house.front, RECORDING_PATH, pairs.items()).status_code


def call_of(house: House, recording: str) -> str:
    """The call that was recorded."""
    return next(str(entry.about["CallSid"]) for entry in house.twin.log(direction="out") if entry.about.get("RecordingSid") == recording)


def worked_off(house: House) -> list[dict[str, Any]]:
    """Every run, brought to its end."""
    ids = [UUID(str(run["id"])) for run in rows("SELECT id FROM runs ORDER BY id")]
    return [house.work_off(Stored(run_id, fresh=True, conversation_id=None, run_id=run_id)) for run_id in ids]


def test_a_missed_message_is_taken_in_once_and_answered(house: House) -> None:
    sid = missed_sms(house)
    assert asked() == "taken in: 0 recordings, 1 messages"
    assert asked() == NOTHING
    [run] = worked_off(house)
    assert run["state"] == "done"
    event = row("SELECT provider, kind, dedupe_key, subject, headers, duplicate_count FROM webhook_events WHERE kind = 'sms'")
    assert (event["dedupe_key"], event["subject"], event["duplicate_count"]) == (sid, sid, 0)
    assert event["headers"]["x-hookline-origin"] == "reconciliation"
    assert row("SELECT text FROM utterances")["text"] == "When do you open tomorrow?"
    assert (effect()["state"], effect()["target"], len(house.paid("message.create"))) == ("sent", CUSTOMER, 1)


def test_a_missed_recording_is_taken_in_with_its_call_and_answered(house: House) -> None:
    sid = missed_call(house)
    assert asked() == "taken in: 1 recordings, 0 messages"
    assert asked() == NOTHING
    [run] = worked_off(house)
    assert run["state"] == "done"
    assert row("SELECT source_ref, duration_ms, status FROM transcripts") == {
        "source_ref": sid,
        "duration_ms": 2_000,
        "status": "completed",
    }
    told = row("SELECT direction, our_number, their_number, status, duration_seconds FROM conversations WHERE provider_ref <> 'CA-earlier'")
    assert told == {
        "direction": "inbound", "our_number": OURS, "their_number": CUSTOMER, "status": "completed", "duration_seconds": 12,
    }  # fmt: skip
    assert (effect()["state"], effect()["target"], len(house.paid("listen"))) == ("sent", CUSTOMER, 1)


@pytest.mark.parametrize(("miss", "webhook"), [(missed_sms, sms_webhook), (missed_call, recording_webhook)])
def test_a_webhook_that_comes_late_is_a_duplicate(house: House, miss: Callable[[House], str], webhook: Callable[[House, str], int]) -> None:
    sid = miss(house)
    asked()
    assert webhook(house, sid) in {200, 204}
    assert row("SELECT duplicate_count FROM webhook_events WHERE subject = %s", sid) == {"duplicate_count": 1}
    assert (count("runs"), count("transcripts"), count(CONVERSATIONS)) == (1, 1, 1)
    worked_off(house)
    assert webhook(house, sid) in {200, 204}
    assert (count("runs"), len(house.paid("message.create"))) == (1, 1)


def test_what_the_webhook_brought_is_left_alone(house: House) -> None:
    tables = ("webhook_events", "conversations", "transcripts", "runs")
    went_out(house, "MessageSid", house.twin.play_message(PUBLIC_BASE_URL, age_s=AGO_S))
    went_out(house, "RecordingSid", str(call_played(house).recording_sid))
    before = [chain.whole(table) for table in tables]
    assert len(before[3]) == 2
    assert asked() == NOTHING
    assert [chain.whole(table) for table in tables] == before
    assert house.twin.log(operation="call.read") == []


def test_what_we_wrote_ourselves_is_no_message_to_us(house: House) -> None:
    missed_sms(house)
    asked()
    worked_off(house)
    assert len(house.twin.messages("outbound-api")) == 1
    assert asked() == NOTHING


def test_messages_become_turns_in_the_order_in_which_they_were_written(house: House) -> None:
    sids = [missed_sms(house, f"Message {age}.", age_s=age) for age in (900, 600, 750)]
    assert asked() == "taken in: 0 recordings, 3 messages"
    turns = rows("SELECT source_ref FROM transcripts ORDER BY turn")
    assert [turn["source_ref"] for turn in turns] == [sids[0], sids[2], sids[1]]
    assert count(CONVERSATIONS) == 1


def test_a_recording_under_way_is_taken_in_when_it_is_finished_however_long_that_takes(house: House) -> None:
    house.twin.misbehave("twilio", "drop", "webhook")
    played = call_played(house, age_s=4 * 3_600, hold=True)
    house.twin.wait_for(2, operation="webhook.call_status")
    rows("UPDATE watermarks SET seen_through = seen_through - interval '5 hours' WHERE kind = 'recordings' RETURNING kind")
    assert asked() == NOTHING
    assert behind_s() == pytest.approx(4 * 3_600, abs=600), "at its beginning"
    house.twin.end_call(played.call_sid)
    went_out(house, "RecordingSid", str(played.recording_sid))
    assert asked() == "taken in: 1 recordings, 0 messages"
    assert behind_s() < 600


def test_one_that_never_ends_does_not_hold_the_watermark_for_ever(house: House) -> None:
    rows("UPDATE watermarks SET seen_through = seen_through - interval '30 hours' RETURNING kind")
    house.twin.misbehave("twilio", "drop", "webhook")
    call_played(house, age_s=26 * 3_600, hold=True)
    assert asked() == NOTHING
    assert behind_s() < 600


@pytest.mark.parametrize("comes", [True, False])
def test_the_last_minute_is_left_to_its_webhook_and_not_forgotten(house: House, monkeypatch: pytest.MonkeyPatch, *, comes: bool) -> None:
    sid = missed_call(house, age_s=7_200, recording_duration_s=7_200)
    rows("UPDATE watermarks SET seen_through = seen_through - interval '3 hours' WHERE kind = 'recordings' RETURNING kind")
    assert asked() == NOTHING
    assert behind_s() == pytest.approx(7_200, abs=600), "it will be listed again"
    if comes:
        assert recording_webhook(house, sid) == 204
        assert row("SELECT headers ? 'x-twilio-signature' AS signed FROM webhook_events WHERE subject = %s", sid) == {"signed": True}
    monkeypatch.setattr(listing, "ON_ITS_WAY", timedelta(0))
    assert asked() == (NOTHING if comes else "taken in: 1 recordings, 0 messages")
    assert (behind_s() < 600, count("runs")) == (True, 1)


def behind_s() -> float:
    """How far behind now the recordings' watermark is."""
    return float((row("SELECT clock_timestamp() AS now")["now"] - watermarks()[1]).total_seconds())


@pytest.mark.parametrize("dies", ["before the first", "between", "before the watermark"])
def test_a_worker_that_is_killed_in_between_takes_nothing_in_twice(house: House, monkeypatch: pytest.MonkeyPatch, dies: str) -> None:
    for number in range(3):
        missed_sms(house, f"Message {number}.")
    before = watermarks()
    with monkeypatch.context() as dying:
        if dies == "before the watermark":
            dying.setattr(reconciliation, "move_watermark", _deadly(after=1))  # the recordings' is moved
        else:
            dying.setattr(taking_in, "store_words", _deadly(after=0 if dies == "before the first" else 2, real=events.store_words))
        with pytest.raises(Killed):
            asked()
    assert watermarks()[0] == before[0]
    stored = {"before the first": 0, "between": 2, "before the watermark": 3}[dies]
    assert count("runs") == stored
    assert asked() == f"taken in: 0 recordings, {3 - stored} messages"
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
    assert asked() == "taken in: 0 recordings, 1 messages"
    assert watermarks()[0] > before[0]


def test_a_list_that_never_comes_leaves_the_watermark_too(house: House) -> None:
    house.impatient()
    missed_sms(house)
    before = watermarks()
    house.twin.misbehave("twilio", "hang", "message.list", delay_s=3.0 * SPEED, times=1)
    assert asked() == NOTHING
    assert watermarks()[0] == before[0]
    assert asked() == "taken in: 0 recordings, 1 messages"


def test_a_call_that_cannot_be_read_leaves_the_recording_for_next_time(house: House) -> None:
    missed_call(house)
    before = watermarks()
    house.twin.misbehave("twilio", "500", "call.read", times=1)
    assert asked() == NOTHING
    assert watermarks()[1] == before[1]
    assert asked() == "taken in: 1 recordings, 0 messages"


@pytest.mark.parametrize("known", [True, False])
def test_the_recording_of_a_call_that_twilio_knows_no_more_is_ours_if_we_know_the_call(house: House, *, known: bool) -> None:
    sid = missed_call(house)
    if known:
        call = call_of(house, sid)
        pairs = {"AccountSid": ACCOUNT_SID, "CallSid": call, "RecordingSid": sid, "RecordingStatus": "in-progress"}
        assert post_form(house.front, RECORDING_PATH, pairs.items()).status_code == 204
    house.twin.misbehave("twilio", "404", "call.read")
    assert asked() == ("taken in: 1 recordings, 0 messages" if known else NOTHING)
    told = rows(f"SELECT their_number, status FROM {CONVERSATIONS}")  # noqa: S608 - a name of ours
    assert told == ([{"their_number": None, "status": "pending"}] if known else [])


def test_two_at_once_take_everything_in_once(house: House) -> None:
    for number in range(5):
        missed_sms(house, f"Message {number}.")
    [account] = accounts()
    tallies = chain.at_once([lambda: list(listing.reconcile(account, Listed.MESSAGES))[-1]] * 2)
    assert sum(tally.taken_in for tally in tallies) == 5
    assert (count("runs"), count("transcripts")) == (5, 5)
