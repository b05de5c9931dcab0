"""Each cause is told from its evidence, by its stable code, with the command that mends it."""

from dataclasses import replace
from uuid import UUID

import pytest

from domain.chain import EffectKind, EffectState, RunState, Stage
from domain.diagnosis.diagnose import diagnose
from domain.diagnosis.evidence import Broker, Evidence, House, VendorHealth
from domain.diagnosis.finding import Weight
from domain.diagnosis.repairs import COMMAND, command_in
from tests.support.evidence import (
    ALIVE,
    DELIVERY,
    EFFECT_ID,
    EVENT_ID,
    MENDS,
    REFUSED,
    RUN_ID,
    SET,
    SILENT,
    START,
    STEP,
    TRANSCRIPT,
    WELL,
    done,
    effect,
    house,
    of_run,
    paused,
    submitted,
    trouble,
    waiting,
)

BATCHES = House(workers=(replace(ALIVE, queues=("batch",)),), broker=Broker(depths={"speech": 64}))

CAUSES = [
    ("broker_down", of_run(house(broker=Broker(trouble("broker_unreachable")))), MENDS),
    ("redis_full", of_run(house(broker=Broker(trouble("broker_full")))), MENDS),
    ("broker_read_only", of_run(house(broker=Broker(trouble("broker_read_only")))), MENDS),
    ("database_read_only", of_run(house(database=trouble("database_read_only"))), MENDS),
    ("database_locked", of_run(house(database=trouble("database_locked")), due_s=-9.0, ring_s=9.0), MENDS),
    ("in_queue", of_run(house(database=trouble("database_locked"))), None),
    ("sweeper_stopped", of_run(house(sweepers=trouble("sweeper_blocked")), due_s=-9.0, ring_s=-9.0), MENDS),
    ("in_queue", of_run(house(sweepers=trouble("sweeper_blocked")), due_s=-9.0, ring_s=9.0), None),
    ("sweeper_stopped", of_run(due_s=-30.0, ring_s=-30.0), START),
    ("sweeper_stopped", done(effect(due_s=-30.0, ring_s=-30.0)), START),
    ("in_queue", of_run(house(broker=Broker(depths={"language": 64})), due_s=-30.0, ring_s=-30.0), None),
    ("in_queue", of_run(BATCHES, queue="batch", due_s=-30.0, ring_s=-30.0), None),
    ("sweeper_stopped", of_run(house(workers=(replace(ALIVE, seen_s=60.0, claimed_s=1.0),))), START),
    ("no_consumer", of_run(house(workers=())), START),
    ("no_consumer", of_run(house(workers=(SILENT,))), START),
    ("no_consumer", of_run(queue="batch"), f"{START} -n batch@%h -Q batch"),
    ("deaf_worker", of_run(house(workers=(replace(ALIVE, claimed_s=400.0),)), due_s=-90.0, ring_s=9.0), START),
    ("in_queue", of_run(), None),
    ("in_queue", of_run(house(broker=Broker(depths={"language": 0})), due_s=-40.0, ring_s=9.0), None),
    ("silent_worker", of_run(house(workers=(SILENT,)), lease_left_s=40.0, steps=(STEP,)), START),
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
    ("dismissed", of_run(state=RunState.DEAD, last_error="erased", settled_by="ann"), None),
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
    ("no_consumer", waiting(steps=submitted(1, 700.0), ring_s=-60.0, due_s=-60.0, house=house(workers=())), START),
    ("callbacks_refused", replace(waiting(steps=submitted(1, 20.0)), turned_away=1), f"replay {RUN_ID}"),
    (
        "callbacks_refused",
        replace(
            of_run(state=RunState.DEAD, stage=Stage.TRANSCRIBE, last_error="deepgram:callback_overdue", steps=submitted(2, 700.0)),
            turned_away=2,
        ),
        f"retry {RUN_ID}",
    ),
    ("put_off", of_run(due_s=1e9, ring_s=1e9), f"replay {RUN_ID}"),
    ("put_off", of_run(ring_s=1e9), f"replay {RUN_ID}"),
    ("put_off", waiting(steps=submitted(1, 20.0), ring_s=1e6), f"replay {RUN_ID}"),
    ("put_off", done(effect(due_s=1e9, ring_s=1e9)), f"replay {EFFECT_ID}"),
    ("earlier_turn_open", of_run(stage=Stage.GENERATE_REPLY, earlier=UUID(int=9)), f"why {UUID(int=9)}"),
    ("answered", done(effect(state=EffectState.SENT, delivery="delivered")), None),
    ("done", done(), None),
    ("vendor_setting_wrong", done(effect(due_s=20.0, last_error="twilio:no_sender", kind=EffectKind.ESCALATION)), "setup"),
    ("effect_failed", done(effect(state=EffectState.FAILED, last_error="twilio:21211")), f"resend {EFFECT_ID}"),
    ("effect_failed", done(effect(state=EffectState.FAILED, last_error="too_late", came_to_nothing=True)), f"settle {EFFECT_ID} --failed"),
    ("effect_settled", done(effect(state=EffectState.FAILED, last_error="too_late", settled_by="ann")), None),
    ("effect_unknown", done(effect(state=EffectState.UNKNOWN, last_error="outcome_unknown")), f"resend {EFFECT_ID}"),
    ("effect_undelivered", done(effect(state=EffectState.SENT, delivery="undelivered", kind=EffectKind.ESCALATION)), f"resend {EFFECT_ID}"),
    ("reply_suppressed", done(effect(state=EffectState.SUPPRESSED, last_error="opted_out")), None),
    ("reply_superseded", done(effect(state=EffectState.SUPERSEDED)), None),
    ("no_consumer", done(effect(), house=house(workers=())), START),
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
    ("run_missing", Evidence("SM1", WELL, None, None, (), (replace(DELIVERY, is_unheard=True),)), f"replay {EVENT_ID}"),
    ("refused", Evidence("SM1", WELL, refused=(REFUSED,)), "reconcile"),
    ("public_url_wrong", Evidence("SM1", WELL, refused=(replace(REFUSED, cause=SET),)), "reconcile"),
    ("not_received", Evidence("SM1", WELL), "reconcile"),
    ("public_url_wrong", Evidence("SM1", house(outside=(SET,))), "reconcile"),
    ("beat_silent", Evidence("SM1", house(outside=(trouble("beat_silent"),))), MENDS),
    ("database_read_only", Evidence("SM1", house(database=trouble("database_read_only"))), MENDS),
]


