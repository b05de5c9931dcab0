"""``celery -A tasks plan``: how often an organization's keys and people may ask."""

import click

import settings
from db import organizations
from tasks.commands.arguments import Explained, organization_option, tenant_named, who_option


@click.command(cls=Explained)
@organization_option
@who_option
@click.argument("name")
def plan(slug: str, by: str, name: str) -> None:
    """Give an organization a plan: NAME is one of those that RATE_LIMITS has a figure for. Counts from the next request on."""
    tenant = tenant_named(slug)
    known = settings.current().access.rate_limits
    if name not in known:
        raise click.ClickException(f"There is no plan {name!r}, but {', '.join(sorted(known))}. RATE_LIMITS names further ones.")
    organizations.give_plan(tenant.id, name, by)
    click.echo(f"{slug}: {name}, {known[name]} requests a minute for each key and person")
