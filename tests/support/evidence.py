"""What may be known of something that somebody asks about, in pieces for tests of the diagnosis."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from domain.chain import EffectKind, EffectState, Purpose, RunState, Source, Stage
from domain.diagnosis.evidence import Delivery, Effect, Evidence, House, Refused, Run, Step, Transcript, Worker
from domain.diagnosis.finding import Finding, Weight

RUN_ID, EFFECT_ID, TRANSCRIPT_ID, EVENT_ID = (UUID(int=number) for number in (1, 2, 3, 4))
START, MENDS = "env REMAP_SIGTERM=SIGQUIT celery -A tasks worker", "celery -A tasks setup"
SET = Finding("public_url_wrong", Weight.BROKEN, "Twilio calls https://x.", fix="set PUBLIC_BASE_URL=https://x and restart every process")
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
ALIVE = Worker("worker@a/1", ("speech", "language", "records", "deliver"), 0.3, 2.0)
SILENT = replace(ALIVE, seen_s=90.0, claimed_s=95.0)
WELL = House(workers=(ALIVE,))
STEP = Step(Stage.CLASSIFY_SPEAKERS, 1, ALIVE.name, 0.2, None, 3.0)
TRANSCRIPT = Transcript(TRANSCRIPT_ID, Source.SMS, "SM1", "completed", "pending")
ABSENT = replace(TRANSCRIPT, status="failed", status_reason="recording_absent")
DELIVERY = Delivery(EVENT_ID, "twilio", "sms", "SM1", NOW, 1, "trace")
REFUSED = Refused(4711, "twilio", "bad_signature", "/webhooks/twilio/sms", NOW, "Twilio signed https://x, you checked http://x")


def run(**values: Any) -> Run:
    """A run that is due, and that nobody has."""
    told = {"state": RunState.READY, "stage": Stage.CLASSIFY_SPEAKERS, "attempts": 1, "queue": "language", "due_s": -1.0, "ring_s": -1.0}
    return Run(RUN_ID, TRANSCRIPT_ID, Purpose.LIVE, **{"lease_s": 50.0, **told, **values})


def effect(**values: Any) -> Effect:
    """A reply that is due."""
    return Effect(
        **{
            "id": EFFECT_ID,
            "kind": EffectKind.SMS,
            "state": EffectState.PENDING,
            "attempts": 0,
            "due_s": -1.0,
            "ring_s": -1.0,
            "lease_s": 46.0,
            **values,
        }
    )


def of_run(house: House = WELL, effects: tuple[Effect, ...] = (), **values: Any) -> Evidence:
    """What is known of a run."""
    return Evidence("SM1", house, TRANSCRIPT, run(**values), effects, (DELIVERY,))


def done(*effects: Effect, house: House = WELL, **values: Any) -> Evidence:
    """What is known of a run that is done."""
    return of_run(house, effects, state=RunState.DONE, stage=Stage.PERSIST, **values)


def trouble(code: str) -> Finding:
    """Something that `doctor` finds, with a command that mends it."""
    return Finding(code, Weight.BROKEN, "Something is the matter.", fix=f"type: {MENDS}")


def paused(code: str, **values: Any) -> Evidence:
    """A run that waits after a try that failed so."""
    return of_run(last_error=code, due_s=30.0, ring_s=30.0, **values)


def house(**values: Any) -> House:
    """A house with a worker, in which something is the matter."""
    return replace(WELL, **values)


def waiting(**values: Any) -> Evidence:
    """A recording at Deepgram."""
    told = {
        "state": RunState.WAITING,
        "stage": Stage.TRANSCRIBE,
        "waiting_for": "deepgram",
        "due_s": 300.0,
        "ring_s": 300.0,
        "queue": "speech",
    }
    return of_run(**{**told, **values})


def submitted(times: int, ago_s: float) -> tuple[Step, ...]:
    """So often handed to Deepgram."""
    return (Step(Stage.TRANSCRIBE, 1, ALIVE.name, started_s=ago_s, submissions=times, submitted_s=ago_s),)
