"""How a call goes on: what every webhook of a call says of it, and the status callbacks, numbered in their order."""

from datetime import UTC, datetime

from scripts.twin.twilio import bodies
from scripts.twin.twilio.store import Call, now
from scripts.twin.twilio.webhooks import webhook
from scripts.twin.world import World

ANSWERED_ENDS = frozenset({"completed"})
ENDS = ANSWERED_ENDS | {"busy", "no-answer", "failed", "canceled"}
ZONES = [f"{who}{what}" for who in ("From", "To", "Caller", "Called") for what in ("City", "State", "Zip", "Country")]


def standing(call: Call) -> dict[str, str]:
    """The parameters that every webhook of a call has; where the numbers are from is best effort, and blank here."""
    return {
        "AccountSid": call.account,
        "ApiVersion": bodies.API,
        "CallSid": call.sid,
        "CallStatus": call.status,
        "Direction": call.direction,
        **dict.fromkeys(("From", "Caller"), call.from_),
        **dict.fromkeys(("To", "Called"), call.to),
        **dict.fromkeys(ZONES, ""),
    }


class Progress:
    """One call's status, and whoever is told of it."""

    def __init__(self, world: World, call: Call, url: str) -> None:
        """``url`` is the number's status callback."""
        self._world, self._call, self._url = world, call, url
        self._sequence = 0

    def become(self, status: str, duration_s: int | None = None) -> None:
        """From now on the call stands so at Twilio; ``duration_s`` is how long it was, once it has ended."""
        self._call.status = status
        if status in ENDS:
            self._call.ended, self._call.duration_s = now(), duration_s
        token = self._world.config.accounts[self._call.account]
        self._world.post.send(webhook("call_status", self._url, self._fields(), token))
        self._sequence += 1

    def _fields(self) -> dict[str, str]:
        fields = {
            **standing(self._call),
            "CallbackSource": "call-progress-events",
            "Timestamp": bodies.date(datetime.now(UTC)) or "",
            "SequenceNumber": str(self._sequence),
        }
        if self._call.duration_s is None:
            return fields
        minutes = -(-self._call.duration_s // 60)
        return {**fields, "CallDuration": str(self._call.duration_s), "Duration": str(minutes), "SipResponseCode": "200"}
