"""Whether a worker gets on: only what it could have claimed for long, and did not, counts against it."""

from collections.abc import Callable, Sequence
from functools import partial
from uuid import UUID

import pytest

from db.plant import claims, effects, progress, sweep
from domain.chain import Purpose, RunState, Stage
from domain.lanes import Lane
from domain.runs import Claim
from domain.vendors import Vendor
from tests.support import chain, visits
from tests.support.factories import AnalysisFactory, EffectFactory, RunFactory, RunStepFactory, TranscriptFactory
from tests.support.plant_factories import VendorHealthFactory, WorkerFactory
from tests.support.stored import row, rows

WORKER = "worker@test"
LIVE = [(Purpose.LIVE, stage, Lane.NORMAL, Vendor.OPENAI if stage is Stage.GENERATE_REPLY else None) for stage in Stage]
LIMITS = {"idle_s": 60.0, "again_after_s": 300.0}
MINUTES_AGO = "clock_timestamp() - interval '2 minutes'"


@pytest.fixture(autouse=True)
def _worker() -> None:
    WorkerFactory.create(name=WORKER)


def _stranded(wanted: progress.Wanted = LIVE, *, delivers: Sequence[Lane] = (Lane.NORMAL,)) -> float | None:
    with sweep.opened() as store:
        return progress.stranded_s(store, WORKER, wanted, delivers=delivers, max_attempts=6, **LIMITS)


def _taken() -> bool:
    with sweep.opened() as store:
        return progress.take_restart(store, WORKER, **LIMITS)


def _due_for_long(**columns: object) -> UUID:
    """A run that anybody could have claimed for two minutes."""
    run_id: UUID = RunFactory.create(**columns).id
    _changed(run_id, f"not_before = {MINUTES_AGO}, stage_since = {MINUTES_AGO}, created_at = {MINUTES_AGO}")
    return run_id


def _changed(row_id: UUID, change: str, table: str = "runs") -> None:
    rows(f"UPDATE {table} SET {change} WHERE id = %s RETURNING id", str(row_id))  # noqa: S608 - the tests name the changes


def test_a_worker_is_stranded_when_it_claims_nothing_though_a_run_was_due_for_long() -> None:
    _due_for_long()
    assert _stranded() == pytest.approx(120, abs=30)


def test_without_due_work_it_is_idle_and_nothing_is_wrong() -> None:
    assert _stranded() is None


@pytest.mark.parametrize(
    "change",
    [
        "not_before = clock_timestamp() + interval '5 seconds', next_publish_at = clock_timestamp() + interval '5 seconds'",
        "not_before = clock_timestamp() - interval '50 seconds'",
        "stage_since = clock_timestamp() - interval '50 seconds'",
        "lease_until = clock_timestamp() + interval '5 seconds'",
        "lease_until = clock_timestamp() - interval '50 seconds'",
        "attempts = 6",
        "state = 'waiting'",
        "state = 'done'",
        "state = 'dead'",
        "purpose = 'reprocess'",
    ],
)
def test_what_it_could_not_have_claimed_for_so_long_is_not_held_against_it(change: str) -> None:
    run_id = _due_for_long()
    assert _stranded() is not None
    _changed(run_id, change)
    assert _stranded() is None


def test_work_of_another_queue_is_not_held_against_it() -> None:
    run_id = _due_for_long(stage=Stage.PERSIST.value)
    assert _stranded([(Purpose.LIVE, Stage.TRANSCRIBE, Lane.NORMAL, None)]) is None
    _changed(run_id, "stage = 'transcribe'")
    assert _stranded([(Purpose.LIVE, Stage.TRANSCRIBE, Lane.NORMAL, None)]) is not None
    assert _stranded([(Purpose.LIVE, Stage.TRANSCRIBE, Lane.URGENT, None)]) is None


def test_a_run_whose_vendor_is_down_is_due_for_nobody_but_an_urgent_one_is() -> None:
    run_id = _due_for_long(stage=Stage.GENERATE_REPLY.value)
    health = VendorHealthFactory.create(vendor=Vendor.OPENAI.value)
    opened = "UPDATE vendor_health SET open_until = clock_timestamp() + %s * interval '1 second' WHERE vendor = %s RETURNING vendor"
    rows(opened, 30, health.vendor)
    assert _stranded() is None
    rows(opened, -30, health.vendor)
    assert _stranded() is None, "the vendor came back only half a minute ago"
    rows(opened, -90, health.vendor)
    assert _stranded() is not None
    rows(opened, 30, health.vendor)
    AnalysisFactory.create(run_id=run_id, safety=[{"rule": "chest_pain", "urgency": "emergency", "utterance": 0}])
    assert _stranded() is not None


def test_a_turn_waits_for_an_earlier_one_and_has_just_become_due_when_that_has_ended() -> None:
    later = _due_for_long(stage=Stage.GENERATE_REPLY.value)
    kept = row("SELECT organization_id, conversation_id FROM runs WHERE id = %s", str(later))
    first = TranscriptFactory.create(**kept, turn=1)
    _changed(later, "turn = 2")
    rows("UPDATE transcripts SET turn = 2 WHERE id = (SELECT transcript_id FROM runs WHERE id = %s) RETURNING id", str(later))
    earlier = RunFactory.create(transcript_id=first.id, organization_id=kept["organization_id"], state=RunState.WAITING.value, turn=1)
    assert _stranded() is None
    _changed(earlier.id, "state = 'done', finished_at = clock_timestamp()")
    assert _stranded() is None
    _changed(earlier.id, f"finished_at = {MINUTES_AGO}")
    assert _stranded() is not None


