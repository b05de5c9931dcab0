"""What waits for a person is listed, newest first, by ids and codes only, and found by an index."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from db import dismissals, parked, resends, retries, runs
from db.engine import engine
from db.plant import figures
from db.tables.organizations import OrganizationRow
from domain.chain import EffectState, Stage
from domain.errors import RefusedError
from tests.support import chain
from tests.support.factories import THEIR_NUMBER, EffectFactory, OrganizationFactory, RunFactory, TranscriptFactory, now
from tests.support.stored import row, rows


def _ended(organization: OrganizationRow, hours: int, **values: Any) -> dict[str, Any]:
    return {"organization_id": organization.id, "finished_at": now() - timedelta(hours=hours), **values}


def test_dead_runs_come_newest_first(organization: OrganizationRow) -> None:
    transcript = TranscriptFactory.create(organization_id=organization.id, source_ref="RE1")
    old = RunFactory.create(**_ended(organization, 2, state="dead", last_error="a", transcript_id=transcript.id))
    new = RunFactory.create(**_ended(organization, 1, state="dead", last_error="b", stage="persist", purpose="reprocess"))
    for state in ("ready", "waiting", "done"):
        RunFactory.create(organization_id=organization.id, state=state)
    RunFactory.create(state="dead", last_error="theirs", finished_at=now())
    found = parked.fetch_dead_runs(organization.id, 10)
    assert [(run.run_id, run.code, run.stage, run.purpose) for run in found] == [
        (new.id, "b", "persist", "reprocess"),
        (old.id, "a", "transcribe", "live"),
    ]
    assert (found[1].source_ref, found[1].transcript_id) == ("RE1", transcript.id)
    assert parked.fetch_dead_runs(organization.id, 1) == found[:1]


def test_effects_that_failed_or_may_have_happened_come_newest_first(organization: OrganizationRow) -> None:
    old = EffectFactory.create(**_ended(organization, 2, state="unknown", last_error="outcome_unknown"))
    new = EffectFactory.create(**_ended(organization, 1, state="failed", last_error="too_late"))
    for state in ("pending", "sending", "sent", "superseded", "suppressed"):
        EffectFactory.create(organization_id=organization.id, state=state)
    EffectFactory.create(state="failed", finished_at=now())
    found = parked.fetch_effects(organization.id, 10)
    assert [(effect.effect_id, effect.state, effect.code) for effect in found] == [
        (new.id, "failed", "too_late"),
        (old.id, "unknown", "outcome_unknown"),
    ]
    assert parked.fetch_effects(organization.id, 1) == found[:1]
    assert THEIR_NUMBER[1:] not in str(found)


def test_a_call_for_help_that_did_not_arrive_comes_before_all_else(organization: OrganizationRow) -> None:
    failed = EffectFactory.create(**_ended(organization, 1, state="failed", last_error="too_late"))
    lost = {"kind": "escalation", "state": "sent", "provider_ref": "SM1", "delivery_code": "30003"}
    undelivered = EffectFactory.create(**_ended(organization, 2, **lost, delivery="undelivered"))
    EffectFactory.create(**_ended(organization, 1, **lost | {"provider_ref": "SM2"}, delivery="delivered"))
    EffectFactory.create(**_ended(organization, 1, **lost | {"kind": "sms", "provider_ref": "SM3"}, delivery="undelivered"))
    found = parked.fetch_effects(organization.id, 10)
    assert [(effect.effect_id, effect.state, effect.code, effect.is_help) for effect in found] == [
        (undelivered.id, "undelivered", "30003", True),
        (failed.id, "failed", "too_late", False),
    ]
    dismissals.dismiss(organization.id, undelivered.id, "ann")
    assert [effect.effect_id for effect in parked.fetch_effects(organization.id, 10)] == [failed.id]


def _counted() -> tuple[int, int]:
    """What /metrics says of the same."""
    read = figures.read()
    return read.dead_runs, read.effects.get("failed", 0) + read.effects.get("unknown", 0)


def _listed(organization: OrganizationRow) -> tuple[int, int]:
    counted = len(parked.fetch_dead_runs(organization.id, 10)), len(parked.fetch_effects(organization.id, 10))
    assert _counted() == counted, "the list and the metric say the same"
    return counted


class TestWhatAPersonHasDecided:
    """It waits for nobody: neither in the list nor in the figures."""

    @pytest.fixture
    def run(self, organization: OrganizationRow) -> UUID:
        """A run that died."""
        return RunFactory.create(**_ended(organization, 1, state="dead", last_error="openai:invalid_key", stage="classify_speakers")).id

    @pytest.fixture
    def effect(self, organization: OrganizationRow) -> UUID:
        """An effect of which nobody knows whether it happened."""
        return EffectFactory.create(**_ended(organization, 1, state="unknown", last_error="outcome_unknown")).id

    @pytest.mark.parametrize(
        ("decide", "act"),
        [
            (partial(resends.enter_again, by="ann"), "effect.resend"),
            (partial(resends.settle_as_failed, by="ann"), "effect.settle"),
            (partial(resends.settle_as_sent, provider_ref="SM1", by="ann"), "effect.settle"),
            (partial(dismissals.dismiss, by="ann"), "effect.dismiss"),
        ],
        ids=["resend", "settle as failed", "settle as sent", "dismiss"],
    )
    def test_an_effect_leaves_both_and_who_decided_is_kept(
        self, organization: OrganizationRow, effect: UUID, decide: Callable[[UUID, UUID], object], act: str
    ) -> None:
        assert _listed(organization) == (0, 1)
        decide(organization.id, effect)
        assert _listed(organization) == (0, 0)
        found = row("SELECT settled_by, settled_at > clock_timestamp() - interval '1 hour' AS just FROM effects WHERE id = %s", str(effect))
        assert found == {"settled_by": "ann", "just": True}
        assert rows("SELECT actor, act, subject_id FROM audits") == [{"actor": "ann", "act": act, "subject_id": str(effect)}]

    def test_a_dismissed_run_leaves_both_and_stays_as_it_is(self, organization: OrganizationRow, run: UUID) -> None:
        before = chain.run_row(run)
        assert _listed(organization) == (1, 0)
        assert dismissals.dismiss(organization.id, run, "ann") == "run"
        assert _listed(organization) == (0, 0)
        changed = {name for name, value in chain.run_row(run).items() if value != before[name]}
        assert changed == {"settled_at", "settled_by", "now"}
        assert retries.find_dead(organization.id, None, None, None) == [], "who retries all that died does not mean it"

    def test_it_may_be_retried_and_waits_again_if_it_dies_again(self, organization: OrganizationRow, run: UUID) -> None:
        dismissals.dismiss(organization.id, run, "ann")
        retries.reopen(organization.id, run, by="ada")
        kept = rows("SELECT actor, act, reason FROM audits ORDER BY at")
        assert kept == [
            {"actor": "ann", "act": "run.dismiss", "reason": None},
            {"actor": "ada", "act": "run.retry", "reason": "classify_speakers"},
        ]
        runs.bury(chain.claim(run, Stage.CLASSIFY_SPEAKERS), "openai:invalid_key")
        assert _listed(organization) == (1, 0)

    def test_a_dismissed_effect_stays_unknown_and_may_be_sent_again(self, organization: OrganizationRow, effect: UUID) -> None:
        assert dismissals.dismiss(organization.id, effect, "ann") == "effect"
        assert resends.find(organization.id, effect) is EffectState.UNKNOWN
        resends.enter_again(organization.id, effect, "bob")
        assert row("SELECT settled_by FROM effects WHERE id = %s", str(effect)) == {"settled_by": "bob"}

    def test_what_waits_for_nobody_is_refused(self, organization: OrganizationRow, run: UUID) -> None:
        dismissals.dismiss(organization.id, run, "ann")
        with pytest.raises(RefusedError, match=r"waits for nobody since .*: ann\."):
            dismissals.dismiss(organization.id, run, "bob")
        done = RunFactory.create(organization_id=organization.id, state="done").id
        with pytest.raises(RefusedError, match="is done: it waits for nobody"):
            dismissals.dismiss(organization.id, done, "bob")

    def test_another_organizations_are_not_known(self, organization: OrganizationRow, run: UUID, effect: UUID) -> None:
        for named in (run, effect, uuid4()):
            with pytest.raises(RefusedError, match="in this organization"):
                dismissals.dismiss(OrganizationFactory.create().id, named, "bob")
        assert _listed(organization) == (1, 1)


@pytest.mark.parametrize(
    ("statement", "index"), [(parked._DEAD_RUNS, "Backward using ix_runs_dead"), (parked._EFFECTS, "using ix_effects_parked")]
)
def test_an_index_finds_them(organization: OrganizationRow, statement: str, index: str) -> None:
    with engine().begin() as connection:
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        connection.execute(text("SET LOCAL enable_bitmapscan = off"))
        plan = connection.scalars(text(f"EXPLAIN {statement}"), {"org": organization.id, "limit": 50}).all()
    assert any("Index Scan" in line and index in line for line in plan), plan
