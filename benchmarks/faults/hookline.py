"""The product under test: its own Procfile, its own release, webhooks as the vendors send them."""

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import orjson

from benchmarks.faults import speech
from benchmarks.faults.lab import SECRET_KEY, Lab
from benchmarks.faults.traffic import POISON, Delivery
from benchmarks.faults.verdict import Ending
from domain.callback_tokens import IntakeToken, callback_url
from scripts.stack import commands
from scripts.stack.errors import StackError
from scripts.twin import config
from scripts.twin.journal import short_hash
from scripts.twin.sound import tone

FORM = "application/x-www-form-urlencoded"
OURS = "+15005550100"
CALL_MOVES = ("initiated", "ringing", "in-progress", "completed")
INVARIANTS = "celery -A tasks invariants --since 2020-01-01"
NAMESPACE = "00000000-0000-4000-8000-"

_RUNS = """
SELECT t.source_ref AS key, t.source, count(r.id) FILTER (WHERE r.state = 'done') AS done,
    max(r.last_error) FILTER (WHERE r.state = 'dead') AS dead
FROM transcripts AS t LEFT JOIN runs AS r ON r.transcript_id = t.id AND r.purpose = 'live' AND r.predecessor_id IS NULL
GROUP BY t.source_ref, t.source
"""
_EFFECTS = """
SELECT t.source_ref AS key, e.state, e.last_error, e.target FROM effects AS e JOIN transcripts AS t ON t.id = e.transcript_id
WHERE e.kind = 'sms' AND e.state <> 'suppressed'
"""
_UNFINISHED = """
SELECT (SELECT count(*) FROM runs WHERE state IN ('ready', 'waiting')) + (
    SELECT count(*) FROM effects WHERE state IN ('pending', 'sending')) AS n
"""
# each call has four events, and ends completed whatever the order they came in
_CALLS = """
SELECT c.provider_ref AS key, c.status = 'completed'
    AND 4 = (SELECT count(*) FROM webhook_events AS e WHERE e.conversation_id = c.id) AS is_done
FROM conversations AS c WHERE c.channel = 'voice' AND NOT EXISTS (SELECT FROM transcripts AS t WHERE t.conversation_id = c.id)
"""


