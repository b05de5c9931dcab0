"""The chain as tests drive it: deliveries stored, runs claimed and worked off as functions, many callers at the same moment."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlencode
from uuid import UUID, uuid4

from psycopg2.extensions import cursor as Cursor  # noqa: N812 - it is a class, whatever its name
from sqlalchemy import Engine

import settings
from db import events
from db.engine import Profile, engine
from db.plant import claims
from db.results import escalate, publish, record_assessment, record_reply, record_transcription
from db.tables.effects import EffectRow
from domain.chain import EffectKind, Source, Stage
from domain.deliveries import CallMove, ConversationSeed, Envelope, Stored, TranscriptSeed
from domain.ports import Basis
from domain.runs import Assessment, Claim, Effect, Onward, Planned, Publication, Transcription
from domain.speech import Analysis, Channel, Intent, Reply, Role, RoleVerdict, SafetyFinding, Understanding, Urgency, Utterance
from domain.speech import Engine as EngineUsed
from domain.statuses import ConversationStatus, TranscriptStatus
from domain.telephony.twilio import Sms
from tests.support.database import connected
from tests.support.stored import row, rows

Seen = TypeVar("Seen")

ENGINE = EngineUsed("local", "test-1", {"tokens": 7})
TEXT = "I would like to book a cleaning"
LEASE_S = 30.0
# what an answer of a fake depends on
NOTHING = Basis(b"nothing", "test")


def envelope(kind: str, key: str, body: bytes = b"{}", provider: str = "twilio") -> Envelope:
    """A delivery of a vendor."""
    return Envelope(provider, kind, key, key, {"Content-Type": "text/plain"}, body, uuid4().hex)


def call(ref: str, status: ConversationStatus, name: str, sequence: int = 0) -> ConversationSeed:
    """A voice call that the vendor says has come so far."""
    return ConversationSeed("twilio", ref, Channel.VOICE, "inbound", "+15005550100", "+15005550199", CallMove(status, name, sequence))


def thread(ref: str = "thread") -> ConversationSeed:
    """A thread of text messages."""
    return ConversationSeed("twilio", ref, Channel.SMS, "inbound", "+15005550100", "+15005550199")


def store_sms(organization_id: UUID, ref: str = "SM1", *, conversation: str = "thread", body: bytes = b"Body=hello") -> Stored:
    """An SMS comes in."""
    words = TranscriptSeed(Source.SMS, ref, TranscriptStatus.COMPLETED, opens_run=True)
    return events.store_words(organization_id, envelope("sms", ref, body), thread(conversation), words)


def receive_sms(organization_id: UUID, text: str, ref: str, told: str | None = None, *, said_s_ago: float | None = None) -> Stored:
    """An SMS comes in and is looked at, as the front does it; or was said so long ago, as whoever asks the vendor for it does."""
    event = Sms(ref, "+15005550199", "+15005550100", text, told)
    said_at = datetime.now(UTC) - timedelta(seconds=said_s_ago) if said_s_ago is not None else None
    delivery = envelope("sms", ref, urlencode({"Body": text}).encode())
    return events.store_sms(organization_id, delivery, thread(), replace(event.transcript(), said_at=said_at), event.heard())


def store_recording(organization_id: UUID, ref: str = "RE1", status: str = "completed") -> Stored:
    """Twilio says what became of a recording; only a completed one opens a run."""
    there = status == "completed"
    seed = TranscriptSeed(
        Source.TWILIO_RECORDING,
        ref,
        TranscriptStatus.PENDING if there else TranscriptStatus.FAILED,
        opens_run=there,
        reason=None if there else f"recording_{status}",
        duration_ms=4_000 if there else None,
    )
    return events.store_words(
        organization_id, envelope("recording_status", f"{ref}:{status}"), ConversationSeed("twilio", f"CA{ref}", Channel.VOICE), seed
    )


def store_callback(
    organization_id: UUID,
    transcript_id: UUID,
    *,
    failed: bool = False,
    key: str = "request-1",
    body: bytes = b'{"results": {}}',
    submission: int = 1,
) -> Stored | None:
    """Deepgram answers a transcription that we asked for."""
    kind, status = ("callback_failed", TranscriptStatus.FAILED) if failed else ("callback", TranscriptStatus.COMPLETED)
    delivery = envelope(kind, key, body, provider="deepgram")
    return events.store_callback(organization_id, delivery, transcript_id, status, "no_speech" if failed else None, submission)


def claim(run_id: UUID, stage: Stage = Stage.TRANSCRIBE, *, lease_s: float = LEASE_S, max_attempts: int = 6) -> Claim:
    """Lease a run; fails if it is not to be had."""
    answer = claims.claim(run_id, stage, lease_s=lease_s, max_attempts=max_attempts, worker="test")
    assert isinstance(answer, Claim), answer.outcome
    return answer


def utterances(*texts: str) -> tuple[Utterance, ...]:
    """Two speakers taking turns."""
    return tuple(Utterance(seq, seq % 2, text, seq * 1_000, seq * 1_000 + 900, 0.9) for seq, text in enumerate(texts or (TEXT,)))


def transcription(*texts: str) -> Transcription:
    """What transcribe answers."""
    return Transcription(utterances(*texts), provider="deepgram", model="nova-3", vendor_request_id="request-1")


def analysis(urgency: Urgency = Urgency.NORMAL) -> Analysis:
    """What classify_speakers finds."""
    findings = (SafetyFinding("chest_pain", urgency, 0),) if urgency is not Urgency.NORMAL else ()
    verdict = RoleVerdict({0: Role.AGENT, 1: Role.CUSTOMER}, 0.9)
    return Analysis(Understanding(verdict, Intent("book_appointment", 0.8), ENGINE), findings)


def reply() -> Reply:
    """What generate_reply answers."""
    return Reply("We will ring you back.", Channel.SMS, ENGINE, "book_appointment")


def sms(transcript_id: UUID) -> Planned:
    """A reply on its way out."""
    return Planned(f"transcript:{transcript_id}:sms", EffectKind.SMS, "+15005550199", "We will ring you back.", "+15005550100")


def escalation(conversation_id: UUID) -> Planned:
    """A call for a person."""
    return Planned(f"conversation:{conversation_id}:escalation", EffectKind.ESCALATION, "+15005550177", "Please look.", "+15005550100")


def record(held: Claim, urgency: Urgency = Urgency.NORMAL, effects: tuple[Planned, ...] = (), onward: Onward | None = None) -> Claim | None:
    """Write down the result of whatever stage is held; the claim of the next one, if ``onward`` got it."""
    match held.stage:
        case Stage.TRANSCRIBE:
            return record_transcription(held, transcription(), onward)
        case Stage.CLASSIFY_SPEAKERS:
            if urgency is Urgency.EMERGENCY:
                escalate(held, "chest_pain", effects)
            return record_assessment(held, Assessment(analysis(urgency)), onward)
        case Stage.GENERATE_REPLY:
            return record_reply(held, reply(), onward)
        case Stage.PERSIST:
            publish(held, Publication(effects))
            return None


def bring_to(run_id: UUID, stage: Stage) -> None:
    """Work a fresh run off up to the start of a stage."""
    for earlier in Stage:
        if earlier is stage:
            return
        record(claim(run_id, earlier))


def run_row(run_id: UUID) -> dict[str, Any]:
    """The run as it stands."""
    return row("SELECT *, clock_timestamp() AS now FROM runs WHERE id = %s", str(run_id))


def transcript_row(transcript_id: UUID) -> dict[str, Any]:
    """The transcript as it stands."""
    return row("SELECT * FROM transcripts WHERE id = %s", str(transcript_id))


def seconds_from_now(run: dict[str, Any], column: str) -> float:
    """How far ahead a time of the run is, by the database's clock."""
    moment, now = run[column], run["now"]
    assert isinstance(moment, datetime)
    return float((moment - now).total_seconds())


