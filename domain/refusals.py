"""A delivery that was turned away: what is kept of it for whoever asks why."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was refused, and why. ``route`` is the template, never the path; ``body`` may be empty if nobody read it.

    ``url``, ``signature`` and ``signature_settings`` are what its signature was checked with, where there is one; ``hosts`` are those that
    the request itself named: a hint, and proof of nothing.
    """

    provider: str
    reason: str
    route: str
    body: bytes = field(repr=False)
    body_size: int
    trace_id: str
    content_type: str | None = None
    url: str | None = field(default=None, repr=False)
    signature: str | None = field(default=None, repr=False)
    signature_settings: str | None = None
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptRefusal:
    """A refusal as it stands in quarantine."""

    id: int
    received_at: datetime
    refusal: Refusal
