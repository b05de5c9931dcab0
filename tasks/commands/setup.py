"""``celery -A tasks setup``: what every start needs and a second start must not repeat."""

import click

import settings
from db import organizations
from tasks.commands.arguments import DEFAULT_SLUG


@click.command()
def setup() -> None:
    """Make an organization for each Twilio account that has none. Safe to run at every release."""
    accounts = [account for account in settings.current().twilio_accounts if account.startswith("AC")]
    for slug, account in _missing(accounts):
        tenant, created = organizations.ensure(slug, "Front Desk" if slug == DEFAULT_SLUG else slug, account)
        click.echo(f"organization {tenant.slug}: {'made' if created else 'there already'}")


def _missing(accounts: list[str]) -> list[tuple[str, str | None]]:
    # the first account belongs to the organization that commands mean when none is named
    if not accounts:
        return [(DEFAULT_SLUG, None)]
    return [(DEFAULT_SLUG if position == 0 else account.lower(), account) for position, account in enumerate(accounts)]
