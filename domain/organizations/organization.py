"""The tenant: who we answer for, and how they want it done. Read from the settings that ``organization_settings.py`` lets in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from domain.emergencies.numbers import region_of
from domain.organizations.opening_hours import OpeningHours
from domain.organizations.verticals import Vertical

# whoever runs the plant: its first Twilio account, and who is meant where none is named
DEFAULT_SLUG = "default"
GENERAL = Vertical.GENERAL.value
DEFAULT_LOCALE = "en-US"


@dataclass(frozen=True, slots=True)
class Persona:
    """Who speaks for the organization: a name, a tone in the organization's words, a language as BCP 47 (``en-IN``)."""

    name: str = ""
    tone: str = ""
    locale: str = DEFAULT_LOCALE


@dataclass(frozen=True, slots=True)
class OwnIntent:
    """What customers of this organization want, under its own name, with utterances that mean it."""

    name: str
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Organization:
    """One tenant.

    ``hours`` are opening times in words, "" if it told none; ``opening`` the same to reckon with, None if it told only words. Numbers are
    E.164 or None: ``on_call`` is who gets a message in an emergency, ``sends_from`` the organization's own that it comes from where the
    conversation names none, ``front_desk`` who takes over when a caller asks for a person. ``is_critical`` (``policy.critical``) asks for
    the better model; ``twilio_account`` is the AccountSid that owns its calls. ``goals`` are what a talk shall reach; ``alarm_words``
    phrases that call a person beside the rules that all organizations share; ``intake`` is a JSON Schema of what to ask for;
    ``never_promise`` words that no reply may use; ``greeting`` what a caller hears first, "" for ours. ``version`` counts the
    changes of these settings, from 1; ``region`` is that of the locale it told (``IE`` of ``en-IE``), "" if it told none.
    """

    id: UUID
    slug: str
    name: str
    hours: str
    services: tuple[str, ...] = ()
    on_call: str | None = None
    sends_from: str | None = None
    answers_calls_by_sms: bool = False
    is_critical: bool = False
    twilio_account: str | None = None
    persona: Persona = Persona()
    version: int = 1
    vertical: str = GENERAL
    goals: tuple[str, ...] = ()
    front_desk: str | None = None
    alarm_words: tuple[str, ...] = ()
    intents: tuple[OwnIntent, ...] = ()
    intake: Mapping[str, object] = field(default_factory=dict)
    never_promise: tuple[str, ...] = ()
    greeting: str = ""
    texts_silent_callers: bool = True
    transcribes_live: bool = False
    opening: OpeningHours | None = None
    region: str = ""

    @property
    def helper(self) -> str | None:
        """Whom to call when somebody needs a person (E.164): who is on call, else the front desk; None if neither is named."""
        return self.on_call or self.front_desk

    def is_helper(self, number: str | None) -> bool:
        """Whether a number is one of those that are called for help."""
        return number is not None and number in {self.on_call, self.front_desk}

    def is_open(self, at: datetime) -> bool | None:
        """Whether somebody is there at a moment, which must know its offset; None if the hours were told in words only."""
        return self.opening.is_open(at) if self.opening else None

    @classmethod
    def from_settings(
        cls, id_: UUID, slug: str, name: str, told: object, twilio_account: str | None = None, *, vertical: str = GENERAL, version: int = 1
    ) -> "Organization":
        """Read the JSON settings of the tenants' table; what is absent or makes no sense has a default that is safe to say to a caller."""
        settings = _mapping(told)
        policy, intents, intake, hours = (_mapping(settings.get(key)) for key in ("policy", "intents", "intake", "hours"))
        opening = OpeningHours.read(hours) if hours else None
        return cls(
            id=id_,
            slug=slug,
            name=name,
            hours=_hours(settings.get("hours"), opening),
            services=_texts(settings.get("services")),
            on_call=_text(settings.get("on_call")) or None,
            sends_from=_text(settings.get("sends_from")) or None,
            answers_calls_by_sms=settings.get("answers_calls_by_sms") is True,
            is_critical=policy.get("critical") is True,
            twilio_account=twilio_account,
            persona=_persona(settings.get("persona")),
            version=version,
            vertical=vertical,
            goals=_texts(settings.get("goals")),
            front_desk=_text(settings.get("front_desk")) or None,
            alarm_words=_texts(settings.get("alarm_words")),
            intents=tuple(OwnIntent(intent, _texts(examples)) for intent, examples in intents.items()),
            intake=intake,
            never_promise=_texts(policy.get("never_promise")),
            greeting=_text(settings.get("greeting")),
            texts_silent_callers=settings.get("texts_silent_callers") is not False,
            transcribes_live=settings.get("transcribes_live") is True,
            opening=opening,
            region=region_of(_text(_mapping(settings.get("persona")).get("locale"))),
        )


@dataclass(frozen=True, slots=True)
class Tenant:
    """What the front needs to know of an organization before it reads a body."""

    id: UUID
    slug: str
    intake_version: int = field(default=1)


def _persona(told: object) -> Persona:
    if isinstance(told, Mapping):
        return Persona(_text(told.get("name")), _text(told.get("tone")), _text(told.get("locale")) or DEFAULT_LOCALE)
    return Persona(tone=_text(told))


def _hours(told: object, opening: OpeningHours | None) -> str:
    if opening:
        return opening.words
    return told if isinstance(told, str) else ""


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _texts(values: object) -> tuple[str, ...]:
    return tuple(str(value) for value in values) if isinstance(values, Sequence) and not isinstance(values, str) else ()


def _text(value: object) -> str:
    return str(value) if value else ""
