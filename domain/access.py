"""Who may do what with the API, and how often: three scopes, each with all that the one below it may; so many requests a minute by plan."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

# what an organization has that nobody gave another one, and what holds for a plan that has no figure
DEFAULT_PLAN = "free"


class Surface(StrEnum):
    """What a process of the web serves; health and figures always."""

    BOTH = "both"
    API = "api"
    WEBHOOKS = "webhooks"


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
    """Who asks: for which organization, with which rights, and ``actor`` as ``db.audits`` keeps it (the id of a key or a person).

    ``plan`` is the organization's, which says how often it may ask.
    """

    organization_id: UUID
    actor: str
    scope: Scope
    plan: str = DEFAULT_PLAN

    def may_give(self, scope: Scope) -> bool:
        """Whether they may make a key with this scope: nobody gives more than they have."""
        return self.scope.covers(scope)


@dataclass(frozen=True, slots=True)
class AccessSettings:
    """How often one may ask, by plan, in requests a minute; which web pages may ask; what a process of the web serves."""

    rate_limits: Mapping[str, int]
    cors_origins: tuple[str, ...]
    surface: Surface

    def rate_limit(self, plan: str) -> int:
        """How many requests a minute one key, or one person, of an organization with this plan has."""
        return self.rate_limits.get(plan, self.rate_limits[DEFAULT_PLAN])
