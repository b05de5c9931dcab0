"""What an organization may want to be asked for: the part of JSON Schema that a model can be held to and a person can read.

``domain/understanding/intake.py`` has the types, formats and bounds: what is let in here is asked for there.
"""

import math
import re
from collections.abc import Iterator, Mapping

from domain.checks import Fault, Rule, below, entries, is_told, list_of, one_of, record, spelled, text, that, whole
from domain.understanding.intake import FORMATS, LIMITS, MAX_CHARS, MAX_CHOICES, MAX_FIELDS, TYPES

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_LARGEST = 1e12

# math.isfinite: JSON knows no infinity, but Python's reader does
_number = that(
    lambda value: isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and abs(value) <= _LARGEST,
    "must be a number",
)
_nobody_else = that(lambda value: value is False, "must be false: nothing else is asked for")
_length = whole(0, MAX_CHARS)
_name = spelled(_NAME, "must have a name such as date_of_birth: small letters, digits and _, 40 at most")
_LIMITS: Mapping[str, Rule] = {"minLength": _length, "maxLength": _length, "minimum": _number, "maximum": _number}
_SHARED: Mapping[str, Rule] = {"type": one_of(TYPES), "title": text(80), "description": text(200)}
_OF_STRINGS: Mapping[str, Rule] = {"enum": list_of(text(80), MAX_CHOICES), "format": one_of(FORMATS)}


def _check(path: str, value: object) -> Iterator[Fault]:
    """What is wrong with a schema that shall say what to ask for: an object whose properties are plain values."""
    if isinstance(value, Mapping) and value.get("type") != "object":
        yield Fault(below(path, "type"), 'must be "object", whose properties are what to ask for')
        return
    yield from _object(path, value)
    yield from _absent(path, value)


def _property(path: str, value: object) -> Iterator[Fault]:
    kind = value.get("type") if isinstance(value, Mapping) else None
    if isinstance(kind, str) and kind in TYPES:
        yield from record({**_SHARED, **_BESIDE[kind]})(path, value)
    else:
        yield from record(_SHARED, needs=("type",))(path, {"type": kind} if isinstance(value, Mapping) else value)


# what may stand beside ``type``, by type
_BESIDE: Mapping[str, Mapping[str, Rule]] = {
    kind: {**(_OF_STRINGS if kind == "string" else {}), **{name: _LIMITS[name] for name in LIMITS[kind]}} for kind in TYPES
}
_object = record(
    {
        **_SHARED,
        "type": one_of(("object",)),
        "properties": entries(_name, _property, MAX_FIELDS),
        "required": list_of(_name, MAX_FIELDS),
        "additionalProperties": _nobody_else,
    },
    needs=("type", "properties"),
)


intake_rule = Rule(_check, ({},))


def _absent(path: str, schema: object) -> Iterator[Fault]:
    """What is required and not there to be asked for."""
    required, properties = (schema.get("required"), schema.get("properties")) if isinstance(schema, Mapping) else (None, None)
    if is_told(required) and isinstance(required, list) and isinstance(properties, Mapping):
        for place, name in enumerate(required):
            if isinstance(name, str) and name not in properties:
                yield Fault(below(below(path, "required"), place), "must be the name of one of the properties")
