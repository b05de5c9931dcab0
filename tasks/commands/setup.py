"""``celery -A tasks setup``: what every start needs and a second start must not repeat."""

import click

import settings
from db import organizations
from tasks.commands.arguments import DEFAULT_SLUG


@click.command()
def setup() -> None:
    """Make an organization for each Twilio account that has none. Safe to run at every release."""
    accounts = [account for account in settings.current().twilio_accounts if account.startswith("AC")]
    for slug, account in _wanted(accounts):
        found = organizations.ensure(slug, "Front Desk" if slug == DEFAULT_SLUG else slug, account)
        if found is None and account:
            # the account was exchanged for another: its organization is another one too
            found = organizations.ensure(account.lower(), account.lower(), account)
        if found is None:
            raise click.ClickException(
                f"The slug {slug!r} belongs to another Twilio account. Rename that organization, then run setup again."
            )
        tenant, created = found
        click.echo(f"organization {tenant.slug}: {'made' if created else 'there already'}")


def _wanted(accounts: list[str]) -> list[tuple[str, str | None]]:
    # the first account belongs to the organization that commands mean when none is named
    if not accounts:
        return [(DEFAULT_SLUG, None)]
    return [(DEFAULT_SLUG if position == 0 else account.lower(), account) for position, account in enumerate(accounts)]
