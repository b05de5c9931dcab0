"""What was written to try the safety rules with: who is in danger, and what only sounds like it (``safety_cases.json``).

``before`` was written before the rules were frozen, ``after`` behind that, ``fresh`` when what ``after`` showed was mended.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

_FILE = Path(__file__).with_suffix(".json")


class Cases(NamedTuple):
    """Texts that call a person, and texts that must not."""

    danger: tuple[str, ...]
    harmless: tuple[str, ...]


def read() -> Mapping[str, Cases]:
    """All cases, by when they were written."""
    written = json.loads(_FILE.read_text(encoding="utf-8"))
    return {when: Cases(tuple(cases["danger"]), tuple(cases["harmless"])) for when, cases in written.items()}
