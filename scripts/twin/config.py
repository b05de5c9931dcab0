"""Who may ask the twin what, and where it sends what it sends."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

# samples, good for nothing outside of the twin
ACCOUNT_SID = "AC00000000000000000000000000007717"
AUTH_TOKEN = "twin_auth_token_0000000000000000"  # noqa: S105 - a sample, see above
DEEPGRAM_KEY = "twin-deepgram-key"
OPENAI_KEY = "twin-openai-key"
PROJECT_ID = "00000000-0000-4000-8000-000000007717"


@dataclass(frozen=True, slots=True)
class Config:
    """``accounts`` maps an AccountSid to its auth token; ``ears`` holds ``<name>.wav`` beside ``<name>.json``, the document heard in it.

    ``routes`` maps a public base URL to the local one that stands for it: what is signed is the public one, what is called the local one.
    ``speed`` divides all of the twin's own delays.
    """

    accounts: Mapping[str, str] = field(default_factory=lambda: {ACCOUNT_SID: AUTH_TOKEN}, repr=False)
    deepgram_key: str = field(default=DEEPGRAM_KEY, repr=False)
    deepgram_project: str = PROJECT_ID
    openai_key: str = field(default=OPENAI_KEY, repr=False)
    ears: Path | None = None
    routes: Mapping[str, str] = field(default_factory=dict)
    speed: float = 1.0
