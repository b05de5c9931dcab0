"""What became of each request, for those who ask by its id."""

from dataclasses import dataclass

from scripts.twin.kept import Kept


@dataclass(slots=True)
class Job:
    """One accepted request. ``code`` is its HTTP outcome, None while it is worked on; ``callback`` is without a password."""

    request_id: str
    created: str
    path: str
    model: str
    duration_s: float
    callback: str | None
    code: int | None = None


class Jobs(Kept[Job]):
    """Jobs by request id."""
