"""``celery -A tasks batches`` and ``diff``: how far batches of reprocess runs are, and what they would change."""

from collections import Counter
from collections.abc import Callable, Iterator

import click

from db import batches as stored
from db import differences
from db.differences import Pair
from domain.batches import Standing
from tasks.commands.arguments import Explained, organization_option, tenant_named

SAMPLES = 3
WORDS_WARNING = "What follows are words written for callers: they belong in no ticket and no log."

# what may have changed, in words, and how it is seen
CHANGES: dict[str, Callable[[Pair], bool]] = {
    "roles": lambda pair: pair.new.roles != pair.old.roles,
    "intent": lambda pair: pair.new.intent != pair.old.intent,
    "urgency": lambda pair: pair.new.urgency != pair.old.urgency,
    "safety rules": lambda pair: pair.new.rules != pair.old.rules,
    "asks for a person": lambda pair: pair.new.asks_for_person != pair.old.asks_for_person,
    "reply text": lambda pair: pair.new.words != pair.old.words,
    "reply refused": lambda pair: pair.new.fault is not None and pair.old.fault is None,
    "reply no longer refused": lambda pair: pair.new.fault is None and pair.old.fault is not None,
}


@click.command(cls=Explained)
@organization_option
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1_000), help="How many, the newest first.")
def batches(slug: str, limit: int) -> None:
    """List batches of reprocess runs: how far each is, how many results count, what it cost."""
    found = stored.fetch_list(tenant_named(slug).id, limit)
    for standing in found:
        click.echo(_line(standing))
    if not found:
        click.echo("no batches yet: `celery -A tasks reprocess --help`")


def _price(standing: Standing) -> str:
    # what has no price in PRICES is not free, and what our own engines do has none
    return f"${standing.usd:.6f}" if standing.usd else "nothing that has a price in PRICES"


def _line(standing: Standing) -> str:
    ended, state = standing.done + standing.dead, "done" if standing.is_over else "under way"
    if standing.batch.is_cancelled:
        state = "cancelled"
    elif standing.opened < standing.planned:
        state = f"{standing.planned - standing.opened} to be opened: reprocess --resume {standing.batch.order.name}"
    price = _price(standing) + (f" of ${standing.planned_usd:.6f} planned" if standing.planned_usd is not None else "")
    dead = f", {standing.dead} dead" if standing.dead else ""
    return (
        f"{standing.created_at:%Y-%m-%d %H:%M:%S}  {standing.batch.order.name}  {ended} of {standing.opened} runs ended{dead},"
        f" {standing.counting} count, {price}, {state}, by {standing.created_by}"
    )


@click.command(cls=Explained)
@organization_option
@click.argument("name", metavar="BATCH")
@click.option("--samples", default=SAMPLES, show_default=True, type=click.IntRange(0, 100), help="Show so many transcripts of each kind.")
@click.option("--show-words", is_flag=True, help="Print the replies of the samples: words written for callers.")
def diff(slug: str, name: str, samples: int, *, show_words: bool) -> None:
    """Compare each result of BATCH with the run that counts: roles, intent, urgency, replies, and what it cost. Ids only."""
    tenant = tenant_named(slug)
    batch = stored.find(tenant.id, name)
    standing, counts, changed = stored.standing(tenant.id, batch), Counter[str](), dict[str, list[Pair]]()
    flips = Counter[tuple[str, str]]()
    with click.progressbar(length=standing.done, label="Comparing") as bar:
        for pair in differences.pairs(tenant.id, batch):
            bar.update(1)
            kinds = ["alone"] if pair.old.run_id is None else [kind for kind, differs in CHANGES.items() if differs(pair)]
            counts.update(kinds or ["nothing"])
            for kind in kinds:
                changed.setdefault(kind, []).append(pair) if len(changed.get(kind, [])) < samples else None
            if "intent" in kinds:
                flips[str(pair.old.intent), str(pair.new.intent)] += 1
    click.echo("\n".join(_told(standing, counts, flips, changed)))
    if show_words:
        click.echo("\n".join(_words(changed.get("reply text", []))))


def _told(standing: Standing, counts: Counter[str], flips: Counter[tuple[str, str]], changed: dict[str, list[Pair]]) -> Iterator[str]:
    open_ = standing.opened - standing.done - standing.dead
    yield f"Batch {standing.batch.order.name}: {standing.done} done, {open_} open, {standing.dead} dead, {_price(standing)} so far"
    yield f"  unchanged: {counts['nothing']}"
    if counts["alone"]:
        yield f"  nothing counts yet beside it: {counts['alone']}"
    for kind in CHANGES:
        ids = " ".join(str(pair.transcript_id) for pair in changed.get(kind, []))
        yield f"  {kind}: {counts[kind]}" + (f"  such as {ids}" if ids else "")
    for (before, after), count in flips.most_common():
        yield f"    intent {before} -> {after}: {count}"


def _words(pairs: list[Pair]) -> Iterator[str]:
    yield WORDS_WARNING
    for pair in pairs:
        yield f"transcript {pair.transcript_id}"
        yield f"  counts now: {pair.old.words}"
        yield f"  batch says: {pair.new.words}"
