"""Each lane is swept by itself, and who has hung up or given up is in nobody's way."""

from typing import Any

import pytest
from sqlalchemy import text

from db.engine import WORK, engine
from db.plant import redo, sweep
from db.tables.runs import RunRow
from domain.chain import EffectKind, Purpose, Stage
from domain.lanes import Lane
from domain.runs import Bell, EffectBell
from tests.support import chain
from tests.support.factories import EffectFactory, RunFactory
from tests.support.stored import rows


def _take(lane: Lane) -> list[Bell]:
    with sweep.opened() as store:
        return sweep.take_due_runs(store, [(Purpose.LIVE, Stage.TRANSCRIBE, "queue", 10)], lane)


def _take_effects(lane: Lane) -> list[EffectBell]:
    with sweep.opened() as store:
        return sweep.take_due_effects(store, 5, lane)


def _run(**values: Any) -> RunRow:
    run = RunFactory.create(**values)
    rows("UPDATE runs SET next_publish_at = clock_timestamp() - interval '1 second' WHERE id = %s RETURNING id", str(run.id))
    return run


def test_each_lane_is_taken_by_itself() -> None:
    recorded, waited_for = _run(), _run(lane=Lane.URGENT)
    assert [(bell.run_id, bell.lane) for bell in _take(Lane.URGENT)] == [(waited_for.id, Lane.URGENT)]
    assert [(bell.run_id, bell.lane) for bell in _take(Lane.NORMAL)] == [(recorded.id, Lane.NORMAL)]


def test_whoever_has_heard_that_nobody_answers_is_not_in_the_way_of_who_is_on_the_line_now() -> None:
    run = _run(lane=Lane.URGENT)
    rows("UPDATE runs SET created_at = clock_timestamp() - interval '61 seconds' RETURNING id")
    [bell] = _take(Lane.URGENT)
    assert (bell.run_id, bell.lane) == (run.id, Lane.NORMAL)
    assert chain.run_row(run.id)["lane"] == "normal"


def test_what_a_person_waits_for_is_taken_by_itself() -> None:
    kinds = {kind: EffectFactory.create(kind=kind.value).id for kind in EffectKind}
    urgent = {bell.effect_id: bell.lane for bell in _take_effects(Lane.URGENT)}
    assert urgent == dict.fromkeys([kinds[EffectKind.ESCALATION], kinds[EffectKind.CALL_UPDATE]], Lane.URGENT)
    assert [(bell.effect_id, bell.lane) for bell in _take_effects(Lane.NORMAL)] == [(kinds[EffectKind.SMS], Lane.NORMAL)]


def test_calls_for_help_are_found_beside_a_great_backlog_of_messages() -> None:
    effect = EffectFactory.create()
    with engine(WORK).connect() as connection:  # and back out again
        connection.execute(text(_EFFECTS_BACKLOG), {"effect": effect.id})
        connection.execute(text("ANALYZE effects"))
        plan = "\n".join(str(line) for line in connection.execute(text(f"EXPLAIN {sweep._DUE_EFFECTS[Lane.URGENT]}"), {"room": 64}))
    assert "ix_effects_due_urgent" in plan


_WANTED = {"purposes": ["live", "reprocess"], "stages": ["transcribe"] * 2, "queues": ["speech", "batch"], "rooms": [64, 64]}


@pytest.mark.parametrize(
    ("statement", "wanted", "index"),
    [
        (sweep._LOST_RUNS, {"max_attempts": 6}, "ix_runs_tried"),
        (redo._BACK, {"at_once": 20}, "ix_runs_open_successors"),
        (sweep._DUE_RUNS[Lane.NORMAL], _WANTED, "ix_runs_due"),
        (sweep._DUE_RUNS[Lane.URGENT], _WANTED, "ix_runs_due_urgent"),
    ],
    ids=["lost", "redone", "due", "due and waited for"],
)
def test_what_a_pass_looks_for_each_time_is_found_beside_a_great_backlog(statement: str, wanted: dict[str, Any], index: str) -> None:
    run = RunFactory.create()
    with engine(WORK).connect() as connection:  # and back out again
        connection.execute(text(_RUNS_BACKLOG), {"run": run.id})
        connection.execute(text("ANALYZE runs"))
        plan = "\n".join(str(line) for line in connection.execute(text(f"EXPLAIN {statement}"), wanted))
    assert index in plan
    assert "Seq Scan on runs" not in plan


_RUNS_BACKLOG = """
INSERT INTO runs (id, organization_id, conversation_id, transcript_id, turn, purpose, stage, state, predecessor_id, next_publish_at,
    trace_id)
SELECT gen_random_uuid(), organization_id, conversation_id, transcript_id, turn, 'reprocess', 'transcribe',
    CASE WHEN n % 2 = 0 THEN 'ready' ELSE 'done' END, CASE WHEN n % 2 = 1 THEN id END, clock_timestamp() - interval '1 minute', ''
FROM runs, generate_series(1, 6000) AS n WHERE id = :run
"""
_EFFECTS_BACKLOG = """
INSERT INTO effects (id, organization_id, conversation_id, effect_key, kind, target, body, next_publish_at, trace_id)
SELECT gen_random_uuid(), organization_id, conversation_id, n::text, 'sms', '', '', clock_timestamp() - interval '1 minute', ''
FROM effects, generate_series(1, 5000) AS n WHERE id = :effect
"""
