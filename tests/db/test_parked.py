"""What waits for a person is listed, newest first, by ids and codes only, and found by an index."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from db import parked
from db.engine import engine
from db.tables.organizations import OrganizationRow
from tests.support.factories import THEIR_NUMBER, EffectFactory, RunFactory, TranscriptFactory, now


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


@pytest.mark.parametrize(("statement", "index"), [(parked._DEAD_RUNS, "ix_runs_dead"), (parked._EFFECTS, "ix_effects_parked")])
def test_an_index_finds_them(organization: OrganizationRow, statement: str, index: str) -> None:
    with engine().begin() as connection:
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        connection.execute(text("SET LOCAL enable_bitmapscan = off"))
        plan = connection.scalars(text(f"EXPLAIN {statement}"), {"org": organization.id, "limit": 50}).all()
    assert any(f"Index Scan Backward using {index}" in line for line in plan), plan
