"""``celery -A tasks reconcile``: asks Twilio now what we missed, for a person after an outage."""

import re
import sys
from datetime import datetime

import click

import settings
from domain.diagnosis.vendor_codes import CODES
from domain.errors import StepError, StoreUnavailable
from domain.healing import Listed
from domain.telephony.history import Account
from tasks.commands.arguments import Explained, Instant, tenant_named
from tasks.reconciliation.listing import Tally
from tasks.reconciliation.listing import reconcile as reconciled
from tasks.reconciliation.task import ONE_BY_ONE, accounts, told

_E164 = re.compile(r"\+[1-9]\d{6,14}")


def _e164(_: click.Context, __: click.Parameter, numbers: tuple[str, ...]) -> tuple[str, ...]:
    # the number itself is never repeated: what a command prints may be kept in logs
    if not all(_E164.fullmatch(number) for number in numbers):
        raise click.BadParameter("a number is written as Twilio writes it, E.164: a plus sign and digits only")
    return numbers


@click.command(cls=Explained)
@click.option("--org", "slug", help="Slug of the organization; without it all that have a Twilio account.")
@click.option("--since", type=Instant(), help="Look back to this time, ISO 8601, UTC unless it says otherwise; never less than usual.")
@click.option("--number", "numbers", multiple=True, callback=_e164, help="This number is ours, though no webhook told us of it yet; E.164.")
def reconcile(slug: str | None, since: datetime | None, numbers: tuple[str, ...]) -> None:
    """Take in recordings, text messages, ends of calls and failed calls for help that Twilio knows of and we do not; work them off.

    Beat rings for the same every five minutes, from half an hour before the last time on. Safe to run at any time: what is here already
    is left alone, and so is what concerns a number of the account that no webhook told us of in the last 30 days: another product's. A new
    number that was first called while we were down has to be named with --number. Text messages that were written more than a day ago are
    worked off, but no longer answered.
    """
    found = _accounts(slug)
    failed = [line for account in found for what in ONE_BY_ONE if (line := _not_told(account, what))]
    failed += [line for account in found for listed in Listed if (line := _failure(account, listed, since, numbers))]
    if failed:
        raise click.ClickException("\n".join([*failed, "What was taken in stays; the rest is asked for again in five minutes, or now."]))


def _accounts(slug: str | None) -> list[Account]:
    settings.current_or_exit()
    try:
        found = accounts(tenant_named(slug).slug if slug else None)
    except StoreUnavailable as error:
        raise click.ClickException(f"The database cannot be asked ({error}): look at it, then try again.") from None
    if not found:
        advice = "set TWILIO_ACCOUNT_SID with its token, or TWILIO_ACCOUNTS, and run `celery -A tasks setup`."
        raise click.ClickException(f"There is no Twilio account to ask: {advice}")
    return found


def _not_told(account: Account, what: str) -> str | None:
    try:
        click.echo(f"{account.slug}: {told(ONE_BY_ONE[what](account), what)} taken in")
    except (StepError, StoreUnavailable) as error:
        return f"{account.slug}: the {what} could not be asked for ({error}; {CODES} says what to mend)."
    return None


def _failure(account: Account, listed: Listed, since: datetime | None, numbers: tuple[str, ...]) -> str | None:
    try:
        for tally in reconciled(account, listed, since, numbers=numbers):
            # a list is of unknown length: nobody can say how much is left
            _show(f"{account.slug}: {told(tally.listed, listed)} listed, {tally.taken_in} of {tally.missed} taken in")
    except (StepError, StoreUnavailable) as error:
        return f"{account.slug}: {listed} could not be taken in to the end ({error}; {CODES} says what to mend)."
    finally:
        _show("")
    click.echo(f"{account.slug}: {told(tally.listed, listed)} listed, {tally.taken_in} taken in{_others(tally)}")
    return (
        f"{account.slug}: {told(tally.failed, listed)} could not be taken in; the log names them (missed_event_not_taken_in)."
        if tally.failed
        else None
    )


def _show(progress: str) -> None:
    """In the place of what was shown before, and of the result in the end; in a file everything would stand twice."""
    if _is_watched():
        click.echo(f"\r\x1b[K{progress}", nl=False, err=True)


def _is_watched() -> bool:
    return sys.stderr.isatty()


def _others(tally: Tally) -> str:
    alone = f", {tally.left_alone} of numbers that we do not serve" if tally.left_alone else ""
    return alone + (f", {tally.fresh} of the last minute left to the webhook: ask again in a minute" if tally.fresh else "")
