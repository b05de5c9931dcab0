"""``celery -A tasks organization``: how an organization wants its callers answered."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import IO

import click

from db import organization_versions
from domain.checks import is_told
from domain.organizations.organization import GENERAL, Organization, Tenant
from domain.organizations.organization_settings import Document, Kept, Settings, accepted, changed
from domain.organizations.verticals import Vertical
from tasks.commands import setup
from tasks.commands.arguments import Explained, organization_option, tenant_named, who_option

UNTOLD = " (default)"
NEWEST = 50
# options that are names inside a setting, by that setting
_INSIDE: Mapping[str, Mapping[str, str]] = {
    "persona": {"persona_name": "name", "tone": "tone", "locale": "locale"},
    "policy": {"critical": "critical", "never_promise": "never_promise"},
}


@click.command(cls=Explained)
@organization_option
@who_option
@click.option("--name", help="The name that callers hear.")
@click.option("--vertical", metavar="WORD", help=f"What kind of business it is: {', '.join(Vertical)}.")
@click.option("--hours", help='Opening times in your words, such as "Monday to Friday, 9:00 to 17:00"; without them no reply names any.')
@click.option("--service", "services", multiple=True, help="What callers can get; repeat it for each. Replaces the list.")
@click.option("--persona-name", help="The name of who speaks.")
@click.option("--tone", help='How they speak, such as "warm and brief".')
@click.option("--locale", help="The language, as a tag such as en-IN.")
@click.option("--greeting", help="What a caller hears first.")
@click.option("--goal", "goals", multiple=True, help="What a talk shall reach; repeat it for each. Replaces the list.")
@click.option("--on-call", metavar="NUMBER", help="Who gets a message in an emergency, as +15551234567.")
@click.option("--front-desk", metavar="NUMBER", help="Who takes over when a caller asks for a person.")
@click.option("--sends-from", metavar="NUMBER", help="Your number that it comes from, where the conversation names none of yours.")
@click.option(
    "--alarm-word", "alarm_words", multiple=True, help="A phrase that calls a person, beside those that always do. Replaces the list."
)
@click.option("--never-promise", multiple=True, help="Words that no reply may use. Replaces the list.")
@click.option("--answer-calls-by-sms/--no-answer-calls-by-sms", "answers_calls_by_sms", default=None, help="Send callers the reply.")
@click.option("--text-silent-callers/--no-text-silent-callers", "texts_silent_callers", default=None, help="Write to who said nothing.")
@click.option("--transcribe-live/--no-transcribe-live", "transcribes_live", default=None, help="Let Twilio transcribe while people talk.")
@click.option("--critical/--not-critical", default=None, help="Use OPENAI_MODEL_CRITICAL.")
@click.option(
    "--from", "source", type=click.File(encoding="utf-8-sig"), metavar="FILE", help="Replace all settings by a JSON file; - reads it here."
)
@click.option("--to", "target", type=click.File("w", encoding="utf-8", lazy=True), metavar="FILE", help="Write all of them; - shows them.")
@click.option("--at", "version", type=click.IntRange(1), metavar="VERSION", help="Show or write them as they were in that version.")
@click.option("--history", is_flag=True, help="Who changed them and when, the newest version first.")
def organization(
    slug: str,
    by: str,
    source: IO[str] | None,
    target: IO[str] | None,
    version: int | None,
    *,
    history: bool,
    **options: object,
) -> None:
    """Show an organization's settings, or change those that are given; "" takes one back. What nobody set is marked as the default."""
    changes = {name: value for name, value in options.items() if value not in (None, ())}
    if sum((bool(changes), source is not None, target is not None or version is not None, history)) > 1:
        raise click.UsageError("Ask for one thing at a time: change settings, --from, --to or --at, or --history.")
    tenant = tenant_named(slug)
    if history:
        for line in _history(tenant):
            click.echo(line)
        return
    kept = _kept(tenant, version)
    if source or changes:
        wanted = accepted(_read(source)) if source else changed(kept.settings.document, _document(kept.settings, changes))
        kept = organization_versions.change(tenant.id, wanted, by, {kept.version})
    click.echo(_json(kept.settings) if target else "\n".join(_lines(tenant, kept)), file=target)


