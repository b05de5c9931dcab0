"""``celery -A tasks promote`` and ``undo``: which run of a transcript counts, as a person decides."""

from uuid import UUID

import click

from db import named, promotions
from tasks.commands.arguments import explained, organization_option, tenant_named, who_option


@click.command()
@organization_option
@click.argument("name", metavar="RUN")
@who_option
def promote(slug: str, name: str, by: str) -> None:
    """Let a finished run count for its transcript, instead of the one that counts now. Nothing is sent, no status changes.

    RUN is a run; or a transcript, or the vendor's SID of a recording or message: then the newest run of it that is done and does not count.
    """
    tenant = tenant_named(slug)
    with explained():
        run = named.find_finished_run(tenant.id, name)
        seen = promotions.look(tenant.id, run)
        promotions.promote(tenant.id, run, seen, by)
    click.echo(f"run {run} counts for transcript {seen.transcript_id}, instead of {_named(seen.run_id)}")
    click.echo(f"celery -A tasks undo {seen.transcript_id}  takes it back")


@click.command()
@organization_option
@click.argument("transcript")
@who_option
def undo(slug: str, transcript: str, by: str) -> None:
    """Take the last promotion of TRANSCRIPT back: an id, or the SID of its recording or message. Again for the one before."""
    tenant = tenant_named(slug)
    with explained():
        now = promotions.undo(tenant.id, named.find_transcript(tenant.id, transcript), by)
    click.echo(f"{_named(now.run_id)} counts for transcript {now.transcript_id} again")


def _named(run_id: UUID | None) -> str:
    return f"run {run_id}" if run_id else "none"
