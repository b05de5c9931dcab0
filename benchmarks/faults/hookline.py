"""The product under test: its own Procfile, its own release, webhooks as the vendors send them."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping

import orjson

from benchmarks.faults import speech
from benchmarks.faults.lab import Lab
from benchmarks.faults.traffic import POISON, Delivery
from benchmarks.faults.verdict import Ending
from benchmarks.harness import product, vendors
from benchmarks.harness.vendors import OURS
from scripts.stack import commands
from scripts.stack.errors import StackError
from scripts.twin.journal import short_hash
from scripts.twin.sound import tone

# a thread's customers: each says something again and again, in none of 500 messages more often than a thread is answered in a day
CUSTOMERS = 20
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
# each event of a call is stored, and the call ends completed whatever the order they came in
_CALL_EVENTS = """
SELECT e.dedupe_key AS key, c.status = 'completed' AS is_done
FROM webhook_events AS e JOIN conversations AS c ON c.id = e.conversation_id WHERE e.kind = 'call_status'
"""


class Hookline:
    """Everything on: verified signatures, four steps, the effect sent through the vendor's twin."""

    name = "hookline"

    def __init__(self) -> None:
        """Nobody has said anything yet."""
        self._customers: dict[str, str] = {}

    def release(self, lab: Lab) -> None:
        """As a host does before it starts the processes."""
        self._intake = product.release(lab.rig, lab.environment())

    def web(self, sabotage: str) -> str:
        """The Procfile's line."""
        return _sabotaged(commands.procfile()["web"], "gunicorn ", sabotage)

    def worker(self, name: str, sabotage: str) -> str:
        """The Procfile's line, under a name of its own."""
        return _sabotaged(commands.procfile()["worker"].replace("worker@", f"{name}@"), "celery ", sabotage)

    def deliveries(self, lab: Lab, count: int, mix: str) -> list[Delivery]:
        """``usual``: seven SMS, two standing Deepgram callbacks and a recording of each ten; else all the same thing."""
        if mix == "calls":
            return [self._move(lab, number // len(CALL_MOVES), number % len(CALL_MOVES)) for number in _shuffled(count)]
        return list(self._usual(lab, count, mix))

    def unfinished(self, lab: Lab) -> int:
        """Open runs, and effects that are neither sent nor given up."""
        return int(lab.rows(_UNFINISHED)[0]["n"])

    def endings(self, lab: Lab) -> Mapping[str, Ending]:
        """What the tables and the vendor's own log say."""
        effects = {row["key"]: row for row in lab.rows(_EFFECTS)}
        sent = self._sent(lab, effects)
        found = {row["key"]: _ending(row, effects.get(row["key"]), sent.get(row["key"], 0)) for row in lab.rows(_RUNS)}
        return found | {row["key"]: Ending(done=int(row["is_done"])) for row in lab.rows(_CALL_EVENTS)}

    def _sent(self, lab: Lab, effects: Mapping[str, Mapping[str, object]]) -> dict[str, int]:
        """How often each message was answered, by the vendor's own log, whatever our ledger says.

        The log tells customers apart, not messages: what a customer got beyond what the ledger has as sent, or may have sent, is a double
        of the first one.
        """
        got = Counter(entry.about.get("to_hash", "") for entry in lab.twin.log(vendor="twilio", operation="message.create") if entry.paid)
        sent = {}
        for customer in set(self._customers.values()):
            keys = [key for key, said in self._customers.items() if said == customer]
            # what the ledger has as sent comes before what it does not know
            due = [key for state in ("sent", "unknown") for key in keys if key in effects and effects[key]["state"] == state] or keys
            left = got[short_hash(customer)]
            for key in due:
                sent[key] = min(1, left)
                left -= sent[key]
            sent[due[0]] += left
        return sent

    def broken(self, lab: Lab) -> list[str]:
        """What its own command says of I1 to I9."""
        try:
            commands.run(INVARIANTS, lab.environment(), lab.rig.places.logs / "invariants.log")
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
                yield self._sms(lab, number, _customer(number % CUSTOMERS if mix == "threads" else number), words)

    def _sms(self, lab: Lab, number: int, customer: str, words: str) -> Delivery:
        sid = f"SM{number:032x}"
        self._customers[sid] = customer
        return _signed(lab, sid, "sms", {"MessageSid": sid, "From": customer, "To": OURS, "Body": words, "NumMedia": "0"})

    def _recording(self, lab: Lab, number: int) -> Delivery:
        call = f"CA{number:032x}"
        sid = lab.twin.add_recording(tone(1), call=call, duration_s=1)
        fields = {"CallSid": call, "RecordingSid": sid, "RecordingStatus": "completed", "RecordingDuration": "1", "RecordingChannels": "1"}
        return _signed(lab, sid, "recording-status", fields)

    def _move(self, lab: Lab, number: int, move: int) -> Delivery:
        sid = f"CA{number:032x}"
        fields = {"CallSid": sid, "CallStatus": CALL_MOVES[move], "SequenceNumber": str(move), "Direction": "inbound"}
        key = f"{sid}:{CALL_MOVES[move]}:{move}"
        return _signed(lab, key, "call-status", fields | {"From": _customer(number), "To": OURS})

    def _callback(self, number: int) -> Delivery:
        request_id = f"{NAMESPACE}{number:012d}"
        sent = vendors.deepgram_callback(self._intake, orjson.dumps(speech.document(request_id)))
        return Delivery(request_id, sent.path, sent.body, sent.headers)


def _ending(row: Mapping[str, object], effect: Mapping[str, object] | None, sent: int) -> Ending:
    state = effect["state"] if effect else None
    return Ending(
        done=int(str(row["done"])),
        sent=sent,
        # a later answer took this one's place
        owes_effect=row["source"] == "sms" and state != "superseded",
        dead=str(row["dead"]) if row["dead"] else None,
        unknown=f"{row['key']}: {effect['last_error']}" if effect and state == "unknown" else None,
    )


def _sabotaged(command: str, program: str, sabotage: str) -> str:
    return command.replace(program, f"python -m benchmarks.faults.sabotage {sabotage} -- {program}", 1) if sabotage else command


def _shuffled(count: int) -> list[int]:
    # the same order every time, and no call's events in theirs
    return sorted(range(count), key=lambda number: hashlib.sha256(str(number).encode()).digest())


def _customer(number: int) -> str:
    return f"+1555{number:07d}"


def _signed(lab: Lab, key: str, kind: str, fields: Mapping[str, str]) -> Delivery:
    sent = vendors.twilio_form(lab.url, kind, fields)
    is_poison, is_recording = fields.get("Body") in POISON, kind == "recording-status"
    return Delivery(key, sent.path, sent.body, sent.headers, is_poison=is_poison, is_recording=is_recording)
