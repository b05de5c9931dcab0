"""Batches as tests make them."""

from datetime import datetime
from uuid import UUID

from db import batches
from db.batches import Forecast
from domain.batches import Batch, Criterion, Order, Selection, Variant


def begun(
    organization_id: UUID, since: datetime, until: datetime, *where: str, name: str = "test", variant: Variant | None = None
) -> Batch:
    """A batch without runs yet."""
    chosen = Selection(since, until, tuple(Criterion.read(one) for one in where))
    return batches.begin(organization_id, Order.of(chosen, variant or Variant(), name), Forecast(0, None), "somebody")


def opened(organization_id: UUID, since: datetime, until: datetime) -> list[int]:
    """Runs for all that was received in that time; the sizes of the chunks in which they were opened."""
    return list(batches.open_runs(organization_id, begun(organization_id, since, until)))
