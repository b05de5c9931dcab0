"""``celery -A tasks resend`` and ``settle``: what a person decides about an effect that failed or has no known outcome."""

import re
from uuid import UUID

import click

from db import resends
from domain.chain import EffectState
from tasks.commands.arguments import Explained, ListedId, explained, organization_option, tenant_named, who_option

# what Twilio calls messages and calls; nothing else gets into the ledger, least of all a number that was pasted by mistake
SID = re.compile(r"(SM|MM|CA)[0-9a-f]{32}")
WARNINGS = {
    EffectState.UNKNOWN: "Nobody knows whether it was sent: look for it at the vendor first. If it was, it is sent a second time. Send it?",
    EffectState.FAILED: "It was not sent. Send it now?",
    EffectState.SENT: "It was sent, and did not reach its telephone. Send it once more?",
}


@click.command(cls=Explained)
@organization_option
@click.argument("effect", type=ListedId("parked"))
@who_option
@click.option("--yes", is_flag=True, help="Do not ask.")
def resend(slug: str, effect: UUID, by: str, *, yes: bool) -> None:
    """Send an effect again that failed or of which nobody knows whether it was sent: once, however often this is called.

    The old one stays as it is; the new one is an effect of its own, with the same words.
    """
    tenant = tenant_named(slug)
    with explained():
        state = resends.find(tenant.id, effect)
        yes or click.confirm(WARNINGS[state], abort=True)
        again = resends.enter_again(tenant.id, effect, by)
    click.echo(f"entered as effect {again}; a worker sends it within seconds")


@click.command(cls=Explained)
@organization_option
@click.argument("effect", type=ListedId("parked"))
@click.option("--sent", "sid", metavar="SID", help="It was sent: as this message at the vendor, such as SM0123…")
@click.option("--failed", is_flag=True, help="It was not sent, and shall not be.")
@who_option
def settle(slug: str, effect: UUID, sid: str | None, by: str, *, failed: bool) -> None:
    """Write down how an effect ended, so that it waits for nobody any more."""
    if failed is bool(sid):
        raise click.UsageError("Say either --sent SID or --failed.")
    if sid and not SID.fullmatch(sid):
        raise click.BadParameter("must be the vendor's SID: SM, MM or CA and 32 hexadecimal digits", param_hint="--sent")
    tenant = tenant_named(slug)
    with explained():
        resends.settle_as_sent(tenant.id, effect, sid, by) if sid else resends.settle_as_failed(tenant.id, effect, by)
    click.echo("settled")
