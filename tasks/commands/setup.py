"""``celery -A tasks setup``: what every start needs and a second start must not repeat."""

from contextlib import suppress

import click

import settings
from db import organizations
from db.plant import confining, vendors
from domain.counting import counted
from domain.errors import StoreUnavailable
from domain.organizations.organization import DEFAULT_SLUG, Tenant
from domain.telephony.twilio import is_account
from tasks.commands.arguments import Explained

NAME = "Front Desk"  # callers hear it: never an account SID
# the commands that are about one organization
OF_ONE = (
    "keys, people, plan, organization, intake-url, reprocess, batches, diff, promote, undo, parked, retry, resend, settle, dismiss,"
    " reconcile, history, erase, why, replay and status"
)


@click.command(cls=Explained)
@click.option(
    "--exchange", is_flag=True, envvar="HOOKLINE_EXCHANGE_ACCOUNT", help="Give `default` the first account, even if it had another."
)
def setup(*, exchange: bool) -> None:
    """Make an organization for each Twilio account that has none, and ask all vendors anew. Safe to run at every release."""
    accounts = [account for account in settings.current_or_exit().twilio.accounts if is_account(account)]
    if exchange and accounts:
        organizations.exchange_account(DEFAULT_SLUG, accounts[0])
    for slug, account in _wanted(accounts):
        _tell(*_ensure(slug, account), account)
    _confine()
    woken = vendors.forget()
    if woken:
        click.echo(f"{counted(woken, 'run that waited for a vendor is', 'runs that waited for a vendor are')} looked at again now")


def _confine() -> None:
    # what a release needs must not fail because a table was busy, or because a host makes roles itself: the doctor says so, too
    with suppress(StoreUnavailable):
        confining.mend()


def _ensure(slug: str, account: str | None) -> tuple[Tenant, bool]:
    found = organizations.ensure(slug, NAME, account)
    if found is None and account:
        # the account was exchanged for another: its organization is another one too
        found = organizations.ensure(account.lower(), NAME, account)
    if found is None:
        raise click.ClickException(f"The slug {slug!r} belongs to another Twilio account. Rename that organization, then run setup again.")
    return found


def _tell(tenant: Tenant, created: bool, account: str | None) -> None:  # noqa: FBT001  # handed through as `ensure` returns it
    click.echo(f"organization {tenant.slug}: {'made' if created else 'there already'}")
    if tenant.slug != DEFAULT_SLUG:
        click.echo(f"deliveries of {account} go to it: add `--org {tenant.slug}` to {OF_ONE}")


def _wanted(accounts: list[str]) -> list[tuple[str, str | None]]:
    # the first account belongs to the organization that commands mean when none is named
    if not accounts:
        return [(DEFAULT_SLUG, None)]
    return [(DEFAULT_SLUG if position == 0 else account.lower(), account) for position, account in enumerate(accounts)]
