"""``celery -A tasks promote`` and ``undo``: which run of a transcript counts, as a person decides."""

from uuid import UUID

import click

from db import named, promotions
from db.promotions import Pointer
from domain.organizations.organization import DEFAULT_SLUG
from tasks.commands.arguments import Explained, explained, organization_option, tenant_named, who_option

# what a transcript has before the first of its runs counts
NONE = "none"


def _run_or_none(context: click.Context, option: click.Parameter, said: str | None) -> UUID | str | None:
    return said if said in {None, NONE} else click.UUID.convert(said, option, context)


@click.command(cls=Explained)
@organization_option
@click.argument("name", metavar="RUN")
@click.option("--instead-of", metavar="RUN", callback=_run_or_none, help="Only if this run counts still; `none`: only if none does yet.")
@who_option
def promote(slug: str, name: str, instead_of: UUID | str | None, by: str) -> None:
    """Let a finished run count for its transcript, instead of the one that counts now. Nothing is sent, no status changes.

    Say with --instead-of which run you compared it with: nothing is changed if another one came to count since you looked.

    RUN is a run; or a transcript, or the vendor's SID of a recording or message: then the newest run of it that is done and does not count.
    """
    tenant = tenant_named(slug)
    with explained():
        run = named.find_finished_run(tenant.id, name)
        seen = promotions.look(tenant.id, run)
        if instead_of:
            seen = Pointer(seen.transcript_id, instead_of if isinstance(instead_of, UUID) else None)
        promotions.promote(tenant.id, run, seen, by)
    click.echo(f"run {run} counts for transcript {seen.transcript_id}, instead of {_named(seen.run_id)}")
    of = f"--org {slug} " if slug != DEFAULT_SLUG else ""
    click.echo(f"celery -A tasks undo {of}{seen.transcript_id}  takes it back")


@click.command(cls=Explained)
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
