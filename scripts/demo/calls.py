"""The calls that ship with the demo, and what is known to be true of them."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scripts.stack.places import ROOT

FOLDER = ROOT / "demo" / "calls"
RECORDINGS = ROOT / "demo" / "recordings"
ORDER = "order"
SMS_TEXT = "Hi! Are you open tomorrow morning? I would like to come by."


@dataclass(frozen=True, slots=True)
class Call:
    """One thing that is said to us. ``roles`` and ``intent`` are the corpus' truth, empty where there is none."""

    title: str
    ref: str
    payload: Mapping[str, Any] = field(repr=False)
    roles: Mapping[str, str] = field(default_factory=dict)
    intent: str = ""


def deepgram_calls() -> list[Call]:
    """The HarperValley calls, each under a request id that nobody has seen."""
    return [_call(path.name.removesuffix(".label.json")) for path in sorted(FOLDER.glob("*.label.json"))]


def text_message(account_sid: str) -> Call:
    """An SMS as Twilio delivers it, between two numbers that belong to nobody (555-01xx)."""
    sid = f"SM{uuid.uuid4().hex}"
    form = {
        **dict.fromkeys(("MessageSid", "SmsSid", "SmsMessageSid"), sid),
        "AccountSid": account_sid,
        "From": "+14155550142",
        "To": "+14155550100",
        "Body": SMS_TEXT,
        "NumMedia": "0",
        "NumSegments": "1",
        "SmsStatus": "received",
        "ApiVersion": "2010-04-01",
        **dict.fromkeys(("FromCity", "ToCity", "FromZip", "ToZip"), ""),
    }
    return Call("SMS", sid, form)


def recorded(recording_sid: str) -> Call:
    """The recorded phone order, under the RecordingSid that it got."""
    label = json.loads((RECORDINGS / f"{ORDER}.label.json").read_text(encoding="utf-8"))
    return Call("the phone order", recording_sid, {}, _roles(label), label["intent"])


def _roles(label: Mapping[str, Any]) -> dict[str, str]:
    return {str(label["agent_speaker"]): "agent", str(label["customer_speaker"]): "customer"}


def _call(name: str) -> Call:
    payload = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    label = json.loads((FOLDER / f"{name}.label.json").read_text(encoding="utf-8"))
    payload["metadata"]["request_id"] = str(uuid.uuid4())
    return Call(f"call {name}", payload["metadata"]["request_id"], payload, _roles(label), label["intent"])
