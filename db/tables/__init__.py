"""The tables, one file per subject."""

from db.tables import access, conversations, effects, events, healing, organizations, plant, results, runs, usage
from db.tables.base import Base

__all__ = ["Base", "access", "conversations", "effects", "events", "healing", "organizations", "plant", "results", "runs", "usage"]
