"""``celery -A tasks replay EVENT``: works a stored event off again. Harmless if everything is there; nothing is sent twice."""

import sys
from collections.abc import Callable, Iterator
from uuid import UUID, uuid4

import click
from celery.utils.imports import symbol_by_name

import settings
from db import replays
from db.diagnosis import cases, search
from db.diagnosis.cases import Case
from db.replays import KeptEvent, Outcome
from domain.chain import STAGES, EffectState
from domain.deliveries import ORIGIN_HEADER, Envelope, Stored
from domain.diagnosis import repairs
from domain.diagnosis.crew import SILENT_AFTER_S
from domain.organizations.organization import DEFAULT_SLUG, Tenant
from domain.recordings import is_verdict
from tasks import deliver
from tasks.commands.arguments import Explained, organization_option, tenant_named
from tasks.commands.examining import rules
from tasks.step import lease_s

# the front's own knowledge, asked for by name: tasks import nothing of the front
_ENTER = "webhooks.reentry:enter"
_READ_AGAIN = "webhooks.reentry:read_again"
IS_DONE, NEEDS_MORE, IS_UNKNOWN = 0, 1, 2
_SAID = {
    Outcome.RUNG: "is due now; a worker takes it within seconds",
    Outcome.FREED: "was held by nobody who is alive; its lease is taken away, and a worker takes it within seconds",
    Outcome.AT_WORK: f"is being worked on; nothing to do. Was its worker killed just now? Again in {SILENT_AFTER_S:.0f} s",
    Outcome.DONE: "is done; nothing to do",
    Outcome.GONE: "is gone",
}


@click.command(cls=Explained)
@organization_option
@click.argument("name", metavar="EVENT")
def replay(slug: str, name: str) -> None:
    r"""Work a stored event off again. EVENT is an event's id as `why` shows it, or any other id that `why` takes.

    What the front would have entered for it is entered from the stored bytes, if its rows are missing, or if nobody could read it and this
    release can. An open run is due at once, and is
    taken from a worker that is gone; an effect that waits is due at once. What is there stays as it is, words that are stored are not paid
    again, a recording is not submitted again before its callback is overdue, and no effect is sent twice.

    \b
    celery -A tasks replay 0199…      the event, or its run
    celery -A tasks replay RE0123…    all that came of a recording

    Exit code 0: done, or nothing to do. 1: something ended badly, and the line says what goes on with it. 2: nobody has heard of EVENT.
    """
    settings.current_or_exit()
    tenant = tenant_named(slug)
    found = search.find(tenant.id, name.strip())
    if not found:
        click.echo(f"{name}: this organization has nothing by that name. To look wider: {repairs.why(name)}", err=True)
        sys.exit(IS_UNKNOWN)
    entered = list(_entered(tenant, found.events))
    # what was entered just now is found by the same name
    known = cases.gather(tenant.id, search.find(tenant.id, name.strip()), rules())
    for line in entered:
        click.echo(line)
    opened = list(_opened(tenant, known))
    for line in opened:
        click.echo(line)
    told = [line for case in known for line in _rung(tenant, case, slug)]
    for line, _ in told:
        click.echo(line)
    if not (entered or opened or told):
        click.echo(f"{name}: nothing had to be done for it, and nothing has")
    sys.exit(IS_DONE if all(is_well for _, is_well in told) else NEEDS_MORE)


def _entered(tenant: Tenant, ids: frozenset[UUID]) -> Iterator[str]:
    enter: Callable[..., Stored | None] = symbol_by_name(_ENTER)
    for event in replays.fetch_events(tenant.id, ids):
        if not event.body:
            continue  # its time of keeping is over, or its caller was erased
        if event.transcript_id is not None:
            yield from _read_again(tenant, event)
            continue
        stored = enter(tenant.id, _copy(event), event.received_at)
        if stored is None:
            continue
        replays.link(tenant.id, event.id, stored.event_id)
        if stored.run_id:
            yield f"event {event.id} ({event.provider} {event.kind}): what it says was not entered; it is now, as run {stored.run_id}"


def _read_again(tenant: Tenant, event: KeptEvent) -> Iterator[str]:
    read: Callable[[str, str, bytes], str | None] = symbol_by_name(_READ_AGAIN)
    kind = read(event.provider, event.kind, event.body)
    if kind and replays.enter_words(tenant.id, event.id, kind):
        yield f"event {event.id} ({event.provider} {event.kind}): this release can read it; its words are entered"


def _copy(event: KeptEvent) -> Envelope:
    # a key of its own, the same each time: what was entered by it once is not entered again
    key = f"{event.dedupe_key}:replay:{event.id}"
    return Envelope(event.provider, event.kind, key, event.subject, {ORIGIN_HEADER: "replay"}, event.body, event.trace_id)


def _opened(tenant: Tenant, known: list[Case]) -> Iterator[str]:
    for case in known:
        if case.transcript is None or case.run:
            continue
        trace_id = case.deliveries[0].trace_id if case.deliveries else uuid4().hex
        run_id = replays.open_missing_run(tenant.id, case.transcript.id, trace_id)
        if run_id:
            yield f"transcript {case.transcript.id} had no run; run {run_id} is opened, and a worker takes it within seconds"


def _rung(tenant: Tenant, case: Case, slug: str) -> Iterator[tuple[str, bool]]:
    """A line for each thing that there is, and whether that is all that has to be done."""
    if case.run:
        outcome, code = replays.ring(tenant.id, case.run.id, {stage: lease_s(stage) for stage in STAGES})
        org = "" if slug == DEFAULT_SLUG else f" --org {slug}"
        again = f"is dead ({code}); to open it again: {repairs.retry(case.run.id, from_the_start=is_verdict(code))}{org}"
        yield f"run {case.run.id} {_SAID.get(outcome, again)}", outcome is not Outcome.DEAD
    for effect in case.effects:
        if effect.state in {EffectState.PENDING, EffectState.SENDING} and replays.ring_effect(tenant.id, effect.id, deliver.lease_s()):
            when = "when its sender is surely gone" if effect.is_leased else "now"
            yield f"effect {effect.id} ({effect.kind}) is due {when}", True
