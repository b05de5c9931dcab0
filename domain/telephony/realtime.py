"""A talk that a model holds with a caller itself, at its vendor: what its program needs to begin one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Credentials:
    """A secret that opens talks with this prompt and these tools until it expires, and nothing else.

    It goes to the program of the organization's alone.
    """

    value: str = field(repr=False)
    expires_at: datetime
    model: str

    def told(self) -> Mapping[str, object]:
        """As it is handed from the worker to whoever asked."""
        return {"value": self.value, "expires_at": int(self.expires_at.timestamp()), "model": self.model}


def of_vendor(value: str, expires_at: int, model: str) -> Credentials:
    """What the vendor answered; ``expires_at`` in seconds since 1970."""
    return Credentials(value, datetime.fromtimestamp(expires_at, UTC), model)
