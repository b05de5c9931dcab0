"""``celery -A tasks reprocess``: works stored conversations off again, beside the live results, after saying what it takes."""

import re
import time
from datetime import datetime

import click

from db import batches, selection
from db.batches import Forecast
from domain.batches import Batch, Criterion, Order, Selection, Variant, named
from domain.chain import Stage
from domain.counting import counted
from domain.organizations.organization import DEFAULT_SLUG, Tenant
from domain.plans import Plan
from providers import registry
from tasks.commands.arguments import Explained, Instant, organization_option, tenant_named, who_option
from tasks.commands.plan_told import told
from tasks.reprocessing.plan import Rehearsal

LOOK_AGAIN_S = 1.0
# what can be begun at: persist makes nothing of its own
STEPS = [stage.value for stage in Stage if stage is not Stage.PERSIST]
WHERE = "Only those for which it holds: intent=, role=, engine=, source=, status=, or escalated. May be said again; all must hold."
_MODEL = re.compile(r"[\w.:/-]{1,100}")


def _criteria(_: click.Context, __: click.Parameter, said: tuple[str, ...]) -> tuple[Criterion, ...]:
    try:
        return tuple(Criterion.read(one) for one in said)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _prompt(_: click.Context, __: click.Parameter, said: str | None) -> str | None:
    known = registry.prompt_versions()
    if said is not None and said not in known:
        raise click.BadParameter(f"{said!r} is none of {', '.join(known)}; docs/prompts.md says how one is made")
    return said


def _model(_: click.Context, __: click.Parameter, said: str | None) -> str | None:
    if said is not None and not _MODEL.fullmatch(said):
        raise click.BadParameter(f"{said!r} is not a model's name")
    return said


@click.command(cls=Explained)
@organization_option
@click.option("--since", type=Instant(), help="From this time on, ISO 8601, UTC unless it says otherwise.")
@click.option("--until", type=Instant(), help="Before this time.")
@click.option("--where", "criteria", multiple=True, callback=_criteria, metavar="NAME=VALUE", help=WHERE)
@click.option("--from-step", type=click.Choice(STEPS), help="From this step on nothing is reused, and --prompt and --model hold.")
@click.option("--prompt", callback=_prompt, help="Ask with this version of a prompt, such as reply-4.")
@click.option("--model", callback=_model, help="Ask this model.")
@click.option("--plan", "only_plan", is_flag=True, help="Say what it would take, and write nothing.")
@click.option("--name", help="What the batch shall be called; the same order under another name is another batch.")
@click.option("--resume", metavar="BATCH", help="Go on with a batch that was cut off.")
@click.option("--cancel", metavar="BATCH", help="End what is not done of a batch.")
@click.option("--wait", is_flag=True, help="Show how far it is until all of it is done.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@who_option
def reprocess(
    slug: str, since: datetime | None, until: datetime | None, criteria: tuple[Criterion, ...], from_step: str | None, prompt: str | None,
    model: str | None, *, only_plan: bool, name: str | None, resume: str | None, cancel: str | None, wait: bool, yes: bool, by: str,
) -> None:  # fmt: skip
    """Work on stored conversations again, beside the live results: what it takes first, then, if you agree, shadow runs.

    What was found from the very same inputs is taken over, and nobody is paid for it twice. The runs wait in the queue `batch`, behind live
    calls; nothing is sent to anybody. The same command twice is the same batch. Then: `diff BATCH`, `promote --batch BATCH`.
    """
    tenant = tenant_named(slug)
    if resume or cancel:
        batch = batches.find(tenant.id, resume or cancel or "")
        if cancel:
            _cancel(batch, by)
            return
    else:
        chosen = _selection(since, until, criteria)
        variant = Variant(Stage(from_step) if from_step else None, prompt, model)
        order = Order.of(chosen, variant, named(name) if name else None)
        plan = _planned(tenant, order)
        click.echo("\n".join(told(order, plan)))
        if only_plan or not plan.runs:
            click.echo("Nothing was written." if only_plan else "0 reprocess runs: there is nothing to do.")
            return
        if not yes:
            click.confirm("Open these runs?", abort=True)
        batch = batches.begin(tenant.id, order, Forecast(plan.runs, None if plan.unpriced else plan.usd), by)
    _open(slug, tenant, batch, wait=wait)


def _selection(since: datetime | None, until: datetime | None, criteria: tuple[Criterion, ...]) -> Selection:
    missing = "--since" if since is None else "--until"
    if since is None or until is None:
        raise click.UsageError(f"Missing option '{missing}'.")
    if since >= until:
        raise click.ClickException(f"--since ({since.isoformat()}) must be before --until ({until.isoformat()}).")
    return Selection(since, until, criteria)


def _planned(tenant: Tenant, order: Order) -> Plan:
    rehearsal = Rehearsal(tenant.id, order.selection, order.variant)
    with click.progressbar(length=selection.count(tenant.id, order.selection), label="Looking what it takes") as bar:
        for size in rehearsal:
            bar.update(size)
    return rehearsal.plan


def _open(slug: str, tenant: Tenant, batch: Batch, *, wait: bool) -> None:
    total = selection.count(tenant.id, batch.order.selection)
    with click.progressbar(length=total, label="Opening runs") as bar:
        for size in batches.open_runs(tenant.id, batch):
            bar.update(size)
    if wait:
        _watch(tenant, batch)
    standing, org = batches.standing(tenant.id, batch), "" if slug == DEFAULT_SLUG else f" --org {slug}"
    click.echo(f"Batch {batch.order.name}: {standing.opened} reprocess runs, {standing.done} done, {standing.dead} dead; nothing is sent.")
    click.echo(f"`celery -A tasks batches{org}` shows how far they are, `celery -A tasks diff {batch.order.name}{org}` what changes.")


def _watch(tenant: Tenant, batch: Batch) -> None:
    standing = batches.standing(tenant.id, batch)
    with click.progressbar(length=standing.opened, label="Working them off") as bar:
        ended = 0
        while True:
            standing = batches.standing(tenant.id, batch)
            bar.update(standing.done + standing.dead - ended)
            ended = standing.done + standing.dead
            if standing.is_over:
                return
            time.sleep(LOOK_AGAIN_S)


def _cancel(batch: Batch, by: str) -> None:
    ended = batches.cancel(batch.organization_id, batch, by)
    click.echo(f"Batch {batch.order.name} is cancelled: {counted(ended, 'run was', 'runs were')} ended, what is done stays.")
