"""``celery -A tasks parked``: what waits for a person, and the command that goes on with it."""

from collections.abc import Iterator

import click

from db import parked as waiting
from db.parked import DeadRun, ParkedEffect
from domain.chain import Purpose
from domain.recordings import is_verdict
from tasks.commands.arguments import Explained, organization_option, tenant_named

NEWEST = 50


@click.command(cls=Explained)
@organization_option
@click.option("--limit", type=click.IntRange(min=1), default=NEWEST, show_default=True, help="At most so many of each, the newest.")
def parked(slug: str, limit: int) -> None:
    """Show what waits for a person: calls for help that reached nobody, dead runs, effects that failed or may have happened.

    Ids only, the newest of each kind first.

    Mend what the code names (docs/vendors.md), then use the command at the end of the line.
    """
    tenant = tenant_named(slug)
    org = "" if slug == "default" else f" --org {slug}"
    effects = waiting.fetch_effects(tenant.id, limit)
    lines = [
        *_effects([effect for effect in effects if effect.is_help]),
        *_runs(waiting.fetch_dead_runs(tenant.id, limit)),
        *_effects([effect for effect in effects if not effect.is_help]),
    ]
    for line in [f"{line}{org}" for line in lines] or ["nothing waits for a person"]:
        click.echo(line)


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