def test_an_effect_counts_for_whoever_delivers() -> None:
    effect_id = EffectFactory.create().id
    assert _stranded() is None
    _changed(effect_id, f"not_before = {MINUTES_AGO}", "effects")
    assert _stranded() is not None
    assert _stranded(delivers=[]) is None


@pytest.mark.parametrize(("column", "least_s"), [("last_claim_at", 60), ("restarted_at", 300)])
def test_who_claimed_or_restarted_lately_is_not_stranded(column: str, least_s: int) -> None:
    _due_for_long()
    moved = f"UPDATE workers SET {column} = clock_timestamp() - %s * interval '1 second' RETURNING name"  # noqa: S608 - see above
    rows(moved, least_s - 10)
    assert (_stranded(), _taken()) == (None, False)
    rows(moved, least_s + 10)
    assert (_stranded() is not None, _taken()) == (True, True)


def test_a_restart_is_taken_once() -> None:
    assert sorted(chain.at_once([_taken] * 4)) == [False, False, False, True]
    assert not _taken()


@pytest.mark.parametrize("holder", [WORKER, "other@test"])
def test_a_worker_that_holds_a_lease_is_busy(holder: str) -> None:
    run_id = RunFactory.create(lease_until=None).id
    RunStepFactory.create(run_id=run_id, worker=holder)
    _changed(run_id, "lease_until = clock_timestamp() + interval '1 minute'")
    assert _taken() is (holder != WORKER)


def test_a_worker_that_sends_is_busy() -> None:
    effect_id = EffectFactory.create().id
    assert effects.claim(effect_id, lease_s=30, worker=WORKER)
    rows("UPDATE workers SET last_claim_at = NULL RETURNING name")
    assert not _taken()
    assert effects.claim(EffectFactory.create().id, lease_s=30, worker="other@test")


def _claim_run() -> object:
    return claims.claim(RunFactory.create().id, Stage.TRANSCRIBE, lease_s=30, max_attempts=6, worker=WORKER)


def _claim_effect() -> object:
    return effects.claim(EffectFactory.create().id, lease_s=30, worker=WORKER)


@pytest.mark.parametrize("claim", [_claim_run, _claim_effect])
def test_a_claim_says_so_in_the_workers_row_at_most_every_five_seconds(claim: Callable[[], object]) -> None:
    assert claim()
    first = row("SELECT last_claim_at FROM workers")["last_claim_at"]
    assert first is not None
    assert claim()
    assert row("SELECT last_claim_at FROM workers")["last_claim_at"] == first
    rows("UPDATE workers SET last_claim_at = clock_timestamp() - interval '6 seconds' RETURNING name")
    assert claim()
    assert row("SELECT last_claim_at FROM workers")["last_claim_at"] > first


def test_whoever_is_refused_has_not_claimed() -> None:
    run_id = RunFactory.create(state=RunState.DONE.value).id
    claims.claim(run_id, Stage.TRANSCRIBE, lease_s=30, max_attempts=6, worker=WORKER)
    assert row("SELECT last_claim_at FROM workers")["last_claim_at"] is None


def test_no_claim_waits_for_the_workers_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("db.driver.engine", chain.impatient_engine)
    with chain.holding("UPDATE workers SET seen_at = clock_timestamp()"):
        assert isinstance(_claim_run(), Claim)
        assert _claim_effect()


def test_a_claim_is_one_round_trip() -> None:
    first, second = RunFactory.create().id, RunFactory.create().id
    claims.claim(first, Stage.TRANSCRIBE, lease_s=30, max_attempts=6, worker=WORKER)
    with visits.counted() as seen:
        assert isinstance(claims.claim(second, Stage.TRANSCRIBE, lease_s=30, max_attempts=6, worker=WORKER), Claim)
    assert len(seen) == 1


def _hand_back() -> list[UUID]:
    with sweep.opened() as store:
        return progress.hand_back(store, WORKER)


def test_what_a_worker_hands_back_is_due_at_once_and_has_not_been_tried() -> None:
    mine, others = RunFactory.create().id, RunFactory.create().id
    held = claims.claim(mine, Stage.TRANSCRIBE, lease_s=30, max_attempts=6, worker=WORKER)
    claims.claim(others, Stage.TRANSCRIBE, lease_s=30, max_attempts=6, worker="other@test")
    assert isinstance(held, Claim)
    assert _hand_back() == [mine]
    assert row("SELECT attempts, lease_until FROM runs WHERE id = %s", str(mine)) == {"attempts": 0, "lease_until": None}
    assert row("SELECT attempts FROM run_steps WHERE run_id = %s", str(mine))["attempts"] == 0
    assert isinstance(claims.claim(mine, Stage.TRANSCRIBE, lease_s=30, max_attempts=6, worker="next@test"), Claim)
    assert _hand_back() == []


def test_an_effect_that_was_being_sent_keeps_its_lease() -> None:
    assert _claim_effect()
    assert _hand_back() == []
    assert row("SELECT lease_until > clock_timestamp() AS held FROM effects")["held"]


def test_two_who_hand_back_at_once_hand_back_once() -> None:
    claims.claim(RunFactory.create().id, Stage.TRANSCRIBE, lease_s=30, max_attempts=6, worker=WORKER)
    assert sorted(len(found) for found in chain.at_once([partial(_hand_back)] * 3)) == [0, 0, 1]
