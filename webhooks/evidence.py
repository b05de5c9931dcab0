"""What a refused request was checked with, noted by its guard and kept in quarantine, for whoever asks later why it was refused."""

import re
from typing import TypedDict

from flask import g, request

URL_CHARS, HEADER_CHARS = 4_096, 512
NO_SIGNATURE = "[no signature]"
# Base64 of 20 to 64 bytes, in any of its alphabets
_SIGNATURE = re.compile(r"[\w+/=-]{26,90}", re.ASCII)
MAX_HOSTS, MAX_PORT = 4, 65_535
_HOST = re.compile(r"[A-Za-z0-9.\-]{1,253}(?::\d{1,5})?")


class Evidence(TypedDict, total=False):
    """The parts of a ``domain.refusals.Refusal`` that tell what was checked."""

    content_type: str | None
    url: str | None
    signature: str | None
    signature_settings: str | None
    hosts: tuple[str, ...]


def leave(url: str | None, signature: str | None, signature_settings: str | None) -> None:
    """Note what a refused signature was checked with. What is too long to be true is not kept: cut off, it would explain nothing."""
    g.evidence = Evidence(
        url=_bounded(url, URL_CHARS),
        signature=_signature(signature),
        signature_settings=_bounded(signature_settings, HEADER_CHARS),
        content_type=_bounded(request.headers.get("Content-Type"), HEADER_CHARS),
        hosts=_hosts(),
    )


def found() -> Evidence:
    """What was noted of the request at hand; nothing if its guard checks no signature."""
    noted: Evidence = g.get("evidence", Evidence())
    return noted


def _signature(told: str | None) -> str | None:
    # whatever else somebody writes there is theirs, and nothing to try again
    return told if told is None or _SIGNATURE.fullmatch(told) else NO_SIGNATURE


def _bounded(text: str | None, limit: int) -> str | None:
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}") if text is not None and len(text) <= limit else None


def _hosts() -> tuple[str, ...]:
    named = ",".join(request.headers.get(name, "")[:HEADER_CHARS] for name in ("Host", "X-Forwarded-Host", "X-Original-Host"))
    return tuple(dict.fromkeys(host.strip().lower() for host in named.split(",") if _is_host(host.strip())))[:MAX_HOSTS]


def _is_host(text: str) -> bool:
    return bool(_HOST.fullmatch(text)) and int(text.partition(":")[2] or 0) <= MAX_PORT
