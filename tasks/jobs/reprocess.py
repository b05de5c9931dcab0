"""The job ``reprocess``: what a batch of stored conversations would take; and its runs, once somebody has said yes to that."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from db import batches
from db.batches import Forecast
from domain.batches import Criterion, Order, Selection, Variant
from domain.chain import Stage
from domain.errors import PermanentError, RefusedError
from domain.jobs import Job
from domain.plans import Plan
from tasks.reprocessing.plan import Rehearsal

# what is said of a price is rounded to the sixth place
ROUNDED_USD = 0.000001


def reprocess(job: Job) -> Mapping[str, object]:
    """As ``ReprocessedV1`` (api/job_schemas.py) has it. Nobody is paid for more than was agreed to. Raises StepError, StoreUnavailable."""
    order = _order(job.request)
    plan = _planned(job, order)
    told: dict[str, object] = {"batch": None, "batch_id": None, "opened": False, "plan": _told(plan)}
    if not plan.runs or not _agreed(plan, job.request):
        return told
    try:
        batch = batches.begin(job.organization_id, order, Forecast(plan.runs, None if plan.unpriced else plan.usd), job.actor)
        for _ in batches.open_runs(job.organization_id, batch):
            pass
    except RefusedError:
        # another order has this name, or it was cancelled
        raise PermanentError("batch_refused") from None
    return told | {"batch": order.name, "batch_id": str(batch.id), "opened": True}


def _order(asked: Mapping[str, Any]) -> Order:
    selection = Selection(
        datetime.fromisoformat(asked["since"]), datetime.fromisoformat(asked["until"]), tuple(map(Criterion.read, asked["where"]))
    )
    variant = Variant(Stage(asked["from_step"]) if asked["from_step"] else None, asked["prompt"], asked["model"])
    return Order.of(selection, variant, asked["name"])


def _planned(job: Job, order: Order) -> Plan:
    rehearsal = Rehearsal(job.organization_id, order.selection, order.variant)
    for _ in rehearsal:
        pass
    return rehearsal.plan


def _agreed(plan: Plan, asked: Mapping[str, Any]) -> bool:
    """Whether it is no more than somebody said yes to; what asks nobody needs no yes."""
    if not plan.calls:
        return True
    said = asked["confirm"]
    return said is not None and _calls(plan) <= said["calls"] and plan.usd <= float(said["usd"]) + ROUNDED_USD


def _told(plan: Plan) -> Mapping[str, object]:
    return {
        "runs": plan.runs,
        "calls": _calls(plan),
        "usd": f"{plan.usd:.6f}",
        "unpriced_calls": plan.unpriced,
        "seconds": round(plan.seconds),
    }


def _calls(plan: Plan) -> int:
    return sum(plan.calls.values())
