"""Gathers the facts of what was found: each transcript with its runs and their steps, what was sent, and what came."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from db.bodies import unpack
from db.diagnosis.search import MOST, Found
from db.engine import SWEEP, engine
from db.outage import reported
from db.plant.promises.arrival import BRINGS_WORDS
from db.resends import ANSWERED_BY, OF_A_MOMENT
from domain.chain import Purpose, Stage
from domain.diagnosis.evidence import Delivery, Effect, Run, Step, Transcript
from domain.lanes import Lane
from domain.telephony.twilio_voice import dial_status

_AGO = "EXTRACT(EPOCH FROM clock_timestamp() - {})"
_AHEAD = "EXTRACT(EPOCH FROM {} - clock_timestamp())"

# what is named alone is told of alone; a conversation stands for all that was said in it, a delivery for what it brought
_TRANSCRIPTS = """
SELECT DISTINCT t.id, t.source, t.source_ref, t.status, t.processing_status, t.status_reason, t.duration_ms, t.conversation_id,
    (SELECT c.escalation_reason FROM conversations AS c WHERE c.organization_id = :org AND c.id = t.conversation_id
        AND c.phase = 'escalation' AND t.source NOT IN ('live_turn', 'live_transcription') AND NOT EXISTS (
            SELECT FROM effects AS e
            WHERE e.organization_id = :org AND e.conversation_id = c.id AND e.kind = 'escalation')) AS called_nobody
FROM transcripts AS t WHERE t.organization_id = :org AND (
    t.id = ANY(:transcripts)
    OR t.id IN (SELECT transcript_id FROM runs WHERE organization_id = :org AND id = ANY(:runs))
    OR t.id IN (SELECT transcript_id FROM effects WHERE organization_id = :org AND id = ANY(:effects))
    OR t.id IN (SELECT transcript_id FROM webhook_events WHERE organization_id = :org AND id = ANY(:events))
    OR (:whole AND t.conversation_id = ANY(:conversations)))
ORDER BY t.id DESC LIMIT :most
"""
_RUNS = f"""
SELECT r.id, r.transcript_id, r.purpose, r.state, r.stage, r.attempts, r.waiting_for, r.last_error, r.settled_by, r.degraded, r.redo_with,
    r.lane,
    {_AHEAD.format("r.not_before")} AS due_s, {_AHEAD.format("r.next_publish_at")} AS ring_s,
    {_AHEAD.format("r.lease_until")} AS lease_left_s,
    (SELECT earlier.id FROM runs AS earlier WHERE earlier.conversation_id = r.conversation_id AND earlier.turn < r.turn
        AND earlier.purpose = 'live' AND earlier.predecessor_id IS NULL AND earlier.state IN ('ready', 'waiting') AND r.purpose = 'live'
        AND earlier.created_at > clock_timestamp() - interval '60 seconds' ORDER BY earlier.turn LIMIT 1) AS earlier
FROM runs AS r
WHERE r.organization_id = :org AND (r.id = ANY(:runs) OR (r.transcript_id = ANY(:of) AND (r.purpose = 'live' OR :reprocessed)))
ORDER BY r.id DESC LIMIT :most
"""
_STEPS = f"""
SELECT run_id, stage, attempts, worker, provider, error_code, submission, finished_at IS NOT NULL AS finished,
    EXTRACT(EPOCH FROM started_at - queued_at) AS waited_s, EXTRACT(EPOCH FROM finished_at - started_at) AS ran_s,
    {_AGO.format("started_at")} AS started_s, {_AGO.format("submitted_at")} AS submitted_s
FROM run_steps WHERE organization_id = :org AND run_id = ANY(:of) ORDER BY queued_at
"""
_EFFECTS = f"""
SELECT e.id, e.transcript_id, e.kind, e.state, e.attempts, e.last_error, e.delivery, e.delivery_code, e.worker, e.settled_by,
    {_AHEAD.format("e.not_before")} AS due_s, {_AHEAD.format("e.next_publish_at")} AS ring_s,
    {_AHEAD.format("e.lease_until")} AS lease_left_s,
    {OF_A_MOMENT} OR EXISTS ({ANSWERED_BY}) AS came_to_nothing
FROM effects AS e WHERE e.organization_id = :org AND (
    e.id = ANY(:effects) OR e.transcript_id = ANY(:of) OR (:whole AND e.conversation_id = ANY(:conversations)))
ORDER BY e.id LIMIT :most
"""
_DELIVERIES = f"""
SELECT id, provider, kind, subject, received_at, duplicate_count AS duplicates, trace_id, transcript_id,
    transcript_id IS NULL AND conversation_id IS NOT NULL AND {BRINGS_WORDS} AS is_unheard,
    CASE WHEN kind = 'dialed' THEN body END AS dialed
