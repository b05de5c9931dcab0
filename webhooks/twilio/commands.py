"""``celery -A tasks explain-signature``: why a signature of Twilio's was refused, computed when somebody asks."""

from datetime import UTC

import click

import settings
from db import quarantine
from domain.errors import StoreUnavailable
from domain.refusals import KeptRefusal
from domain.telephony.twilio import PROVIDER
from webhooks.twilio.explainer import explain

LISTED = 20


@click.command(name="explain-signature")
@click.argument("number", type=int, metavar="[ID]", required=False)
@click.option("--list", "lists", is_flag=True, help=f"Show the last {LISTED} refused requests, the newest first.")
@click.option("--token", "asks_for_token", is_flag=True, help="Ask for one more token to try, such as the one in Twilio's console.")
def explain_signature(number: int | None, *, lists: bool, asks_for_token: bool) -> None:
    """Say why Twilio's signature on a refused request did not fit: the one with this ID, or the newest.

    Address, port, path, query, body, token and algorithm are varied until one combination fits. Nothing is accepted for it.
    """
    accounts = settings.current_or_exit().twilio.accounts
    try:
        found = _found(LISTED, None) if lists else _found(1, number)
    except StoreUnavailable as error:
        raise click.ClickException(f"The database did not answer ({error}). Look at it, then try again.") from None
    if lists:
        for kept in found:
            click.echo(_line(kept))
        if not found:
            click.echo("nothing was refused")
        return
    kept = _chosen(found, number)
    given = click.prompt("Token", hide_input=True) if asks_for_token else None
    click.echo(_line(kept))
    click.echo(explain(kept.refusal, accounts, given))


def _found(limit: int, number: int | None) -> list[KeptRefusal]:
    if number is None:
        return quarantine.fetch_newest(PROVIDER, limit)
    kept = quarantine.find(PROVIDER, number)
    return [kept] if kept else []


def _chosen(found: list[KeptRefusal], number: int | None) -> KeptRefusal:
    if not found:
        raise click.ClickException(
            "No refused request of Twilio's is kept under this ID: --list shows those that are."
            if number is not None
            else "No refused request of Twilio's is kept. If Twilio reports an error all the same, its request did not reach Hookline."
        )
    return found[0]


def _line(kept: KeptRefusal) -> str:
    when = kept.received_at.astimezone(UTC)
    return f"{kept.id}  {when:%Y-%m-%d %H:%M:%S} UTC  {kept.refusal.route}  {kept.refusal.reason}  trace {kept.refusal.trace_id}"
