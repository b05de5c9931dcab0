"""A run and what it found as JSON that one query tells, and our records of that; asks nobody.

The fields of the records in ``db/views.py`` name the columns that are read.
"""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from db import outcomes
from db.views import AnalysisView, ReplyView, RunView, StepView, UtteranceView
from domain.chain import STAGES, RunState, Stage
from domain.progress import step_state


def columns(view: type[Any], *others: str, of: str = "") -> str:
    """The columns of a record, without those that are asked for by other words; ``of`` a table, with its dot."""
    return ", ".join(f"{of}{each.name}" for each in fields(view) if each.name not in others)


_FOUND = "organization_id = :org AND run_id = r.id"
_STEPS = f"SELECT {columns(StepView, 'state', 'price_usd')}, CAST(price_usd AS text) AS price_usd FROM run_steps WHERE {_FOUND}"
# when the sweeper looks at it again, if nothing wakes it before; a run that has ended is not looked at
_STANDING = f"""
SELECT {columns(RunView, "steps", "next_look_at")}, CASE WHEN state IN ('ready', 'waiting') THEN next_publish_at END AS next_look_at,
    COALESCE(lease_until > clock_timestamp(), false) AS leased, (SELECT json_agg(step) FROM ({_STEPS}) AS step) AS steps
FROM runs WHERE organization_id = :org AND id = r.id"""
_REPLY = f"""
SELECT {columns(ReplyView, "outcome", "outcome_reason")}, {outcomes.outcome("r.id", ":org")} AS outcome,
    {outcomes.reason("r.id", ":org")} AS outcome_reason
FROM replies WHERE {_FOUND}"""
# What is known of the run ``r`` of the organization ``:org``, as JSON; ``run_view`` and its neighbours make records of it.
RUN = f"""
(SELECT row_to_json(standing) FROM ({_STANDING}) AS standing) AS run,
(SELECT row_to_json(found) FROM (SELECT {columns(AnalysisView)} FROM analyses WHERE {_FOUND}) AS found) AS analysis,
(SELECT row_to_json(answer) FROM ({_REPLY}) AS answer) AS reply"""
SAID = f"""
(SELECT json_agg(said ORDER BY said.seq) FROM (SELECT {columns(UtteranceView)} FROM utterances WHERE {_FOUND}) AS said) AS utterances"""


def run_view(found: Mapping[str, Any]) -> RunView:
    """The run of such a row."""
    figures = {step["stage"]: step for step in found["steps"] or ()}
    standing = {"current": Stage(found["stage"]), "state": RunState(found["state"]), "leased": found["leased"]}
    plain = {name: value for name, value in found.items() if name != "leased"}
    told = plain | times(found, "created_at", "finished_at", "next_look_at") | {"id": UUID(found["id"])}
    return RunView(**told | {"steps": tuple(_step(stage, figures.get(stage), standing) for stage in STAGES)})


def analysis_view(found: Mapping[str, Any] | None) -> AnalysisView | None:
    """What the run made of it, if it has come so far."""
    return AnalysisView(**found) if found else None


def reply_view(found: Mapping[str, Any] | None) -> ReplyView | None:
    """What the run answers, if it has come so far."""
    return ReplyView(**found) if found else None


def times(found: Mapping[str, Any], *names: str) -> dict[str, datetime | None]:
    """Those of a JSON object, which has them as ISO 8601."""
    return {name: datetime.fromisoformat(found[name]) if found[name] else None for name in names}


def _step(stage: Stage, figures: Mapping[str, Any] | None, standing: Mapping[str, Any]) -> StepView:
    state = step_state(stage, **standing)
    if figures is None:
        return StepView(stage, state)
    price = {"price_usd": Decimal(figures["price_usd"]) if figures["price_usd"] is not None else None}
    told = {**figures, **times(figures, "queued_at", "started_at", "finished_at"), **price}
    return StepView(**told | {"stage": stage, "state": state})