class Hookline:
    """Everything on: verified signatures, four steps, the effect sent through the vendor's twin."""

    name = "hookline"

    def release(self, lab: Lab) -> None:
        """As a host does before it starts the processes."""
        commands.run(commands.procfile()["release"], lab.environment(), lab.places.logs / "release.log")
        [organization] = lab.rows("SELECT id, intake_version FROM organizations")
        self._intake = IntakeToken(UUID(str(organization["id"])), organization["intake_version"])

    def web(self, sabotage: str) -> str:
        """The Procfile's line."""
        return _sabotaged(commands.procfile()["web"], "gunicorn ", sabotage)

    def worker(self, name: str, sabotage: str) -> str:
        """The Procfile's line, under a name of its own."""
        return _sabotaged(commands.procfile()["worker"].replace("worker@", f"{name}@"), "celery ", sabotage)

    def deliveries(self, lab: Lab, count: int, mix: str) -> list[Delivery]:
        """``usual``: seven SMS, two standing Deepgram callbacks and a recording of each ten; ``calls``, ``recordings``, ``poison``."""
        if mix == "calls":
            return [self._move(lab, number // len(CALL_MOVES), number % len(CALL_MOVES)) for number in _shuffled(count)]
        return list(self._usual(lab, count, mix))

    def unfinished(self, lab: Lab) -> int:
        """Open runs, and effects that are neither sent nor given up."""
        return int(lab.rows(_UNFINISHED)[0]["n"])

    def endings(self, lab: Lab) -> Mapping[str, Ending]:
        """What the tables and the vendor's own log say."""
        paid = _paid(lab)
        effects = {row["key"]: row for row in lab.rows(_EFFECTS)}
        found = {row["key"]: _ending(row, effects.get(row["key"]), paid) for row in lab.rows(_RUNS)}
        calls = {row["key"]: Ending(done=int(row["is_done"])) for row in lab.rows(_CALLS)}
        return calls | found

    def broken(self, lab: Lab) -> list[str]:
        """What its own command says of I1 to I9."""
        try:
            commands.run(INVARIANTS, lab.environment(), lab.places.logs / "invariants.log")
        except StackError as error:
            return [line.strip() for line in str(error).splitlines() if "BROKEN" in line] or [str(error)]
        return []

    def _usual(self, lab: Lab, count: int, mix: str) -> Iterator[Delivery]:
        for number in range(count):
            if mix == "recordings" or (mix == "usual" and number % 10 == 9):  # noqa: PLR2004 - the last of ten
                yield self._recording(lab, number)
            elif mix == "usual" and number % 10 in {3, 6}:
                yield self._callback(number)
            else:
                # one of fifteen, so that the poison never falls together with the copies' own rhythm
                words = POISON[number // 15 % 2] if mix == "poison" and number % 15 == 0 else f"Can I come at nine on day {number}?"
                yield self._sms(lab, number, words)

    def _sms(self, lab: Lab, number: int, words: str) -> Delivery:
        sid = f"SM{number:032x}"
        return _signed(lab, sid, "sms", {"MessageSid": sid, "From": _customer(number), "To": OURS, "Body": words, "NumMedia": "0"})

    def _recording(self, lab: Lab, number: int) -> Delivery:
        call = f"CA{number:032x}"
        sid = lab.twin.add_recording(tone(1), call=call, duration_s=1)
        fields = {"CallSid": call, "RecordingSid": sid, "RecordingStatus": "completed", "RecordingDuration": "1", "RecordingChannels": "1"}
        return _signed(lab, sid, "recording-status", fields)

    def _move(self, lab: Lab, number: int, move: int) -> Delivery:
        sid = f"CA{number:032x}"
        fields = {"CallSid": sid, "CallStatus": CALL_MOVES[move], "SequenceNumber": str(move), "Direction": "inbound"}
        return _signed(lab, sid, "call-status", fields | {"From": _customer(number), "To": OURS})

    def _callback(self, number: int) -> Delivery:
        request_id = f"{NAMESPACE}{number:012d}"
        url = urlsplit(callback_url("http://127.0.0.1", SECRET_KEY, self._intake))
        credentials = base64.b64encode(f"{url.username}:{url.password}".encode()).decode()
        headers = {"Content-Type": "application/json", "Authorization": f"Basic {credentials}"}
        return Delivery(request_id, url.path, orjson.dumps(speech.document(request_id)), headers)


def _ending(row: Mapping[str, object], effect: Mapping[str, object] | None, paid: Mapping[str, int]) -> Ending:
    state = effect["state"] if effect else None
    return Ending(
        done=int(str(row["done"])),
        sent=paid.get(short_hash(str(effect["target"])), 0) if effect else 0,
        owes_effect=row["source"] == "sms",
        dead=str(row["dead"]) if row["dead"] else None,
        unknown=f"effect {state}: {effect['last_error']}" if effect and state in {"unknown", "failed"} else None,
    )


def _paid(lab: Lab) -> dict[str, int]:
    paid: dict[str, int] = {}
    for entry in lab.twin.log(vendor="twilio", operation="message.create"):
        if entry.paid:
            who = entry.about.get("to_hash", "")
            paid[who] = paid.get(who, 0) + 1
    return paid


def _sabotaged(command: str, program: str, sabotage: str) -> str:
    return command.replace(program, f"python -m benchmarks.faults.sabotage {sabotage} -- {program}", 1) if sabotage else command


def _shuffled(count: int) -> list[int]:
    # the same order every time, and no call's events in theirs
    return sorted(range(count), key=lambda number: hashlib.sha256(str(number).encode()).digest())


def _customer(number: int) -> str:
    return f"+1555{number:07d}"


def _signed(lab: Lab, key: str, kind: str, fields: Mapping[str, str]) -> Delivery:
    path = f"/webhooks/twilio/{kind}"
    pairs = {"AccountSid": config.ACCOUNT_SID, **fields}
    text = lab.url + path + "".join(name + pairs[name] for name in sorted(pairs))
    signature = base64.b64encode(hmac.new(config.AUTH_TOKEN.encode(), text.encode(), "sha1").digest()).decode()
    headers = {"Content-Type": FORM, "X-Twilio-Signature": signature}
    return Delivery(key, path, urlencode(pairs).encode(), headers, is_poison=pairs.get("Body") in POISON)
