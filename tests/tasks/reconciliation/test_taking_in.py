"""What Twilio could not tell us is found by asking, once, and worked off to its end. Official SDKs, real sockets, the twin."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.deliveries import Stored
from tasks.reconciliation import findings
from tests.support import chain
from tests.support.missed import (
    AGO_S,
    CONVERSATIONS,
    CUSTOMER,
    NOTHING,
    OURS,
    RECORDING_PATH,
    SMS_PATH,
    asked,
    asked_before,
    call_of,
    call_played,
    missed_call,
    missed_sms,
    watermarks,
    went_out,
)
from tests.support.signing import ACCOUNT_SID, PUBLIC_BASE_URL
from tests.support.stored import awaited, count, row, rows
from tests.support.vendor_house import House, effect
from tests.support.vendors import post_form


@pytest.fixture(autouse=True)
def _asked_before(house: House) -> Iterator[None]:
    """A watermark stands."""
    yield from asked_before(house)


def sms_webhook(house: House, sid: str, text: str = "When do you open tomorrow?") -> int:
    """The webhook, late."""
    pairs = {"AccountSid": ACCOUNT_SID, "MessageSid": sid, "From": CUSTOMER, "To": OURS, "Body": text, "NumMedia": "0"}
    return post_form(house.front, SMS_PATH, pairs.items()).status_code


def recording_webhook(house: House, sid: str) -> int:
    """The same for a recording."""
    pairs = {"AccountSid": ACCOUNT_SID, "CallSid": call_of(house, sid), "RecordingSid": sid, "RecordingStatus": "completed"}
    return post_form(house.front, RECORDING_PATH, pairs.items()).status_code


def worked_off(house: House) -> list[dict[str, Any]]:
    """Every run, brought to its end."""
    ids = [UUID(str(run["id"])) for run in rows("SELECT id FROM runs ORDER BY id")]
    return [house.work_off(Stored(run_id, fresh=True, conversation_id=None, run_id=run_id)) for run_id in ids]


def test_a_missed_message_is_taken_in_once_and_answered(house: House) -> None:
    sid = missed_sms(house)
    assert asked() == "taken in: 0 recordings, 1 message"
    assert asked() == NOTHING
    [run] = worked_off(house)
    assert run["state"] == "done"
    event = row("SELECT provider, kind, dedupe_key, subject, headers, duplicate_count FROM webhook_events WHERE kind = 'sms'")
    assert (event["dedupe_key"], event["subject"], event["duplicate_count"]) == (sid, sid, 0)
    assert event["headers"]["x-hookline-origin"] == "reconciliation"
    assert row("SELECT text FROM utterances")["text"] == "When do you open tomorrow?"
    assert (effect()["state"], effect()["target"], len(house.paid("message.create"))) == ("sent", CUSTOMER, 1)


def test_what_our_own_person_wrote_is_kept_and_opens_no_run(house: House) -> None:
    rows("UPDATE organizations SET settings = settings || jsonb_build_object('on_call', %s) RETURNING id", CUSTOMER)
    missed_sms(house, "I am on my way, there is a fire")
    assert asked() == "taken in: 0 recordings, 1 message"
    assert asked() == NOTHING
    assert (count("webhook_events WHERE kind = 'sms'"), count("runs"), count("effects")) == (1, 0, 0)


def test_a_missed_message_with_an_alarm_word_calls_for_a_person_before_anybody_works_on_it(house: House) -> None:
    settings = '{"on_call": "+15005550111", "alarm_words": ["code red"]}'
    rows("UPDATE organizations SET settings = settings || CAST(%s AS jsonb) RETURNING id", settings)
    missed_sms(house, "Code red in the kitchen")
    assert asked() == "taken in: 0 recordings, 1 message"
    call = row("SELECT state, reason, target FROM effects WHERE kind = 'escalation'")
    assert call == {"state": "pending", "reason": "alarm_word", "target": "+15005550111"}


def test_a_missed_recording_is_taken_in_with_its_call_and_answered(house: House) -> None:
    sid = missed_call(house)
    assert asked() == "taken in: 1 recording, 0 messages"
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
    # what told of our number, a message, a recording, and the three statuses of its call, which come in no order
    awaited("SELECT count(*) AS n FROM webhook_events HAVING count(*) = 6")
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
    assert asked() == "taken in: 1 recording, 0 messages"
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
    monkeypatch.setattr(findings, "ON_ITS_WAY", timedelta(0))
    assert asked() == (NOTHING if comes else "taken in: 1 recording, 0 messages")
    assert (behind_s() < 600, count("runs")) == (True, 1)


def behind_s() -> float:
    """How far behind now the recordings' watermark is."""
    return float((row("SELECT clock_timestamp() AS now")["now"] - watermarks()[1]).total_seconds())
