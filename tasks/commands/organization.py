"""``celery -A tasks organization``: how an organization wants its callers answered."""

from collections.abc import Mapping

import click

from db import organizations
from domain.replies import takes_sms
from tasks.commands.arguments import organization_option, tenant_named


@click.command()
@organization_option
@click.option("--name", help="The name that callers hear.")
@click.option("--hours", help='Opening times in your words, such as "Monday to Friday, 9:00 to 17:00".')
@click.option("--service", "services", multiple=True, help="What callers can get; repeat it for each. Replaces the list.")
@click.option("--on-call", metavar="NUMBER", help="Who gets a message in an emergency, as +15551234567.")
@click.option("--answer-calls-by-sms/--no-answer-calls-by-sms", "answers_calls_by_sms", default=None, help="Send callers the reply.")
@click.option("--critical/--not-critical", default=None, help="Use OPENAI_MODEL_CRITICAL.")
def organization(slug: str, name: str | None, *, critical: bool | None, **wanted: object) -> None:
    """Show an organization's settings, or change those that are given."""
    if wanted["on_call"] and not takes_sms(str(wanted["on_call"])):
        raise click.BadParameter("must be a number such as +15551234567", param_hint="--on-call")
    tenant = tenant_named(slug)
    changes: dict[str, object] = {key: value for key, value in wanted.items() if value not in (None, ())}
    if critical is not None:
        changes["policy"] = {"critical": critical}
    _tell(*organizations.change(tenant.id, name, changes))


def _tell(name: str, settings: Mapping[str, object]) -> None:
    click.echo(f"name: {name}")
    for key, value in sorted(settings.items()):
        click.echo(f"{key}: {value}")
