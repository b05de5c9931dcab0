"""The error that turns a delivery away, and what is known about it at that moment."""

from domain.errors import HooklineError


class Refused(HooklineError):  # noqa: N818 - it is an answer, not a fault
    """Answer with ``status``; keep a sample under ``code``. ``errors`` names the fields that were wrong, never their values."""

    def __init__(self, status: int, code: str, detail: str, errors: dict[str, list[str]] | None = None) -> None:
        """Keep what the answer and the sample need."""
        super().__init__(code)
        self.status, self.code, self.detail, self.errors = status, code, detail, errors
