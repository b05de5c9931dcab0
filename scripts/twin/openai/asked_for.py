"""What the twin's model tells of the form that an organization wants filled in: what the offline engine's rules hear in the words."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from domain.speech import RoleVerdict, Utterance
from domain.understanding import intake_words
from scripts.twin.openai.schema import Schema, resolved

# a form in strict mode has no formats of its own: ours are told in the description (domain/understanding/intake.py)
_FORMAT = re.compile(r"Format: ([\w-]+)\.")


def filled(form: Schema, root: Schema, said: Sequence[Utterance], verdict: RoleVerdict) -> Mapping[str, Any]:
    """Each field with what the customer said of it, None for what they did not."""
    asked = resolved(form, root).get("properties", {})
    fields = {name: _field(resolved(part, root)) for name, part in asked.items()}
    return intake_words.filled({"properties": fields}, intake_words.exchanges(said, verdict))


def _field(part: Schema) -> Mapping[str, Any]:
    """The field as the organization's own schema may have told it."""
    part = next((each for each in part.get("anyOf", ()) if each.get("type") != "null"), part)
    told = part.get("type")
    kind = next((each for each in told if each != "null"), "") if isinstance(told, list) else told
    named = _FORMAT.search(str(part.get("description", "")))
    choices = [each for each in part.get("enum", ()) if each is not None]
    return {"type": kind, **({"enum": choices} if choices else {}), **({"format": named[1]} if named else {})}
