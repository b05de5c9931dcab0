"""Reads the corpora: one call or one sentence per line of JSON."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domain.speech import OUT_OF_SCOPE


@dataclass(frozen=True, slots=True)
class Turn:
    """What one speaker said, and which role the corpus says they have."""

    speaker: int
    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """One conversation."""

    call_id: str
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One thing a customer may say, and what they want."""

    text: str
    intent: str


def calls(path: Path, limit: int | None = None) -> list[Call]:
    """The calls of a corpus in which both roles speak."""
    found = [
        Call(row["call_id"], tuple(Turn(turn["speaker"], turn["role"], turn["text"]) for turn in row["turns"]))
        for row in _rows(path, limit)
    ]
    return [call for call in found if {turn.role for turn in call.turns} == {"agent", "customer"}]


def sentences(path: Path) -> list[Sentence]:
    """The sentences of an intent corpus."""
    return [Sentence(row["text"], row["intent"]) for row in _rows(path, None)]


def in_part(path: Path, part: str) -> list[Sentence]:
    """The sentences of clinc150's train or validation part, with those of its out-of-scope part; these have our name for it."""
    return [
        Sentence(row["text"], OUT_OF_SCOPE if row["intent"] == "oos" else row["intent"])
        for row in _rows(path, None)
        if row["part"] in (part, f"oos_{part}")
    ]


def facts(path: Path, ids: Sequence[str] | None = None) -> dict[str, object]:
    """What a manifest says of an input file; ``ids`` is which calls of it were used."""
    said: dict[str, object] = {"file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    return said if ids is None else said | {"calls": len(ids), "call_ids": sorted(ids)}


def _rows(path: Path, limit: int | None) -> list[dict[str, Any]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines[:limit]]
