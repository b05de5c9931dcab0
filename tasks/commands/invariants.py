"""``celery -A tasks invariants``: does the house keep its promises, now."""

import sys
from collections.abc import Iterator
from datetime import datetime

import click

import settings
from db.plant.invariants import Finding
from domain.counting import times
from domain.errors import StoreUnavailable
from tasks import invariants as house
from tasks.commands.arguments import Explained, Instant


@click.command(cls=Explained)
@click.option("--since", type=Instant(), help="Look at everything from this time on, ISO 8601; else at the last hour.")
@click.option("--samples", type=click.IntRange(1, 1_000), default=5, show_default=True, help="How many ids to show of what is broken.")
def invariants(since: datetime | None, samples: int) -> None:
    """Check I1 to I9 and show what holds and what is broken, by ids. Exit code 1 if anything is broken, or was not checked.

    What is unfinished is looked at however old it is; what is finished, for the last hour or from --since on. Nothing is changed.
    """
    settings.current_or_exit()
    try:
        findings = house.check(limit=samples, since=since)
    except StoreUnavailable as error:
        raise click.ClickException(f"Nothing was checked ({error}). Is PostgreSQL up?") from None
    for line in _table(findings):
        click.echo(line)
    sys.exit(not all(finding.holds for finding in findings))


def _table(findings: list[Finding]) -> Iterator[str]:
    width = max(len(finding.promise.name) for finding in findings)
    for finding in findings:
        is_told = f"BROKEN {times(finding.count)}" if finding.count else "holds"
        state = f"NOT CHECKED ({finding.unchecked})" if finding.unchecked else is_told
        yield f"{finding.promise.name:<{width}}  {state}: {finding.promise.says}"
        if finding.count:
            yield f"{'':<{width}}  -> {finding.promise.todo}"
            yield from (f"{'':<{width}}     {sample}" for sample in finding.samples)
    broken, unchecked = sum(finding.count > 0 for finding in findings), sum(bool(finding.unchecked) for finding in findings)
    if unchecked:
        yield f"{unchecked} of {len(findings)} promises were not checked: a later --since is less to look at"
    if broken:
        yield f"{broken} of {len(findings)} promises are broken"
    elif not unchecked:
        yield f"all {len(findings)} promises hold"
