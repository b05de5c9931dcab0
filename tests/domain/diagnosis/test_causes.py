"""Each cause is told from its evidence, by its stable code, with the command that mends it; and something is always told."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.chain import EffectKind, EffectState, Purpose, RunState, Source, Stage
from domain.diagnosis.diagnose import diagnose
from domain.diagnosis.evidence import (
    Broker,
    Delivery,
    Effect,
    Evidence,
    House,
    Refused,
    Run,
    Step,
    Transcript,
    VendorHealth,
    Worker,
)
from domain.diagnosis.finding import Weight
from domain.diagnosis.repairs import COMMAND, command_in

RUN_ID, EFFECT_ID, TRANSCRIPT_ID, EVENT_ID = (UUID(int=number) for number in (1, 2, 3, 4))
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
        **{"id": EFFECT_ID, "kind": EffectKind.SMS, "state": EffectState.PENDING, "attempts": 0, "due_s": -1.0, "lease_s": 46.0, **values}
    )


def of_run(house: House = WELL, effects: tuple[Effect, ...] = (), **values: Any) -> Evidence:
    """What is known of a run."""
    return Evidence("SM1", house, TRANSCRIPT, run(**values), effects, (DELIVERY,))


def done(*effects: Effect, house: House = WELL, **values: Any) -> Evidence:
    """What is known of a run that is done."""
    return of_run(house, effects, state=RunState.DONE, stage=Stage.PERSIST, **values)


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


CAUSES = [
    ("broker_down", of_run(house(broker=Broker("ConnectionError"))), "why"),
    ("redis_full", of_run(house(broker=Broker(takes=False))), "why"),
    ("sweeper_stopped", of_run(house(workers=(replace(ALIVE, seen_s=60.0, claimed_s=1.0),))), "worker"),
    ("no_consumer", of_run(house(workers=())), "worker"),
    ("no_consumer", of_run(house(workers=(SILENT,))), "worker"),
    ("no_consumer", of_run(queue="batch"), "worker -n batch@%h -Q batch"),
    ("deaf_worker", of_run(house(workers=(replace(ALIVE, claimed_s=400.0),)), due_s=-90.0, ring_s=-90.0), "worker"),
    ("in_queue", of_run(), None),
    ("silent_worker", of_run(house(workers=(SILENT,)), lease_left_s=40.0, steps=(STEP,)), "worker"),
    ("silent_worker", of_run(house(workers=(replace(ALIVE, name="b"),)), lease_left_s=40.0, steps=(STEP,)), f"replay {RUN_ID}"),
    ("at_work", of_run(lease_left_s=40.0, steps=(STEP,)), None),
    ("lease_stuck", of_run(lease_left_s=1_800.0, steps=(STEP,)), f"replay {RUN_ID}"),
    ("lease_stuck", of_run(lease_left_s=40.0), f"replay {RUN_ID}"),
    ("lease_stuck", of_run(lease_left_s=50.0, steps=(replace(STEP, started_s=40.0),)), f"replay {RUN_ID}"),
    ("worker_died", of_run(lease_left_s=-1.0, steps=(STEP,)), "why"),
    ("poison", of_run(state=RunState.DEAD, last_error="worker_lost", attempts=6), f"retry {RUN_ID}"),
    ("poison", of_run(state=RunState.DEAD, last_error="unexpected:KeyError"), f"retry {RUN_ID}"),
    ("run_dead", of_run(state=RunState.DEAD, last_error="twilio:recording_not_found"), f"retry {RUN_ID}"),
    ("run_dead", of_run(state=RunState.DEAD, last_error="transcription:failed"), f"retry {RUN_ID} --from transcribe"),
    ("dismissed", of_run(state=RunState.DEAD, last_error="worker_lost", settled_by="ann"), f"retry {RUN_ID}"),
    ("vendor_rate_limited", paused("openai:rate_limited"), "setup"),
    ("vendor_key_wrong", paused("openai:invalid_key"), "setup"),
    ("vendor_key_wrong", paused("deepgram:invalid_auth"), "setup"),
    ("vendor_quota_out", paused("openai:insufficient_quota"), "setup"),
    ("vendor_quota_out", paused("deepgram:payment_required"), "setup"),
    ("vendor_setting_wrong", paused("openai:wrong_base_url"), "setup"),
    ("day_limit_reached", paused("spend:day_llm_tokens"), "setup"),
    ("circuit_open", paused("openai:http_503", house=house(vendors=(VendorHealth("openai", 5, 9.0, "openai:http_503"),))), "setup"),
    ("retry_pending", paused("openai:http_503"), f"replay {RUN_ID}"),
    ("retry_pending", paused("infrastructure:OperationalError"), f"replay {RUN_ID}"),
    ("no_transcriber", waiting(waiting_for="no_transcriber"), "setup"),
    ("callback_outstanding", waiting(steps=submitted(1, 20.0)), None),
    ("callback_lost", waiting(steps=submitted(1, 700.0)), f"replay {RUN_ID}"),
    ("callback_lost", waiting(steps=submitted(2, 20.0)), f"retry {RUN_ID}"),
    ("callback_lost", of_run(state=RunState.DEAD, stage=Stage.TRANSCRIBE, last_error="deepgram:callback_overdue"), f"retry {RUN_ID}"),
    ("no_consumer", waiting(steps=submitted(1, 700.0), ring_s=-60.0, due_s=-60.0, house=house(workers=())), "worker"),
    ("earlier_turn_open", of_run(stage=Stage.GENERATE_REPLY, earlier=UUID(int=9)), f"why {UUID(int=9)}"),
    ("answered", done(effect(state=EffectState.SENT, delivery="delivered")), None),
    ("done", done(), None),
    ("effect_failed", done(effect(state=EffectState.FAILED, last_error="twilio:21211")), f"resend {EFFECT_ID}"),
    ("effect_failed", done(effect(state=EffectState.FAILED, last_error="too_late", came_to_nothing=True)), f"settle {EFFECT_ID} --failed"),
    ("effect_settled", done(effect(state=EffectState.FAILED, last_error="too_late", settled_by="ann")), None),
    ("effect_unknown", done(effect(state=EffectState.UNKNOWN, last_error="outcome_unknown")), f"resend {EFFECT_ID}"),
    ("effect_undelivered", done(effect(state=EffectState.SENT, delivery="undelivered", kind=EffectKind.ESCALATION)), f"resend {EFFECT_ID}"),
    ("reply_suppressed", done(effect(state=EffectState.SUPPRESSED, last_error="opted_out")), None),
    ("reply_superseded", done(effect(state=EffectState.SUPERSEDED)), None),
    ("no_consumer", done(effect(), house=house(workers=())), "worker"),
    ("vendor_key_wrong", done(effect(due_s=9.0, last_error="twilio:invalid_credentials")), f"setup && celery -A tasks replay {EFFECT_ID}"),
    ("silent_worker", done(effect(state=EffectState.SENDING, lease_left_s=9.0, worker="gone")), "why"),
    ("lease_stuck", done(effect(state=EffectState.SENDING, lease_left_s=999.0, worker=ALIVE.name)), f"replay {EFFECT_ID}"),
    (
        "vendor_quota_out",
        done(degraded=True, redo_with="openai", house=house(vendors=(VendorHealth("openai", 0, 9.0, "openai:insufficient_quota"),))),
        "setup",
    ),
    ("promise_broken", replace(done(), broken=("I1.event: …",)), "invariants"),
    ("run_missing", Evidence("SM1", WELL, TRANSCRIPT, None, (), (DELIVERY,)), f"replay {EVENT_ID}"),
    (
        "nothing_to_hear",
        Evidence("RE1", WELL, replace(TRANSCRIPT, status="failed", status_reason="recording_absent"), None, (), (DELIVERY,)),
        None,
    ),
    ("still_heard", Evidence("GT1", WELL, replace(TRANSCRIPT, status="processing"), None, (), (DELIVERY,)), None),
    ("noted", Evidence("CA1", WELL, None, None, (), (replace(DELIVERY, kind="call_status"),)), None),
    ("refused", Evidence("SM1", WELL, refused=(REFUSED,)), "reconcile"),
    ("not_received", Evidence("SM1", WELL), "reconcile"),
]


@pytest.mark.parametrize(("code", "evidence", "command"), CAUSES, ids=lambda value: value if isinstance(value, str) else "")
def test_the_cause_is_told_by_its_code_with_the_command_that_mends_it(code: str, evidence: Evidence, command: str | None) -> None:
    finding = diagnose(evidence)
    assert finding.code == code, finding.sentence
    printed = command_in(finding.fix) if finding.fix else None
    assert (printed or "").startswith(f"{COMMAND}{command}" if command else ""), finding.fix
    assert command is None or printed
    assert finding.weight is not Weight.BROKEN or finding.fix, "what is broken says what to do"


def test_a_refusal_says_what_its_signature_says() -> None:
    assert "Twilio signed https://x, you checked http://x" in diagnose(Evidence("SM1", WELL, refused=(REFUSED,))).sentence


def test_what_was_refused_once_and_taken_since_is_well() -> None:
    assert diagnose(replace(done(), refused=(REFUSED,))).code == "done"


def test_a_reply_that_failed_outweighs_a_run_that_went_well_and_a_dead_run_says_so_first() -> None:
    failed = effect(state=EffectState.FAILED, last_error="twilio:21211")
    assert diagnose(of_run(effects=(failed,), lease_left_s=40.0, steps=(STEP,))).code == "effect_failed"
    assert diagnose(of_run(effects=(failed,), state=RunState.DEAD, last_error="worker_lost")).code == "poison"


_seconds = st.floats(-1e6, 1e6)
_maybe_seconds = st.none() | _seconds
_codes = st.none() | st.sampled_from(["openai:rate_limited", "deepgram:down", "worker_lost", "spend:day_llm_tokens", "unexpected:X", "x"])
_steps = st.lists(
    st.builds(
        Step,
        stage=st.sampled_from(Stage),
        attempts=st.integers(0, 9),
        worker=st.none() | st.just(ALIVE.name),
        started_s=_maybe_seconds,
        finished=st.booleans(),
        submissions=st.integers(0, 4),
        submitted_s=_maybe_seconds,
    ),
    max_size=4,
).map(tuple)
_runs = st.builds(
    Run,
    id=st.just(RUN_ID),
    transcript_id=st.just(TRANSCRIPT_ID),
    purpose=st.sampled_from(Purpose),
    state=st.sampled_from(RunState),
    stage=st.sampled_from(Stage),
    attempts=st.integers(0, 9),
    queue=st.sampled_from(["speech", "batch"]),
    due_s=_seconds,
    ring_s=_seconds,
    lease_s=st.just(50.0),
    lease_left_s=_maybe_seconds,
    waiting_for=st.none() | st.just("deepgram"),
    last_error=_codes,
    degraded=st.booleans(),
    redo_with=st.none() | st.just("openai"),
    steps=_steps,
)
_effects = st.lists(
    st.builds(
        Effect,
        id=st.just(EFFECT_ID),
        kind=st.sampled_from(EffectKind),
        state=st.sampled_from(EffectState),
        attempts=st.integers(0, 9),
        due_s=_seconds,
        lease_s=st.just(46.0),
        lease_left_s=_maybe_seconds,
        last_error=_codes,
        delivery=st.none() | st.sampled_from(["delivered", "failed"]),
    ),
    max_size=3,
).map(tuple)
_houses = st.builds(
    House,
    broker=st.sampled_from([Broker(), Broker("OSError"), Broker(takes=False)]),
    workers=st.sampled_from([(), (ALIVE,), (SILENT,)]),
    vendors=st.sampled_from([(), (VendorHealth("openai", 5, 3.0, "openai:down"),)]),
)
_evidence = st.builds(
    Evidence,
    asked=st.just("SM1"),
    house=_houses,
    transcript=st.none() | st.just(TRANSCRIPT),
    run=st.none() | _runs,
    effects=_effects,
    deliveries=st.sampled_from([(), (DELIVERY,)]),
    refused=st.sampled_from([(), (REFUSED,)]),
)


@given(_evidence)
def test_whatever_is_known_something_is_told_and_what_is_broken_says_what_to_do(evidence: Evidence) -> None:
    finding = diagnose(evidence)
    assert finding.sentence.endswith((".", "http://x")), finding.sentence
    assert "None" not in finding.sentence.replace("noted", ""), finding.sentence
    assert finding.weight is not Weight.BROKEN or finding.fix
    assert all(fact and "\n" not in fact for fact in finding.evidence)
