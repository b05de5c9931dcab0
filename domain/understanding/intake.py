"""What an organization wants to be told, as a JSON Schema: the form for a model, and which of its answers fit. Pure.

The types, formats and bounds that stand here are those that settings may have (``intake_schema.py``): what is let in is asked for.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time

TYPES: Mapping[str, tuple[type, ...]] = {"string": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,)}
# an organization that asks for more asks for a questionnaire
MAX_FIELDS, MAX_CHOICES = 20, 30
MAX_CHARS = 500

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_PHONE = re.compile(r"\+?\d{7,15}")
_SEPARATORS = re.compile(r"[\s().-]")


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to be told. ``choices`` are its only values, if there are any; ``format`` is the schema's, "" if it names none."""

    name: str
    type: str
    choices: tuple[object, ...] = ()
    format: str = ""
    about: str = ""
    limits: Mapping[str, float] = field(default_factory=dict)


def fields(schema: Mapping[str, object]) -> tuple[Field, ...]:
    """The fields of a schema, MAX_FIELDS at most; none of a schema that has no properties."""
    told = schema.get("properties")
    found = [_field(str(name), about) for name, about in told.items() if isinstance(about, Mapping)] if isinstance(told, Mapping) else []
    return tuple(one for one in found if one)[:MAX_FIELDS]


def form(schema: Mapping[str, object]) -> Mapping[str, object]:
    """The form for a model, in the strict kind of JSON Schema: every field is asked for, and null says that it was not told."""
    asked = {one.name: _asked(one) for one in fields(schema)}
    return {"type": "object", "properties": asked, "required": list(asked), "additionalProperties": False}


def accepted(schema: Mapping[str, object], values: Mapping[str, object]) -> Mapping[str, object]:
    """Every field of the schema with its value, or None where there is none that fits; names that the schema lacks are dropped."""
    return {one.name: _fitting(one, values.get(one.name)) for one in fields(schema)}


def _field(name: str, about: Mapping[str, object]) -> Field | None:
    kind, listed = about.get("type"), about.get("enum")
    if not isinstance(kind, str) or kind not in TYPES:
        return None
    choices = tuple(listed) if isinstance(listed, Sequence) and not isinstance(listed, str) else ()
    told = " ".join(str(about[key]) for key in ("title", "description") if about.get(key))
    limits = {key: float(limit) for key in LIMITS[kind] if isinstance(limit := about.get(key), int | float)}
    return Field(name, kind, choices, str(about.get("format") or ""), told, limits)


def _asked(one: Field) -> Mapping[str, object]:
    about = " ".join(part for part in (one.about, f"Format: {one.format}." if one.format else "") if part)
    return {
        "type": [one.type, "null"],
        **({"enum": [*one.choices, None]} if one.choices else {}),
        **({"description": about} if about else {}),
    }


def _fitting(one: Field, value: object) -> object:
    """The value if it fits, a text without the blanks around it and a phone number without the marks in it; else None."""
    if not isinstance(value, TYPES[one.type]) or (isinstance(value, bool) and one.type != "boolean"):
        return None
    if isinstance(value, str):
        value = _SEPARATORS.sub("", value) if one.format == "phone" else value.strip()
        fits = 0 < len(value) <= MAX_CHARS and "\0" not in value and FORMATS.get(one.format, bool)(value)
    else:
        fits = not isinstance(value, float) or math.isfinite(value)
    within = all(LIMITS[one.type][key](value, limit) for key, limit in one.limits.items())
    return value if fits and within and (not one.choices or value in one.choices) else None


def _reads(parse: Callable[[str], object]) -> Callable[[str], bool]:
    def reads(text: str) -> bool:
        try:
            parse(text)
        except ValueError:
            return False
        return True

    return reads


# how a text is written, by the schema's word for it
FORMATS: Mapping[str, Callable[[str], object]] = {
    "date": _reads(date.fromisoformat),
    "time": _reads(time.fromisoformat),
    "date-time": _reads(datetime.fromisoformat),
    "email": _EMAIL.fullmatch,
    "phone": _PHONE.fullmatch,
}
_RANGE: Mapping[str, Callable[..., bool]] = {
    "minimum": lambda value, limit: value >= limit,
    "maximum": lambda value, limit: value <= limit,
}
_LENGTH: Mapping[str, Callable[..., bool]] = {
    "minLength": lambda value, limit: len(value) >= limit,
    "maxLength": lambda value, limit: len(value) <= limit,
}
# what a value may be held to beside that, by its type
LIMITS: Mapping[str, Mapping[str, Callable[..., bool]]] = {"string": _LENGTH, "integer": _RANGE, "number": _RANGE, "boolean": {}}
