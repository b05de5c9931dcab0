"""Rings the doorbell: builds chains by task name and publishes them. Losing a message costs a delay, never a call."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache, partial
from typing import Any
from uuid import UUID

import structlog
from celery import Signature, chain, signature
from kombu.connection import Connection

import celeryconfig
from domain import batches
from domain.chain import STAGES, TASK_NAMES, Purpose, Stage
from domain.deliveries import Stored
from domain.jobs import JobBell, JobKind
from domain.lanes import Lane
from domain.load import Load
from domain.runs import Bell, EffectBell
from tasks import app, broker, telling
from tasks.prepared import Prepared
from tasks.publisher import Publisher
from tasks.reasons import named

log = structlog.get_logger()

BATCH_QUEUE = batches.QUEUE
DELIVER = "reply.deliver"
MINT = "realtime.mint"
DELIVER_QUEUES = {Lane.URGENT: celeryconfig.DELIVER_NOW_QUEUE, Lane.NORMAL: celeryconfig.task_routes[DELIVER]["queue"]}

JOB = "job.run"
# a job waits where everything waits that needs the same scarce thing
JOB_QUEUES = {
    JobKind.CLASSIFY_INTENT: celeryconfig.task_routes[JOB]["queue"],
    JobKind.GENERATE_REPLY: celeryconfig.task_routes[JOB]["queue"],
    JobKind.TURN: celeryconfig.task_routes[JOB]["queue"],
    JobKind.TRANSCRIBE: celeryconfig.task_routes["transcript.transcribe"]["queue"],
    JobKind.REPROCESS: BATCH_QUEUE,
}

# where a message's values belong; no value of ours, and nothing of Celery's, looks like one of them
_RUN, _CONVERSATION, _TRANSCRIPT, _EFFECT, _JOB, _TRACE = (
    f"<{name}>" for name in ("run", "conversation", "transcript", "effect", "job", "trace")
)
_ORGANIZATION, _REQUEST = "<organization>", "<request>"
_TASKS = tuple(f"<task {number}>" for number in range(len(STAGES)))

_publisher = Publisher()


def queue_of(purpose: Purpose, stage: Stage, lane: Lane = Lane.NORMAL) -> str:
    """The queue that a stage of such a run waits in: a caller on the line stands behind nobody, reprocessing before nobody."""
    if purpose is Purpose.REPROCESS:
        return BATCH_QUEUE
    routes: Mapping[str, Mapping[str, str]] = celeryconfig.task_routes
    return celeryconfig.LIVE_QUEUE if lane is Lane.URGENT else routes[TASK_NAMES[stage]]["queue"]


# every kind of run with the queue that brings it
ROUTES = tuple((purpose, stage, lane, queue_of(purpose, stage, lane)) for purpose in Purpose for stage in STAGES for lane in Lane)
QUEUES = tuple(dict.fromkeys([*(queue for *_, queue in ROUTES), *DELIVER_QUEUES.values()]))


def publish_run(bell: Bell, connection: Connection | None = None) -> None:
    """Publish what is left of a run; raises what the broker raises."""
    values = {_RUN: str(bell.run_id), _CONVERSATION: str(bell.conversation_id), _TRANSCRIPT: str(bell.transcript_id), _TRACE: bell.trace_id}
    _chain_message(bell.purpose, bell.stage, bell.lane).publish(values, connection)


def publish_effect(bell: EffectBell, connection: Connection | None = None) -> None:
    """Publish the delivery of an effect; raises what the broker raises."""
    values = {_EFFECT: str(bell.effect_id), _CONVERSATION: str(bell.conversation_id), _TRACE: bell.trace_id}
    _effect_message(bell.lane).publish(values, connection)


def publish_job(bell: JobBell, connection: Connection | None = None) -> None:
    """Publish a job; raises what the broker raises."""
    _job_message(bell.kind).publish({_JOB: str(bell.job_id), _TRACE: bell.trace_id}, connection)


@cache
def _chain_message(purpose: Purpose, stage: Stage, lane: Lane) -> Prepared:
    """What is left of a run as one chain; the run id is the only argument, ids are all that the ops view shows."""
    rest = STAGES[STAGES.index(stage) :]
    shown = f"run:{_RUN} conversation:{_CONVERSATION} transcript:{_TRANSCRIPT}"
    steps = (
        signature(
            TASK_NAMES[each],
            args=(_RUN,),
            immutable=True,
            app=app,
            queue=queue_of(purpose, each, lane),
            task_id=task_id,
            argsrepr=shown,
            kwargsrepr="{}",
        )
        for each, task_id in zip(rest, _TASKS, strict=False)
    )
    whole: Signature = chain(*steps, app=app)
    whole.stamp(trace_id=_TRACE)
    marks = (_RUN, _CONVERSATION, _TRANSCRIPT, _TRACE)
    return Prepared.of(whole, queue_of(purpose, stage, lane), marks, _TASKS[: len(rest)])


@cache
def _effect_message(lane: Lane) -> Prepared:
    shown = f"effect:{_EFFECT} conversation:{_CONVERSATION}"
    [task_id, *_] = _TASKS
    queue = DELIVER_QUEUES[lane]
    ring = signature(DELIVER, args=(_EFFECT,), immutable=True, app=app, queue=queue, task_id=task_id, argsrepr=shown, kwargsrepr="{}")
    ring.stamp(trace_id=_TRACE)
    return Prepared.of(ring, queue, (_EFFECT, _CONVERSATION, _TRACE), (task_id,))


@cache
def _wish_message() -> Prepared:
    queue: str = celeryconfig.task_routes[MINT]["queue"]
    [task_id, *_] = _TASKS
    ring = signature(
        MINT,
        args=(_ORGANIZATION, _REQUEST),
        immutable=True,
        app=app,
        queue=queue,
        task_id=task_id,
        argsrepr=f"request:{_REQUEST}",
        kwargsrepr="{}",
    )
    ring.stamp(trace_id=_TRACE)
    return Prepared.of(ring, queue, (_ORGANIZATION, _REQUEST, _TRACE), (task_id,))


@cache
def _job_message(kind: JobKind) -> Prepared:
    [task_id, *_] = _TASKS
    queue, shown = JOB_QUEUES[kind], f"job:{_JOB}"
    ring = signature(JOB, args=(_JOB,), immutable=True, app=app, queue=queue, task_id=task_id, argsrepr=shown, kwargsrepr="{}")
    ring.stamp(trace_id=_TRACE)
    return Prepared.of(ring, queue, (_JOB, _TRACE), (task_id,))


def announce(stored: Stored, trace_id: str) -> None:
    """Hand a freshly stored run, and a call for help before it, to the publishing thread; never blocks, never raises.

    It may drop them: the sweeper rings again.
    """
    if stored.effect_id and stored.conversation_id:
        announce_effects([EffectBell(stored.effect_id, stored.conversation_id, trace_id, stored.effect_lane)])
    if stored.run_id is None or stored.transcript_id is None or stored.conversation_id is None:
        return
    announce_run(Bell(stored.run_id, stored.conversation_id, stored.transcript_id, Stage.TRANSCRIBE, Purpose.LIVE, trace_id, stored.lane))


def announce_run(bell: Bell) -> None:
    """Hand a run to the publishing thread, on the same terms."""
    _publisher.hand_over(partial(publish_run, bell), run=str(bell.run_id), trace_id=bell.trace_id)


def announce_effects(bells: Iterable[EffectBell]) -> None:
    """Hand fresh effects to the publishing thread, on the same terms."""
    for bell in bells:
        _publisher.hand_over(partial(publish_effect, bell), effect=str(bell.effect_id), trace_id=bell.trace_id)


def announce_done(events: Sequence[dict[str, Any]]) -> None:
    """Have the ops view told of steps that needed no message, on the same terms; nobody waits for a broker for that."""
    if events:
        _publisher.hand_over(partial(telling.done, events))


def announce_wish(organization_id: UUID, request_id: UUID, trace_id: str) -> None:
    """Ask a worker for the client secret that a request waits for, on the same terms; nobody rings for it again."""
    values = {_ORGANIZATION: str(organization_id), _REQUEST: str(request_id), _TRACE: trace_id}
    _publisher.hand_over(partial(_wish_message().publish, values), request=str(request_id), trace_id=trace_id)


def announce_job(bell: JobBell) -> None:
    """Hand a fresh job to the publishing thread, on the same terms."""
    _publisher.hand_over(partial(publish_job, bell), job=str(bell.job_id), trace_id=bell.trace_id)


def publish_from_front() -> None:
    """Give this process the front's own, impatient limits for publishing, and make the messages that it sends; create_app() calls it once.

    Whoever imports the front and forks has loaded all of Celery then: a fresh process would do so beside its first webhooks.
    """
    app.conf.update(celeryconfig.PUBLISHER)
    for lane in Lane:
        _chain_message(Purpose.LIVE, Stage.TRANSCRIBE, lane)
        _effect_message(lane)
    _wish_message()


def publish_the_rest(within_s: float) -> None:
    """Publish what waits for the publishing thread, at the end of a process; raises nothing."""
    _publisher.drain(within_s)


def broker_answers(timeout_s: float) -> bool:
    """Whether the broker can be reached within the time; for readiness, never for a webhook."""
    try:
        with _asked(timeout_s) as connection:
            broker.queue_depth(connection, celeryconfig.task_default_queue)
    except broker.errors():
        return False
    return True


def broker_load(timeout_s: float) -> Load:
    """How full the broker is, or that it says nothing within the time; for figures, never for a webhook. Raises nothing."""
    try:
        with _asked(timeout_s) as connection:
            used, at_most = broker.memory(connection)
            waiting = broker.queue_depths(connection, QUEUES)
    except broker.errors() as error:
        log.warning("broker_not_read", error=named(error))
        return Load(answers=False)
    return Load(answers=True, used_bytes=used, max_bytes=at_most, waiting=waiting)


def _asked(timeout_s: float) -> Connection:
    limits = {"socket_timeout": timeout_s, "socket_connect_timeout": timeout_s, "max_retries": 0}
    return Connection(app.conf.broker_url, connect_timeout=timeout_s, transport_options=limits)
