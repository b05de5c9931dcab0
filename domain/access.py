"""Who may do what with the API: three scopes, each with all that the one below it may."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Scope(StrEnum):
    """What a key or a person may do, the narrowest first."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    def covers(self, needed: "Scope") -> bool:
        """Whether somebody with this scope may do what needs that one."""
        ranks = list(Scope)
        return ranks.index(self) >= ranks.index(needed)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: for which organization, with which rights, and ``actor`` as ``db.audits`` keeps it (the id of a key or a person)."""

    organization_id: UUID
    actor: str
    scope: Scope