def at_once(calls: Sequence[Callable[[], Seen]]) -> list[Seen]:
    """Make all the calls at the same moment, each on a thread of its own; their answers in order. Raises what a call raises."""
    barrier = threading.Barrier(len(calls))

    def wait_and(make: Callable[[], Seen]) -> Seen:
        barrier.wait(60)
        return make()

    return [future.result(60) for future in started([partial(wait_and, make) for make in calls])]


@contextmanager
def within(least_s: float, most_s: float) -> Iterator[None]:
    """Fails unless the block takes so long, whether it raises or not.

    A slow machine takes its time: ``most_s`` is far above what is expected, and at most half of what would be waited for if it broke.
    """
    began = time.monotonic()
    try:
        yield
    finally:
        assert least_s <= time.monotonic() - began <= most_s


class Slow:
    """A model that thinks for so many seconds, unless it is released."""

    vendor = None

    def __init__(self, seconds: float) -> None:
        """Thinks as long as that."""
        self._seconds = seconds
        self.release = threading.Event()

    def classify(self, *_: object) -> Understanding:
        """An answer that comes late."""
        self.release.wait(self._seconds)
        return analysis().understanding

    def basis(self, *_: object) -> Basis:
        """Of no matter here."""
        return NOTHING


def started(calls: Sequence[Callable[[], Seen]]) -> list[Future[Seen]]:
    """Start all the calls, each on a thread of its own."""
    pool = ThreadPoolExecutor(len(calls))
    futures = [pool.submit(make) for make in calls]
    pool.shutdown(wait=False)
    return futures


@contextmanager
def holding(statement: str, *parameters: object) -> Iterator[Cursor]:
    """A transaction of somebody else's that has run a statement and holds its locks until the block ends; commits then."""
    with connected(settings.current().database_url) as connection:
        connection.autocommit = False
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            yield cursor
        connection.commit()


IMPATIENT = Profile("impatient", connect_s=1, lock_ms=300, statement_ms=300)


def impatient_engine(_: Profile | None = None) -> Engine:
    """An engine that gives up at once, for tests that keep a table locked."""
    return engine(IMPATIENT)


def until_blocked(waiting: int = 1, within_s: float = 30.0) -> None:
    """Return as soon as so many of the product's connections wait for a lock."""
    query = "SELECT count(*) AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    deadline = time.monotonic() + within_s
    while row(query)["n"] < waiting:
        assert time.monotonic() < deadline, "nobody came to wait for the lock"
        time.sleep(0.01)


def whole(table: str) -> list[dict[str, Any]]:
    """Every row of a table."""
    return rows(f"SELECT * FROM {table}")  # noqa: S608 - the tests name the tables


def effect(entered: EffectRow, **changes: Any) -> Effect:
    """The effect as whoever sends it sees it."""
    told = ("id", "organization_id", "conversation_id", "target", "body", "sender", "attempts", "trace_id", "created_at")
    seen = {name: getattr(entered, name) for name in told}
    return replace(Effect(kind=EffectKind(entered.kind), lease_token=entered.id, interrupted=False, **seen), **changes)
