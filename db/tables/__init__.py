"""The tables, one file per subject."""

from db.tables import access, audits, batches, conversations, effects, events, healing, opt_outs, organizations, plant, results, runs, usage
from db.tables.base import Base

__all__ = [
    "Base",
    "access",
    "audits",
    "batches",
    "conversations",
    "effects",
    "events",
    "healing",
    "opt_outs",
    "organizations",
    "plant",
    "results",
    "runs",
    "usage",
]
