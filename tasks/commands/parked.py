"""``celery -A tasks parked``: what waits for a person, and the command that goes on with it."""

from collections.abc import Iterator

import click

import settings
from db import parked as waiting
from db.parked import DeadRun, ParkedEffect
from db.plant import parked as somewhere
from domain.chain import Purpose
from domain.organizations.organization import DEFAULT_SLUG, Tenant
from domain.recordings import is_verdict
from tasks.commands.arguments import Explained, tenant_named

NEWEST = 50


@click.command(cls=Explained)
@click.option("--org", "slug", help="Slug of the organization.  [default: each that has something]")
@click.option("--limit", type=click.IntRange(min=1), default=NEWEST, show_default=True, help="At most so many of each, the newest.")
def parked(slug: str | None, limit: int) -> None:
    """Show what waits for a person: calls for help that reached nobody, dead runs, effects that failed or may have happened.

    Ids only, the newest of each kind first; of every organization, those first where somebody is waiting for help.

    Mend what the code names (docs/vendors.md#codes-and-what-to-mend), then use the command at the end of the line.
    """
    settings.current_or_exit()
    whose = somewhere.tenants() if slug is None else [tenant_named(slug)]
    lines = [line for tenant in whose for line in _of(tenant, limit)]
    for line in lines or ["nothing waits for a person"]:
        click.echo(line)


def _of(tenant: Tenant, limit: int) -> Iterator[str]:
    org = "" if tenant.slug == DEFAULT_SLUG else f" --org {tenant.slug}"
    effects = waiting.fetch_effects(tenant.id, limit)
    lines = [
        *_effects([effect for effect in effects if effect.is_help]),
        *_runs(waiting.fetch_dead_runs(tenant.id, limit)),
        *_effects([effect for effect in effects if not effect.is_help]),
    ]
    yield from (f"{line}{org}" for line in lines)


def _runs(found: list[DeadRun]) -> Iterator[str]:
    for run in found:
        again = f"celery -A tasks retry {run.run_id}{' --from transcribe' if is_verdict(run.code) else ''}"
        which = f"run {run.run_id}{' (reprocess)' if run.purpose == Purpose.REPROCESS else ''}  {run.source_ref}"
        yield f"{run.ended_at:%Y-%m-%d %H:%M:%S}  {which}  died at {run.stage}: {run.code}  next: {again}"


def _effects(found: list[ParkedEffect]) -> Iterator[str]:
    for effect in found:
        decision = f"settle {effect.effect_id} --failed" if effect.came_to_nothing else f"resend {effect.effect_id}"
        which = f"effect {effect.effect_id}  conversation {effect.conversation_id}"
        yield f"{effect.ended_at:%Y-%m-%d %H:%M:%S}  {which}  {effect.kind} {effect.state}: {effect.code}  next: celery -A tasks {decision}"
