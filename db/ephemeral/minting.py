"""Hands a secret from the worker that minted it to the request that waits for it: read once, gone in seconds, written nowhere else."""

import json
from collections.abc import Mapping
from uuid import UUID

from db.ephemeral.client import key, redis

# how long an answer lies there for whoever asked; they look many times a second
ANSWER_S = 5


def wish(organization_id: UUID, request_id: UUID, within_s: int) -> None:
    """Say that somebody waits for so long. Raises EphemeralUnavailable."""
    with redis(organization_id) as held:
        held.set(key(organization_id, "wish", request_id), "1", ex=within_s)


def take_up(organization_id: UUID, request_id: UUID) -> bool:
    """Whether somebody still waits, and nobody else has taken it up. Raises EphemeralUnavailable."""
    with redis(organization_id) as held:
        return held.getdel(key(organization_id, "wish", request_id)) is not None


def hand_over(organization_id: UUID, request_id: UUID, answer: Mapping[str, object]) -> None:
    """Lay the answer down for whoever waits. Raises EphemeralUnavailable."""
    with redis(organization_id) as held:
        held.set(key(organization_id, "minted", request_id), json.dumps(dict(answer)), ex=ANSWER_S)


def receive(organization_id: UUID, request_id: UUID) -> Mapping[str, object] | None:
    """The answer, which is gone with that; None if it is not there yet. Raises EphemeralUnavailable."""
    with redis(organization_id) as held:
        found = held.getdel(key(organization_id, "minted", request_id))
    answer: Mapping[str, object] | None = json.loads(str(found)) if found is not None else None
    return answer
