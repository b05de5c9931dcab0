"""The tables, one file per subject."""

from db.tables import (
    access,
    attempts,
    audits,
    batches,
    conversations,
    effects,
    events,
    healing,
    jobs,
    opt_outs,
    organizations,
    plant,
    privacy,
    results,
    runs,
    usage,
)
from db.tables.base import Base

__all__ = [
    "Base",
    "access",
    "attempts",
    "audits",
    "batches",
    "conversations",
    "effects",
    "events",
    "healing",
    "jobs",
    "opt_outs",
    "organizations",
    "plant",
    "privacy",
    "results",
    "runs",
    "usage",
]
