"""Reads /v1 until everything that was posted is worked off."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import requests

from scripts.demo.vendors import Posted
from scripts.stack import console, interruption
from scripts.stack.card import Card
from scripts.stack.errors import StackError

TIMEOUT_S = 60.0
POLL_S = 0.1
FINISHED = {"completed", "failed"}
Transcript = Mapping[str, Any]


def until_finished(posted: Sequence[Posted], card: Card) -> dict[str, Transcript]:
    """The transcript of each, by its reference; after TIMEOUT_S as it stands then, and what the API does not know is missing."""
    begin = time.monotonic()
    seen: dict[str, Transcript] = {}
    waiting = list(posted)
    with authorized(card) as session:
        while waiting and time.monotonic() - begin < TIMEOUT_S:
            for one in [one for one in waiting if is_finished(look(session, card, one.call.ref, seen))]:
                waiting.remove(one)
                console.done(one.call.title, f"worked off after {time.monotonic() - begin:.1f} s")
            console.working(f"{len(posted) - len(waiting)} of {len(posted)} worked off, {time.monotonic() - begin:.0f} s")
            interruption.pause(POLL_S)
    return seen


def authorized(card: Card) -> requests.Session:
    """A session that may read /v1."""
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {card.api_key}"
    return session


def look(session: requests.Session, card: Card, ref: str, seen: dict[str, Transcript]) -> Transcript:
    """The transcript with this reference as it is now, empty if the API does not know it; kept in ``seen``."""
    if ref not in seen:
        found = _get(session, f"{card.web_url}/v1/transcripts", source_ref=ref)["items"]
        if not found:
            return {}
        seen[ref] = found[0]
    seen[ref] = _get(session, f"{card.web_url}/v1/transcripts/{seen[ref]['id']}")
    return seen[ref]


def fetch_call(session: requests.Session, card: Card, call_sid: str) -> Mapping[str, Any]:
    """A live call as it is now, empty if the API does not know it."""
    found = session.get(f"{card.web_url}/v1/calls/{call_sid}", timeout=10)
    return found.json() if found.ok else {}


def _get(session: requests.Session, url: str, **query: str) -> dict[str, Any]:
    try:
        answer = session.get(url, params=query, timeout=10)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
    except requests.RequestException as error:
        raise StackError(f"The API did not answer {url}: {error}\nSee .run/logs/web.log.") from error
    return found


def is_finished(transcript: Transcript) -> bool:
    """Whether nothing is left to be done on it but to deliver."""
    # the run ends in the same commit as the processing status, so its steps are complete then
    return transcript.get("processing_status") in FINISHED
