"""Calls and messages that the twin has and nobody told us of, and beat ringing for what was missed."""

import time
from collections.abc import Iterator
from typing import Any

from scripts.twin.client import PlayedCall
from scripts.twin.sound import tone
from tasks.reconciliation.task import reconcile_all
from tests.support import invariants
from tests.support.histories import serve
from tests.support.signing import PUBLIC_BASE_URL
from tests.support.stored import rows
from tests.support.vendor_house import House

CUSTOMER, OURS = "+14155550142", "+14155550100"
SMS_PATH, RECORDING_PATH = "/webhooks/twilio/sms", "/webhooks/twilio/recording-status"
NOTHING = "taken in: 0 recordings, 0 messages"
AGO_S = 600
# without the one that shows that the number is ours
CONVERSATIONS = "conversations WHERE provider_ref <> 'CA-earlier'"


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


def call_of(house: House, recording: str) -> str:
    """The call that was recorded."""
    return next(str(entry.about["CallSid"]) for entry in house.twin.log(direction="out") if entry.about.get("RecordingSid") == recording)


def asked_before(house: House) -> Iterator[None]:
    """It was there long before; and once everybody is asked, so that a watermark stands. In the end the house has kept its promises."""
    rows("UPDATE organizations SET created_at = created_at - interval '30 days' RETURNING id")
    serve(house.organization.id)
    assert asked() == NOTHING
    yield
    invariants.assert_they_hold()