FROM webhook_events AS e
WHERE organization_id = :org AND (id = ANY(:events) OR transcript_id = ANY(:of) OR (:whole AND conversation_id = ANY(:conversations)))
ORDER BY received_at DESC, id DESC LIMIT :most
"""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the rows cannot say: where a stage waits, how long a claim and a callback may take, how often a stage is tried."""

    queue: Callable[[Purpose, Stage, Lane], str]
    lease_s: Callable[[Stage], float]
    effect_lease_s: float
    overdue_s: Callable[[float | None], float]
    max_attempts: int


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that was said, one run of it if there is any, and what hangs on it."""

    transcript: Transcript | None = None
    run: Run | None = None
    effects: tuple[Effect, ...] = ()
    deliveries: tuple[Delivery, ...] = ()


def gather(organization_id: UUID, found: Found, rules: Rules) -> list[Case]:
    """All cases of one moment, the newest first; one without a transcript for deliveries and effects that belong to none.

    Raises StoreUnavailable.
    """
    with reported(), engine(SWEEP).connect() as plain:
        connection = plain.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with connection.begin():
            return _gathered(connection, organization_id, found, rules)


def _gathered(connection: Connection, organization_id: UUID, found: Found, rules: Rules) -> list[Case]:
    narrow = bool(found.transcripts or found.runs or found.effects)
    parameters: dict[str, object] = {
        "org": organization_id,
        "most": MOST,
        "whole": not narrow,
        "reprocessed": not found.runs,
        **{name: list(getattr(found, name)) for name in ("events", "conversations", "transcripts", "runs", "effects")},
    }
    transcripts = connection.execute(text(_TRANSCRIPTS), parameters).all()
    parameters["of"] = [row.id for row in transcripts]
    # a run that is named is told of, and no other run of what was said
    runs = connection.execute(text(_RUNS), parameters | ({"of": []} if found.runs else {})).all()
    steps = connection.execute(text(_STEPS), parameters | {"of": [row.id for row in runs]}).all()
    effects = connection.execute(text(_EFFECTS), parameters).all()
    deliveries = connection.execute(text(_DELIVERIES), parameters).all()
    return list(_cases(transcripts, _runs(runs, steps, transcripts, rules), effects, deliveries[::-1], rules))


Rows = Iterable[Row[tuple[Any, ...]]]


def _cases(transcripts: Rows, runs: list[Run], effects: Rows, deliveries: Rows, rules: Rules) -> Iterable[Case]:
    sent, came = defaultdict(list), defaultdict(list)
    for row in effects:
        sent[row.transcript_id].append(_effect(row, rules))
    for row in deliveries:
        came[row.transcript_id].append(_delivery(row))
    for row in transcripts:
        statuses = row.status, row.processing_status, row.status_reason
        told = Transcript(row.id, row.source, row.source_ref, *statuses, called_nobody=row.called_nobody)
        left, arrived = tuple(sent.pop(row.id, ())), tuple(came.pop(row.id, ()))
        mine: list[Run | None] = [run for run in runs if run.transcript_id == row.id]
        for run in mine or [None]:
            yield Case(told, run, left, arrived)
    rest = Case(None, None, tuple(_flat(sent.values())), tuple(_flat(came.values())))
    if rest != Case():
        yield rest


def _flat(lists: Iterable[list[Any]]) -> Iterable[Any]:
    return (item for items in lists for item in items)


def _runs(rows: Rows, steps: Rows, transcripts: Rows, rules: Rules) -> list[Run]:
    durations = {row.id: row.duration_ms for row in transcripts}
    of_run = defaultdict(list)
    for row in steps:
        of_run[row.run_id].append(_step(row))
    return [
        Run(
            row.id, row.transcript_id, row.purpose, row.state, row.stage, row.attempts,
            queue=rules.queue(Purpose(row.purpose), Stage(row.stage), Lane(row.lane)),
            due_s=float(row.due_s), ring_s=float(row.ring_s), lease_s=rules.lease_s(Stage(row.stage)), max_attempts=rules.max_attempts,
            lease_left_s=_seconds(row.lease_left_s), waiting_for=row.waiting_for, last_error=row.last_error, settled_by=row.settled_by,
            degraded=row.degraded, redo_with=row.redo_with, earlier=row.earlier,
            overdue_s=rules.overdue_s(_seconds(durations.get(row.transcript_id))), steps=tuple(of_run[row.id]),
        )
        for row in rows
    ]  # fmt: skip


def _step(row: Row[tuple[Any, ...]]) -> Step:
    return Step(
        row.stage, row.attempts, row.worker, _seconds(row.waited_s), _seconds(row.ran_s), _seconds(row.started_s), row.finished,
        row.provider, row.error_code, row.submission, _seconds(row.submitted_s),
    )  # fmt: skip


def _delivery(row: Row[tuple[Any, ...]]) -> Delivery:
    told = {name: getattr(row, name) for name in Delivery.__slots__ if name != "dial"}
    return Delivery(**told, dial=dial_status(unpack(bytes(row.dialed))) if row.dialed else None)


def _effect(row: Row[tuple[Any, ...]], rules: Rules) -> Effect:
    return Effect(
        row.id, row.kind, row.state, row.attempts, float(row.due_s), float(row.ring_s), rules.effect_lease_s, _seconds(row.lease_left_s),
        row.last_error, row.delivery, row.delivery_code, row.worker, row.settled_by, bool(row.came_to_nothing),
    )  # fmt: skip


def _seconds(value: object) -> float | None:
    return None if value is None else float(str(value))
