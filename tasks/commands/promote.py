"""``celery -A tasks promote`` and ``undo``: which run of a transcript counts, as a person decides; or of all transcripts of a batch."""

from collections.abc import Iterable
from uuid import UUID

import click

from db import batches, named, promotions
from db.promotions import Pointer
from domain.organizations.organization import DEFAULT_SLUG, Tenant
from tasks.commands.arguments import Explained, organization_option, tenant_named, who_option
from tasks.reprocessing import promoting
from tasks.reprocessing.promoting import Move

# what a transcript has before the first of its runs counts
NONE = "none"

batch_option = click.option("--batch", metavar="BATCH", help="All results of a batch of reprocess runs, by its name or id.")


def _run_or_none(context: click.Context, option: click.Parameter, said: str | None) -> UUID | str | None:
    return said if said in {None, NONE} else click.UUID.convert(said, option, context)


@click.command(cls=Explained)
@organization_option
@click.argument("name", metavar="[RUN]", required=False)
@click.option("--instead-of", metavar="RUN", callback=_run_or_none, help="Only if this run counts still; `none`: only if none does yet.")
@batch_option
@click.option("--with-effects", is_flag=True, help="Of a batch: also send the replies of those that were never answered; asks first.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@who_option
def promote(
    slug: str, name: str | None, instead_of: UUID | str | None, batch: str | None, *, with_effects: bool, yes: bool, by: str
) -> None:
    """Let a finished run count for its transcript, instead of the one that counts now. Nothing is sent, no status changes.

    Say with --instead-of which run you compared it with: nothing is changed if another one came to count since you looked.

    RUN is a run; or a transcript, or the vendor's SID of a recording or message: then the newest run of it that is done and does not count.

    With --batch all results of a batch, each only if what counted when its run was opened counts still, and no person chose it.
    """
    tenant = tenant_named(slug)
    _one_of(name, batch)
    if batch:
        _promote_batch(tenant, batch, by, with_effects=with_effects, yes=yes)
        return
    run = named.find_finished_run(tenant.id, name or "")
    seen = promotions.look(tenant.id, run)
    if instead_of:
        seen = Pointer(seen.transcript_id, instead_of if isinstance(instead_of, UUID) else None)
    promotions.promote(tenant.id, run, seen, by)
    click.echo(f"run {run} counts for transcript {seen.transcript_id}, instead of {_named(seen.run_id)}")
    of = f"--org {slug} " if slug != DEFAULT_SLUG else ""
    click.echo(f"celery -A tasks undo {of}{seen.transcript_id}  takes it back")


@click.command(cls=Explained)
@organization_option
@click.argument("transcript", metavar="[TRANSCRIPT]", required=False)
@batch_option
@who_option
def undo(slug: str, transcript: str | None, batch: str | None, by: str) -> None:
    """Take the last promotion of TRANSCRIPT back: an id, or the SID of its recording or message. Again for the one before.

    With --batch all that a batch was promoted for, but for those that another run came to count for since.
    """
    tenant = tenant_named(slug)
    _one_of(transcript, batch)
    if batch:
        found = batches.find(tenant.id, batch)
        transcripts = promotions.standing_of_batch(tenant.id, found.id)
        _show(promoting.undo(found, transcripts, by), len(transcripts), "count again as before the batch", "Taking back")
        return
    now = promotions.undo(tenant.id, named.find_transcript(tenant.id, transcript or ""), by)
    click.echo(f"{_named(now.run_id)} counts for transcript {now.transcript_id} again")


def _promote_batch(tenant: Tenant, name: str, by: str, *, with_effects: bool, yes: bool) -> None:
    batch = batches.find(tenant.id, name)
    found = promotions.candidates(tenant.id, batch.id)
    if with_effects and not yes:
        told = f"Of these {len(found)}, whoever was never answered, and said it within the last day, gets an SMS. Send them?"
        click.confirm(told, abort=True)
    moves = promoting.promote(batch, found, by, with_effects=with_effects)
    _show(moves, len(found), "results of the batch count", "Promoting")
    click.echo(f"celery -A tasks undo --batch {batch.order.name}  takes it back")


def _show(moves: Iterable[Move], total: int, what: str, label: str) -> None:
    left = []
    with click.progressbar(moves, length=total, label=label) as bar:
        left = [move for move in bar if move.left]
    click.echo(f"{total - len(left)} {what}")
    for move in left:
        click.echo(f"left as it is: transcript {move.transcript_id}: {move.left}")


def _one_of(name: str | None, batch: str | None) -> None:
    if (name is None) == (batch is None):
        raise click.UsageError("Say either what to name, or --batch BATCH.")


def _named(run_id: UUID | None) -> str:
    return f"run {run_id}" if run_id else "none"
