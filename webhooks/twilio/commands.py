"""``celery -A tasks explain-signature``: why a signature of Twilio's was refused, computed when somebody asks."""

from collections.abc import Collection, Iterator
from datetime import UTC

import click

import settings
from db import quarantine
from domain.errors import StoreUnavailable
from domain.refusals import KeptRefusal
from domain.telephony.twilio import PROVIDER
from webhooks.twilio import variations
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
        for line in _listed(found, accounts):
            click.echo(line)
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


def _listed(found: list[KeptRefusal], accounts: Collection[str]) -> Iterator[str]:
    if not found:
        yield "nothing of Twilio's was refused"
        yield "next: celery -A tasks doctor  (it tells of Deepgram's callbacks, too)"
        return
    yield from map(_line, found)
    # whoever posts what they please names none of ours
    ours = next((kept for kept in found if variations.account(kept.refusal) in accounts), found[0])
    yield f"next: celery -A tasks explain-signature {ours.id}"


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
