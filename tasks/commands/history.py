"""``celery -A tasks history``: every try of every step of a run, as Postgres has it; ids, times and codes only."""

from collections.abc import Iterator
from datetime import datetime

import click

from db import history as kept
from db import named
from db.history import History, RunStanding, Sent
from domain.attempts import Attempt
from domain.counting import counted
from tasks.commands.arguments import Explained, organization_option, tenant_named

_COLUMNS = "  {:<17}  {:>3}  {:<23}  {:>9}  {:>9}  {:<8}  {:<28}  {}"
_HEAD = _COLUMNS.format("step", "try", "taken (UTC)", "waited ms", "ran ms", "outcome", "code", "worker")


@click.command(cls=Explained)
@organization_option
@click.argument("name", metavar="ID")
def history(slug: str, name: str) -> None:
    """Show every try of a run: since when it waited, who took it, for how long, and how it ended.

    ID is a run, a transcript, or a vendor's SID of a recording, message or call; of several runs all are shown. Restarts of Redis, Flower,
    workers and web change nothing of it. No word and no number of anybody is in it. For what to do next: `celery -A tasks parked`.
    """
    tenant = tenant_named(slug)
    for line in _lines(kept.fetch(tenant.id, named.find_runs(tenant.id, name))):
        click.echo(line)


def _lines(found: History) -> Iterator[str]:
    for run in found.runs:
        yield f"run {run.run_id}  transcript {run.transcript_id}  conversation {run.conversation_id}  {run.purpose}  {_standing(run)}"
        tries = [attempt for attempt in found.attempts if attempt.run_id == run.run_id]
        yield from (_HEAD, *map(_try, tries)) if tries else ("  nobody has taken it yet",)
        yield from (_sent(effect) for effect in found.effects if effect.run_id == run.run_id)


def _standing(run: RunStanding) -> str:
    ended = f" since {_clock(run.finished_at)}" if run.finished_at else ""
    why = run.waiting_for or run.last_error
    return f"{run.state}{ended} at {run.stage}{f': {why}' if why else ''}"


def _try(attempt: Attempt) -> str:
    outcome = attempt.outcome or ("lost" if attempt.is_lost else "at work")
    ran = "" if attempt.run_ms is None else attempt.run_ms
    taken = _clock(attempt.started_at)
    return _COLUMNS.format(
        attempt.stage, attempt.attempt, taken, attempt.wait_ms, ran, outcome, attempt.code or "", attempt.worker
    ).rstrip()


def _sent(effect: Sent) -> str:
    code = f": {effect.code}" if effect.code else ""
    by = f" by {effect.provider}" if effect.provider else ""
    return f"  effect {effect.effect_id}  {effect.kind} {effect.state}{by} after {counted(effect.attempts, 'try', 'tries')}{code}"


def _clock(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1_000:03}"