def _kept(tenant: Tenant, version: int | None) -> Kept:
    kept = organization_versions.fetch(tenant.id, version)
    if kept is None:
        raise click.ClickException(f"Organization {tenant.slug!r} has no version {version}; --history lists those that there are.")
    return kept


def _read(source: IO[str]) -> Document:
    try:
        document = json.load(source)
    except json.JSONDecodeError as error:
        raise click.ClickException(f"That is no JSON: {error.msg} in line {error.lineno}, column {error.colno}.") from None
    except (ValueError, RecursionError):
        raise click.ClickException("That is no JSON of settings. `--to -` shows what it should look like.") from None
    if not isinstance(document, dict):
        raise click.ClickException("The file must hold one JSON object. `--to -` shows what it should look like.")
    return document


def _document(before: Settings, changes: Mapping[str, object]) -> Document:
    """The options as the document spells them; what stands inside a setting leaves its other values alone."""
    told = {name: [each for each in value if each] if isinstance(value, tuple) else value for name, value in changes.items()}
    for name, places in _INSIDE.items():
        inside = {place: told.pop(option) for option, place in places.items() if option in told}
        if inside:
            had = before.settings.get(name)
            told[name] = {**(had if isinstance(had, Mapping) else {"tone": had} if had else {}), **inside}
    return told


def _json(settings: Settings) -> str:
    return json.dumps(settings.document, ensure_ascii=False, indent=2)


def _history(tenant: Tenant) -> Iterator[str]:
    found = organization_versions.fetch_list(tenant.id, None, NEWEST)
    for each in found:
        yield f"{each.version}  {each.created_at:%Y-%m-%d %H:%M:%S}  by {each.changed_by}"
    if not found:
        yield "nothing was changed since versions are kept"


def _lines(tenant: Tenant, kept: Kept) -> Iterator[str]:
    name, vertical, told = kept.settings.name, kept.settings.vertical, kept.settings.settings
    known = Organization.from_settings(tenant.id, tenant.slug, name, told, vertical=vertical)
    policy = told.get("policy")
    inside = policy if isinstance(policy, Mapping) else {}
    said = {each for each, value in {**inside, **told}.items() if is_told(value)}
    said |= {each for each, is_said in (("name", name != setup.NAME), ("vertical", vertical != GENERAL), ("version", True)) if is_said}
    effective: dict[str, object] = {
        "name": known.name,
        "hours": known.hours,
        "services": known.services,
        "on_call": known.on_call,
        "sends_from": known.sends_from,
        "answers_calls_by_sms": known.answers_calls_by_sms,
        "critical": known.is_critical,
        "vertical": known.vertical,
        "persona": _persona(told.get("persona"), known),
        "greeting": known.greeting,
        "goals": known.goals,
        "front_desk": known.front_desk,
        "alarm_words": known.alarm_words,
        "never_promise": known.never_promise,
        "intents": tuple(intent.name for intent in known.intents),
        "intake": _asked_for(known.intake),
        "texts_silent_callers": known.texts_silent_callers,
        "transcribes_live": known.transcribes_live,
    }
    others = {each: told[each] for each in sorted(told) if each not in effective and each != "policy"}
    for each, value in (effective | others | {"version": str(kept.version)}).items():
        yield f"{each}: {_shown(value)}{'' if each in said else UNTOLD}"


def _persona(told: object, known: Organization) -> object:
    return told if isinstance(told, str) else {name: value for name, value in asdict(known.persona).items() if value}


def _asked_for(intake: Mapping[str, object]) -> tuple[str, ...]:
    properties = intake.get("properties")
    return tuple(properties) if isinstance(properties, Mapping) else ()


def _shown(value: object) -> str:
    if not is_told(value):
        return "none"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