@pytest.mark.parametrize(("code", "evidence", "command"), CAUSES, ids=lambda value: value if isinstance(value, str) else "")
def test_the_cause_is_told_by_its_code_with_the_command_that_mends_it(code: str, evidence: Evidence, command: str | None) -> None:
    finding = diagnose(evidence)
    assert finding.code == code, finding.sentence
    printed = command_in(finding.fix) if finding.fix else None
    expected = command if command is None or command.startswith((START, MENDS)) else f"{COMMAND}{command}"
    assert (printed or "").startswith(expected or ""), finding.fix
    assert command is None or printed
    assert finding.weight is not Weight.BROKEN or finding.fix, "what is broken says what to do"


def test_a_message_that_somebody_has_in_hand_for_long_is_no_turn_that_is_waited_for() -> None:
    """A claim that fails leaves no row: for minutes it was said that all was well."""
    told = diagnose(of_run(house(broker=Broker(depths={"language": 0})), due_s=-40.0, ring_s=9.0))
    assert (told.code, told.weight, "raised unexpected" in (told.fix or "")) == ("in_queue", Weight.WARNING, True)


def test_a_refusal_says_what_its_signature_says() -> None:
    assert "Twilio signed https://x, you checked http://x" in diagnose(Evidence("SM1", WELL, refused=(REFUSED,))).sentence


def test_a_worker_that_was_killed_is_missed_and_not_blamed_for_not_ringing() -> None:
    for seen_s in range(16, 40):
        killed = replace(ALIVE, seen_s=float(seen_s), claimed_s=float(seen_s))
        told = diagnose(of_run(house(workers=(killed,)), due_s=1.0 - seen_s, ring_s=1.0 - seen_s))
        assert told.code in {"in_queue", "no_consumer"}, told.sentence


def test_a_worker_of_other_queues_is_named() -> None:
    other = replace(ALIVE, queues=("records",))
    told = diagnose(of_run(house(workers=(other,))))
    assert told.code == "no_consumer"
    assert f"{ALIVE.name} is there, and was started for records only" in told.sentence


def test_what_was_refused_once_and_taken_since_is_well() -> None:
    assert diagnose(replace(done(), refused=(REFUSED,))).code == "done"


def test_a_reply_that_failed_outweighs_a_run_that_went_well_and_a_dead_run_says_so_first() -> None:
    failed = effect(state=EffectState.FAILED, last_error="twilio:21211")
    assert diagnose(of_run(effects=(failed,), lease_left_s=40.0, steps=(STEP,))).code == "effect_failed"
    assert diagnose(of_run(effects=(failed,), state=RunState.DEAD, last_error="worker_lost")).code == "poison"
