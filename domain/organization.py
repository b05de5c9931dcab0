"""The tenant: who we answer for, and how they want it done."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

# whoever runs the plant: its first Twilio account, and who is meant where none is named
DEFAULT_SLUG = "default"


@dataclass(frozen=True, slots=True)
class Organization:
    """One tenant. ``hours`` are opening times as the organization words them, "" if it told none; ``on_call`` is E.164 or None.

    ``sends_from`` is its number that a call for help comes from where the conversation names none, E.164 or None;
    ``is_critical`` (``policy.critical``) asks for the better model; ``twilio_account`` is the AccountSid that owns its calls;
    ``persona`` is the tone of voice, in its own words.
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
    persona: str | None = None

    @classmethod
    def from_settings(
        cls, id_: UUID, slug: str, name: str, settings: Mapping[str, object], twilio_account: str | None = None
    ) -> "Organization":
        """Read the JSON settings of the tenants' table; what is absent has a default that is safe to say to a caller."""
        services = settings.get("services")
        on_call, sends_from, policy, persona = (settings.get(key) for key in ("on_call", "sends_from", "policy", "persona"))
        return cls(
            id=id_,
            slug=slug,
            name=name,
            hours=str(settings.get("hours") or ""),
            services=tuple(str(service) for service in services) if isinstance(services, list) else (),
            on_call=str(on_call) if on_call else None,
            sends_from=str(sends_from) if sends_from else None,
            answers_calls_by_sms=settings.get("answers_calls_by_sms") is True,
            is_critical=isinstance(policy, Mapping) and policy.get("critical") is True,
            twilio_account=twilio_account,
            persona=str(persona) if persona else None,
        )


@dataclass(frozen=True, slots=True)
class Tenant:
    """What the front needs to know of an organization before it reads a body."""

    id: UUID
    slug: str
    intake_version: int = field(default=1)
