"""What can be seen from outside: what the vendors were asked, and what the tables say of a batch, of effects and of what counts."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from benchmarks.reprocess.house import House
from scripts.twin.journal import KEPT, Entry

# what a vendor is asked: by its operation, and a language model by the name of the answer's form
TRANSCRIPTION, FETCH, UNDERSTANDING, REPLY, SMS = "transcription", "recording", "understanding", "reply", "sms"
KINDS = {"listen": TRANSCRIPTION, "recording.fetch": FETCH, "message.create": SMS}
ASKS_A_MODEL = "responses"

_BATCH = "SELECT id, trace_id, planned_runs, planned_usd FROM batches WHERE name = %s"
_PAID = """
SELECT COALESCE(sum(s.price_usd), 0) AS usd FROM run_steps AS s JOIN runs AS r ON r.id = s.run_id WHERE r.batch_id = %s
"""
_RUNS = """
SELECT count(*) AS opened, count(*) FILTER (WHERE state = 'done') AS done, count(DISTINCT transcript_id) AS transcripts,
    count(*) FILTER (WHERE lease_until > clock_timestamp()) AS held,
    count(*) FILTER (WHERE lease_until > clock_timestamp() AND stage = 'generate_reply') AS asking,
    (SELECT count(*) FROM run_steps AS s JOIN runs AS r ON r.id = s.run_id
        WHERE r.batch_id = %(batch)s AND s.finished_at IS NOT NULL) AS steps
FROM runs WHERE batch_id = %(batch)s
"""
_DONE = """
SELECT r.id, r.finished_at, g.text, (SELECT array_agg((s.stage, s.finished_at, s.attempts) ORDER BY s.stage) FROM run_steps AS s
    WHERE s.run_id = r.id) AS steps
FROM runs AS r LEFT JOIN replies AS g ON g.run_id = r.id WHERE r.batch_id = %s AND r.state = 'done'
"""
_REUSED = """
SELECT s.stage, count(*) FILTER (WHERE s.cached) AS reused FROM run_steps AS s JOIN runs AS r ON r.id = s.run_id
WHERE r.batch_id = %s GROUP BY 1
"""
_EFFECTS = """
SELECT e.id, e.effect_key, e.state, e.body, e.attempts, e.provider_ref, r.batch_id
FROM effects AS e LEFT JOIN runs AS r ON r.id = e.run_id ORDER BY e.id
"""
# all that anybody is shown of a transcript
_VIEW = """
SELECT t.id, t.current_run_id, t.status, t.processing_status, a.roles, a.intent, a.sentiment, a.summary, a.intake, a.safety,
    g.text AS reply, g.fault, (SELECT array_agg((u.seq, u.role, u.text) ORDER BY u.seq) FROM utterances AS u
        WHERE u.run_id = t.current_run_id) AS words
FROM transcripts AS t LEFT JOIN analyses AS a ON a.run_id = t.current_run_id LEFT JOIN replies AS g ON g.run_id = t.current_run_id
ORDER BY t.id
"""
_COUNTING = "SELECT count(*) AS n FROM transcripts AS t JOIN runs AS r ON r.id = t.current_run_id WHERE r.batch_id = %s"

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Calls:
    """Calls to vendors by kind; ``again`` are those that were asked with a key that had been asked with before."""

    made: Mapping[str, int]
    again: int = 0


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch, and what was said of it before it began."""

    id: str
    trace_id: str
    runs: int
    usd: float


class Journal:
    """What the twin was asked, from some moment on."""

    def __init__(self, house: House) -> None:
        """From now on."""
        self._house = house
        log = house.twin.log()
        self._first = log[-1].number + 1 if log else 1

    def asked(self, trace_id: str | None = None) -> Calls:
        """What was asked of speech and telephony by anybody, and of language models under this trace id, or by anybody.

        Raises RuntimeError if the twin has forgotten a part of it.
        """
        log = self._house.twin.log()
        if len(log) >= KEPT and log[0].number > self._first:
            raise RuntimeError(f"the twin remembers {KEPT} requests, and these were more: store fewer calls")
        found = [each for each in log if each.number >= self._first and each.direction == "in"]
        models = [each for each in found if each.operation == ASKS_A_MODEL and trace_id in {None, each.headers.get("X-Request-Id")}]
        others = [each for each in found if each.operation in KINDS]
        repeated = sum(1 for each in models if each.about.get("repeated"))
        return Calls(Counter(_kind(each) for each in (*models, *others)), repeated)


def batch(house: House, name: str) -> Batch | None:
    """The batch of this name, as soon as there is one."""
    found = house.rows(_BATCH, name)
    if not found:
        return None
    [row] = found
    # without PRICES nothing was planned
    return Batch(str(row["id"]), row["trace_id"], row["planned_runs"], float(row["planned_usd"] or 0.0))


def runs(house: House, of: Batch) -> dict[str, int]:
    """How many runs a batch has ``opened``, over how many ``transcripts``; how many are ``done`` or ``held``, and ``steps`` are finished.

    Of those held by a worker, some are ``asking`` for a reply.
    """
    return {name: int(count) for name, count in house.rows(_RUNS, batch=of.id)[0].items()}


def done(house: House, of: Batch) -> Mapping[str, Mapping[str, Any]]:
    """Its runs that are done by their ids, each with all of its steps."""
    return {str(row["id"]): row for row in house.rows(_DONE, of.id)}


def reused(house: House, of: Batch) -> Mapping[str, int]:
    """By stage, how many of its runs took over what an earlier run found."""
    return {row["stage"]: row["reused"] for row in house.rows(_REUSED, of.id)}


def paid_usd(house: House, of: Batch) -> float:
    """What its steps cost."""
    return float(house.rows(_PAID, of.id)[0]["usd"])


def effects(house: House) -> Rows:
    """Everything that left the house, or is to."""
    return house.rows(_EFFECTS)


def view(house: House) -> Rows:
    """What counts, of every transcript."""
    return house.rows(_VIEW)


def counting(house: House, of: Batch) -> int:
    """How many transcripts are counted by a run of this batch."""
    return int(house.rows(_COUNTING, of.id)[0]["n"])


def now(house: House) -> datetime:
    """The database's clock."""
    found = house.rows("SELECT clock_timestamp() AS now")[0]["now"]
    if not isinstance(found, datetime):
        raise TypeError("the database has no clock")
    return found


def _kind(entry: Entry) -> str:
    return KINDS.get(entry.operation) or entry.about.get("schema", "")
