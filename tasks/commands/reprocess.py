"""``celery -A tasks reprocess``: works stored transcripts off again, beside the live results."""

from datetime import datetime
from uuid import uuid4

import click

from db.batches import count_reprocessable, open_reprocess_runs
from domain.organizations.organization import DEFAULT_SLUG
from tasks.commands.arguments import Explained, Instant, organization_option, tenant_named


@click.command(cls=Explained)
@organization_option
@click.option("--since", type=Instant(), required=True, help="From this time on, ISO 8601, UTC unless it says otherwise.")
@click.option("--until", type=Instant(), required=True, help="Before this time.")
def reprocess(slug: str, since: datetime, until: datetime) -> None:
    """Run the chain again over every transcript received in a stretch of time.

    The runs wait in the queue `batch`, behind no live call; a batch worker works them off. Results lie beside the live ones;
    statuses, conversations and effects stay untouched: nothing is sent to anybody.
    """
    if since >= until:
        raise click.ClickException(f"--since ({since.isoformat()}) must be before --until ({until.isoformat()}).")
    tenant = tenant_named(slug)
    total = count_reprocessable(tenant.id, since, until)
    made = 0
    with click.progressbar(length=total, label="Opening runs") as bar:
        for size in open_reprocess_runs(tenant.id, since, until, trace_id=uuid4().hex):
            made += size
            bar.update(size)
    click.echo(f"{made} reprocess runs wait in the queue 'batch'; nothing will be sent.")
    if made:
        org = "" if slug == DEFAULT_SLUG else f" --org {slug}"
        click.echo(f"When one is done, `celery -A tasks promote TRANSCRIPT{org}` lets it count; TRANSCRIPT is an id or the vendor's SID.")
