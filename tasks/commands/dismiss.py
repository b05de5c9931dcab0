"""``celery -A tasks dismiss``: what shall stay as it is waits for nobody any more."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

import click

from db import dismissals
from db.dismissals import Waiting
from domain.counting import counted
from domain.errors import RefusedError
from domain.organizations.organization import Tenant
from tasks.commands.arguments import Explained, Instant, ListedId, explained, organization_option, tell_refusal, tenant_named, who_option

MOST = 1_000


@click.command(cls=Explained)
@organization_option
@click.argument("ids", nargs=-1, type=ListedId("parked"), metavar="ID...")
@who_option
@click.option("--all", "every", is_flag=True, help="All of the organization, or those that fit the next three; no call for help.")
@click.option("--code", help="With --all: only what ended with this code, such as openai:invalid_key.")
@click.option("--since", type=Instant(), help="With --all: only what ended from this time on, ISO 8601, UTC unless it says otherwise.")
@click.option("--until", type=Instant(), help="With --all: only what ended before this time.")
@click.option("--limit", type=click.IntRange(1, MOST), default=MOST, show_default=True, help="With --all: at most so many, the oldest.")
@click.option("--plan", "only_plan", is_flag=True, help="With --all: count them by their codes, and change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def dismiss(
    slug: str,
    ids: tuple[UUID, ...],
    by: str,
    code: str | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    *,
    every: bool,
    only_plan: bool,
    yes: bool,
) -> None:
    """Leave dead runs, and effects that failed or may have happened, as they are: off the list and the metrics.

    ID is a run or an effect, as `celery -A tasks parked` shows it. `retry` and `resend` still work, for whoever thinks better of it.
    Calls for help are left one by one: somebody may have waited in vain.
    """
    if every is bool(ids) or (ids and (code or since or until or only_plan)):
        raise click.UsageError("Name ids, or say --all; --code, --since, --until and --plan go with --all.")
    tenant = tenant_named(slug)
    with explained():
        if every:
            found, others = dismissals.find_waiting(tenant.id, code, since, until, limit)
            click.echo("\n".join(_told(found, others)))
            if found and not only_plan:
                _dismiss_all(tenant, found, by, sure=yes)
        elif sum(_is_dismissed(tenant, named, by) for named in ids) < len(ids):
            raise SystemExit(1)


def _is_dismissed(tenant: Tenant, named: UUID, by: str) -> bool:
    try:
        what = dismissals.dismiss(tenant.id, named, by)
    except RefusedError as error:
        tell_refusal(error)
        return False
    click.echo(f"{what} {named} stays as it is and waits for nobody; celery -A tasks {'retry' if what == 'run' else 'resend'} still works")
    return True


def _told(found: Sequence[Waiting], others: int) -> Iterator[str]:
    kinds = Counter(each.what for each in found)
    yield f"{counted(kinds['run'], 'dead run', 'dead runs')}, {counted(kinds['effect'], 'effect', 'effects')}"
    for (what, code), count in Counter((each.what, each.code) for each in found).most_common():
        yield f"  {counted(count, what, f'{what}s')}  {code}"
    if others:
        yield f"{counted(others, 'newer one waits', 'newer ones wait')} beyond the limit: say it again afterwards"


def _dismiss_all(tenant: Tenant, found: Sequence[Waiting], by: str, *, sure: bool) -> None:
    sure or click.confirm("Leave them as they are?", abort=True)
    with click.progressbar(found, label="Leaving them") as bar:
        refusals = [refusal for each in bar if (refusal := _refusal(tenant, each.id, by))]
    for refusal in refusals:
        tell_refusal(refusal)
    left = counted(len(found) - len(refusals), "stays as it is and waits", "stay as they are and wait")
    click.echo(f"{left} for nobody; `retry` and `resend` still work, by their ids")


def _refusal(tenant: Tenant, named: UUID, by: str) -> str | None:
    try:
        dismissals.dismiss(tenant.id, named, by)
    except RefusedError as error:
        return str(error)
    return None
