"""What an organization may be told to be: one JSON document, checked before it is kept (docs/organizations.md has it for people).

``name`` and ``vertical`` stand in it beside the settings; the tenants' table keeps them in columns of their own.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from domain.checks import Fault, Rule, entries, flag, is_told, list_of, one_of, record, spelled, text, that
from domain.errors import FaultySettingsError
from domain.numbers import takes_sms
from domain.organizations.opening_hours import hours_rule
from domain.organizations.verticals import Vertical
from domain.speech import OUT_OF_SCOPE
from domain.understanding.intake_schema import intake_rule

Document = Mapping[str, object]

MAX_BYTES = 64 * 1024
# it goes to the model with each question
MAX_INTAKE_BYTES = 8 * 1024
# a document that is wrong all over is told so often, no more
MAX_FAULTS = 20

_LOCALE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?")
_INTENT = re.compile(r"[a-z][a-z0-9_]{0,39}")

_number = that(lambda value: isinstance(value, str) and takes_sms(value), "must be a number such as +15551234567", "")
_persona = record(
    {"name": text(60), "tone": text(200), "locale": spelled(_LOCALE, "must be a language tag such as en-IN")},
)
_tone = text(200)
_words_of_hours = text(300)
_intent = that(
    lambda name: isinstance(name, str) and bool(_INTENT.fullmatch(name)) and name != OUT_OF_SCOPE,
    f"must have a name such as order_status: small letters, digits and _, 40 at most, and not {OUT_OF_SCOPE}",
)


def _or_words(words: Rule, shape: Rule) -> Rule:
    """A text, or the object that says it more exactly."""
    return Rule(lambda path, value: (words if isinstance(value, str) else shape)(path, value), words.nothing)


RULES: Mapping[str, Rule] = {
    "name": text(100),
    "vertical": one_of(tuple(Vertical)),
    "hours": _or_words(_words_of_hours, hours_rule),
    "services": list_of(text(80), 50),
    "persona": _or_words(_tone, _persona),
    "greeting": text(300),
    "goals": list_of(text(200), 10),
    "on_call": _number,
    "front_desk": _number,
    "sends_from": _number,
    "alarm_words": list_of(text(60, at_least=2), 50),
    "intents": entries(_intent, list_of(text(200), 50), 100),
    "intake": intake_rule,
    "policy": record({"critical": flag, "never_promise": list_of(text(80), 50)}),
    "answers_calls_by_sms": flag,
    "texts_silent_callers": flag,
    "transcribes_live": flag,
}
WHOLE = "settings"
_shape = record(RULES, needs=("name",))


@dataclass(frozen=True, slots=True)
class Settings:
    """An organization's settings as the tenants' table keeps them."""

    name: str
    vertical: str
    settings: Document

    @property
    def document(self) -> dict[str, object]:
        """All of them in one object, as people write and read it."""
        return {"name": self.name, "vertical": self.vertical, **self.settings}


@dataclass(frozen=True, slots=True)
class Kept:
    """Settings with the version that they are."""

    version: int
    settings: Settings


@dataclass(frozen=True, slots=True)
class Version:
    """One state of an organization's settings. ``changed_by`` is who made it so, the id of an API key or a login."""

    version: int
    changed_by: str
    created_at: datetime


def accepted(document: Document) -> Settings:
    """The settings that a document wants. What says nothing (null, "", an empty list) is left out. Raises FaultySettingsError."""
    _refuse(_faults(document))
    return _settings(document)


def changed(before: Document, changes: Document) -> Settings:
    """A document with other values put over it, name by name. Raises FaultySettingsError.

    What was wrong before and stays as it was, because an earlier release let it in, keeps nobody from changing something else.
    """
    document, old = {**before, **changes}, set(_faults(before))
    _refuse(fault for fault in _faults(document) if fault.root in changes or fault not in old)
    return _settings(document)


def _settings(document: Document) -> Settings:
    told = {name: value for name, value in document.items() if is_told(value)}
    return Settings(str(told.pop("name")), str(told.pop("vertical", Vertical.GENERAL)), told)


def _faults(document: Document) -> Iterator[Fault]:
    found = list(islice(_shape("", document), MAX_FAULTS))
    yield from found or _larger_faults(document)


def _larger_faults(document: Document) -> Iterator[Fault]:
    """What can be asked of a document whose parts are well."""
    if is_told(document.get("sends_from")) and document["sends_from"] in (document.get("on_call"), document.get("front_desk")):
        yield Fault("sends_from", "must be another number than on_call and front_desk: nobody gets a message from their own")
    for path, value, most in (("intake", document.get("intake"), MAX_INTAKE_BYTES), (WHOLE, document, MAX_BYTES)):
        if len(json.dumps(value, ensure_ascii=False).encode()) > most:
            yield Fault(path, f"must be {most} bytes at most as JSON")


def _refuse(faults: Iterator[Fault]) -> None:
    told: dict[str, list[str]] = {}
    for fault in faults:
        told.setdefault(fault.path, []).append(fault.right)
    if told:
        raise FaultySettingsError(told)
