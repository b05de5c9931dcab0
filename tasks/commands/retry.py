"""``celery -A tasks retry``: opens dead runs again, each where it died or at an earlier stage."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import click

from db import named, retries
from domain.chain import STAGES, Stage
from domain.counting import counted
from domain.errors import RefusedError
from domain.organizations.organization import Tenant
from tasks.commands.arguments import Explained, Instant, explained, organization_option, tell_refusal, tenant_named, who_option

NOW = "a worker takes it within seconds"


@click.command(cls=Explained)
@organization_option
@who_option
@click.argument("runs", nargs=-1, metavar="RUN...")
@click.option("--from", "begin_at", type=click.Choice([stage.value for stage in STAGES]), help="Begin at this stage, not where it died.")
@click.option("--all", "every", is_flag=True, help="Every dead run of the organization, or those that fit the next three.")
@click.option("--code", help="With --all: only what died with this code, such as openai:invalid_key.")
@click.option("--since", type=Instant(), help="With --all: only what died from this time on, ISO 8601, UTC unless it says otherwise.")
@click.option("--until", type=Instant(), help="With --all: only what died before this time.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def retry(
    slug: str,
    by: str,
    runs: tuple[str, ...],
    begin_at: str | None,
    code: str | None,
    since: datetime | None,
    until: datetime | None,
    *,
    every: bool,
    yes: bool,
) -> None:
    """Work dead runs off again. RUN is a run, a transcript, or a vendor's SID of a recording, message or call.

    What a run found before the stage where it begins is kept, stored words are not paid again, and nothing is sent twice.
    """
    if every is bool(runs) or (runs and (code or since or until)):
        raise click.UsageError("Name runs, or say --all; --code, --since and --until go with --all.")
    tenant, stage = tenant_named(slug), Stage(begin_at) if begin_at else None
    with explained():
        if every:
            _retry_all(tenant, retries.find_dead(tenant.id, code, since, until), stage, by, sure=yes)
        elif sum(_is_retried(tenant, name, stage, by) for name in runs) < len(runs):
            raise SystemExit(1)


def _is_retried(tenant: Tenant, name: str, stage: Stage | None, by: str) -> bool:
    """Whether all that died by that name is open again; says what became of each run."""
    try:
        found = named.find_dead_runs(tenant.id, name)
    except RefusedError as error:
        tell_refusal(error)
        return False
    refusals = [_refusal(tenant, run_id, stage, by) for run_id in found]
    for run_id, refusal in zip(found, refusals, strict=True):
        tell_refusal(refusal) if refusal else click.echo(f"run {run_id} is open again; {NOW}")
    return not any(refusals)


def _refusal(tenant: Tenant, run_id: UUID, stage: Stage | None, by: str) -> str | None:
    try:
        retries.reopen(tenant.id, run_id, stage, by=by)
    except RefusedError as error:
        return str(error)
    return None


def _retry_all(tenant: Tenant, found: Sequence[UUID], stage: Stage | None, by: str, *, sure: bool) -> None:
    click.echo(counted(len(found), "dead run", "dead runs"))
    if not found:
        return
    sure or click.confirm("Open them again?", abort=True)
    with click.progressbar(found, label="Opening runs") as bar:
        refusals = [refusal for run_id in bar if (refusal := _refusal(tenant, run_id, stage, by))]
    for refusal in refusals:
        tell_refusal(refusal)
    opened = counted(len(found) - len(refusals), "run is open again; a worker takes it", "runs are open again; workers take them")
    click.echo(f"{opened} in turn")
