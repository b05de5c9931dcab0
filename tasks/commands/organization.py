"""``celery -A tasks organization``: how an organization wants its callers answered."""

import json
from collections.abc import Iterator, Mapping

import click

from db import organizations
from domain.organization import Organization, Tenant
from domain.replies import takes_sms
from tasks.commands import setup
from tasks.commands.arguments import Explained, organization_option, tenant_named

UNTOLD = " (default)"


@click.command(cls=Explained)
@organization_option
@click.option("--name", help="The name that callers hear.")
@click.option("--hours", help='Opening times in your words, such as "Monday to Friday, 9:00 to 17:00"; without them no reply names any.')
@click.option("--service", "services", multiple=True, help="What callers can get; repeat it for each. Replaces the list.")
@click.option("--on-call", metavar="NUMBER", help="Who gets a message in an emergency, as +15551234567.")
@click.option("--sends-from", metavar="NUMBER", help="Your number that it comes from, where the conversation names none of yours.")
@click.option("--answer-calls-by-sms/--no-answer-calls-by-sms", "answers_calls_by_sms", default=None, help="Send callers the reply.")
@click.option("--critical/--not-critical", default=None, help="Use OPENAI_MODEL_CRITICAL.")
def organization(slug: str, name: str | None, *, critical: bool | None, **wanted: object) -> None:
    """Show an organization's settings, or change those that are given. What nobody set is marked as the default."""
    for number, option in (("on_call", "--on-call"), ("sends_from", "--sends-from")):
        if wanted[number] and not takes_sms(str(wanted[number])):
            raise click.BadParameter("must be a number such as +15551234567", param_hint=option)
    tenant = tenant_named(slug)
    changes: dict[str, object] = {key: value for key, value in wanted.items() if value not in (None, ())}
    if critical is not None:
        changes["policy"] = {"critical": critical}
    for line in _lines(tenant, *organizations.change(tenant.id, name, changes)):
        click.echo(line)


def _lines(tenant: Tenant, name: str, settings: Mapping[str, object]) -> Iterator[str]:
    known = Organization.from_settings(tenant.id, tenant.slug, name, settings)
    policy = settings.get("policy")
    is_told = {key: value not in (None, "", []) for key, value in settings.items()}
    is_told |= {"name": name != setup.NAME, "critical": isinstance(policy, Mapping) and "critical" in policy}
    effective = {
        "name": known.name,
        "hours": known.hours,
        "services": known.services,
        "on_call": known.on_call,
        "sends_from": known.sends_from,
        "answers_calls_by_sms": known.answers_calls_by_sms,
        "critical": known.is_critical,
    }
    others = {key: settings[key] for key in sorted(settings) if key not in effective and key != "policy"}
    for key, value in (effective | others).items():
        yield f"{key}: {_shown(value)}{'' if is_told.get(key) else UNTOLD}"


def _shown(value: object) -> str:
    if value in (None, "", (), []):
        return "none"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
