"""Settings a newcomer has not made yet: generated once, kept with the local data."""

import secrets
from collections.abc import Mapping

from scripts.stack import private_file
from scripts.stack.errors import StackError
from scripts.stack.places import Places

TWILIO = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN")


def load(places: Places, environment: Mapping[str, str]) -> dict[str, str]:
    """What ``environment`` lacks, the same on every start. Raises StackError for half of Twilio's pair."""
    kept = private_file.read(places.local_settings)
    for name, value in _invented().items():
        kept.setdefault(name, value)
    private_file.write(places.local_settings, kept)
    return {name: str(kept[name]) for name in _wanted(environment)}


def recall(places: Places, name: str) -> str | None:
    """Something kept by an earlier start."""
    return private_file.read(places.local_settings).get(name)


def keep(places: Places, **values: str) -> None:
    """Keep something for the next start."""
    private_file.write(places.local_settings, {**private_file.read(places.local_settings), **values})


def _invented() -> dict[str, str]:
    return {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "TWILIO_ACCOUNT_SID": f"AC{secrets.token_hex(16)}",
        "TWILIO_AUTH_TOKEN": secrets.token_hex(16),
        "FLOWER_BASIC_AUTH": f"hookline:{secrets.token_urlsafe(12)}",
    }


def _wanted(environment: Mapping[str, str]) -> list[str]:
    pair = [name for name in TWILIO if environment.get(name)]
    if len(pair) == 1:
        raise StackError(f"{pair[0]} is set alone: set {' and '.join(TWILIO)}, or neither.")
    return [name for name in _invented() if not environment.get(name)]
