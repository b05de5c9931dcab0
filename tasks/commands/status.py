"""``celery -A tasks status``: what was received and what became of it on one line, then a line for whatever needs somebody."""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import click
from celery.bin.control import status as celerys
from celery.utils.imports import symbol_by_name

import settings
from db.diagnosis import counts
from db.diagnosis.counts import Counts, Jobs, Unfinished
from db.plant import stuck
from domain.chain import Purpose, Stage
from domain.counting import counted, times
from domain.diagnosis import repairs
from domain.diagnosis.causes_of_effects import DELIVER_QUEUES
from domain.diagnosis.causes_of_queues import PATIENCE_S
from domain.diagnosis.evidence import House
from domain.diagnosis.finding import Finding, Weight
from domain.diagnosis.vendor_codes import name_of
from domain.jobs import JobKind
from domain.organizations.organization import DEFAULT_SLUG
from tasks import invariants
from tasks.commands.arguments import Instant, explained, tenant_named
from tasks.commands.examining import house
from tasks.dispatch import JOB_QUEUES, queue_of

# the front's own knowledge, asked for by name: tasks import nothing of the front
_REFUSED_OF_OURS = "webhooks.twilio.checks:refused_of_ours"
_ALWAYS = ("done", "waiting", "quarantined", "dead")
_MEANS = {"dismissed": "dismissed", "missing": "missing", "noted": "only noted"}


@click.command()
@click.option("--org", "slug", help="Slug of an organization; without it the whole house, its quarantine included.")
@click.option("--since", type=Instant(), help="Count what came from this time on, ISO 8601, UTC unless it says otherwise; else everything.")
@click.option("--json", "as_json", is_flag=True, help="For a program: received, parts, jobs, findings.")
def status(slug: str | None, since: datetime | None, *, as_json: bool) -> None:
    """Show on one line what was received and what became of it, on one what was asked of the API within a day, then what needs somebody.

    It counts deliveries of one moment, so that the parts always add up: done (what it says is worked off), waiting (it is worked on, or
    waits for its time), quarantined (refused; the newest 1,000 are kept), dead (waits for a person), dismissed (a person left it so),
    missing (it says something, and nothing works on it), only noted (a call's status and its like: nothing to be done). What came twice
    counts once. Jobs of the API are counted by their state, if there are any. Whatever needs somebody has a line with the next command; a
    line that begins with `note:` needs nobody, such as what strangers posted to the public address.

    Exit code 0: nothing needs anybody. 1: something does.
    """
    settings.current_or_exit()
    with explained():
        organization_id = tenant_named(slug).id if slug else None
        told = counts.count(organization_id, since)
        asked = counts.count_jobs(organization_id, since)
        findings = list(_findings(organization_id, told, asked, house()))
    needed = any(found.weight is not Weight.FINE for found in findings)
    if as_json:
        rows = [{"code": found.code, "weight": found.weight.value, "sentence": found.sentence, "fix": found.fix} for found in findings]
        jobs = dict(asked.states) | {"oldest_due_s": asked.oldest_due_s}
        click.echo(json.dumps({"received": told.received, "parts": dict(told.parts), "jobs": jobs, "findings": rows}, indent=2))
    else:
        click.echo(line(told))
        if any(asked.states.values()):
            click.echo(line_of_jobs(asked))
        for found in findings:
            click.echo(f"{'note: ' if found.weight is Weight.FINE else ''}{found.sentence}  next: {_for(found.fix, slug)}")
        if not needed:
            click.echo("nothing needs anybody")
    sys.exit(needed)


# Celery adds its own command of this name after everybody's, so that it would hide ours; what it shows, `celery inspect ping` shows too
for part in ("callback", "params", "help", "short_help"):
    setattr(celerys, part, getattr(status, part))


def line(told: Counts) -> str:
    """``received = done + waiting + quarantined + dead``, and what else there is."""
    parts = [f"{told.parts[part]:,} {_MEANS.get(part, part)}" for part in told.parts if part in _ALWAYS or told.parts[part]]
    return f"{told.received:,} received = {' + '.join(parts)}"


def line_of_jobs(asked: Jobs) -> str:
    """``asked = pending + running + succeeded + failed``, and for how long the oldest that is due could be taken."""
    parts = " + ".join(f"{number:,} {state}" for state, number in asked.states.items())
    due = f", the oldest that is due for {asked.oldest_due_s:.0f} s" if asked.oldest_due_s is not None else ""
    return f"{sum(asked.states.values()):,} asked of the API = {parts}{due}"


def _findings(organization_id: UUID | None, told: Counts, asked: Jobs, around: House) -> Iterator[Finding]:
    yield from _of_house(around)
    unfinished = counts.count_unfinished(organization_id)
    yield from _of_work(unfinished, around)
    yield from _of_unread(organization_id)
    yield from _of_refused(unfinished.refused) if unfinished.refused else ()
    yield from _of_jobs(asked, around)
    if told.parts["missing"]:
        yield _broken(
            "run_missing",
            f"{counted(told.parts['missing'], 'delivery says', 'deliveries say')} something, and nothing works on them",
            "celery -A tasks invariants",
        )
    yield from _promises()


def _of_house(around: House) -> Iterator[Finding]:
    for trouble in (around.database, around.broker.trouble, around.sweepers):
        if trouble:
            yield replace(trouble, sentence=trouble.sentence.rstrip("."))
    for vendor in around.vendors:
        if vendor.open_s and vendor.open_s > 0 and vendor.code:
            mend = around.mend(vendor.code)
            act = f"{mend.act}, then: {repairs.SETUP}" if mend.act else repairs.SETUP
            yield _broken(mend.trouble.value, f"{name_of(vendor.vendor)} is not asked for {vendor.open_s:.0f} s: {vendor.code}", act)


def _of_work(unfinished: Unfinished, around: House) -> Iterator[Finding]:
    if unfinished.dead:
        yield _broken("run_dead", counted(unfinished.dead, "run is dead", "runs are dead"), repairs.PARKED)
    if unfinished.parked:
        yield _broken("effect_parked", f"{counted(unfinished.parked, 'effect', 'effects')} failed or may have happened", repairs.PARKED)
    overdue = {queue_of(Purpose(purpose), Stage(stage)): found for (purpose, stage), found in unfinished.due.items()}
    for queue, (runs, oldest_s) in overdue.items():
        if not around.at(queue):
            yield _unheard(queue, counted(runs, "run waits", "runs wait"), oldest_s)
    for queue in DELIVER_QUEUES.values() if unfinished.due_effects else ():
        if not around.at(queue):
            what = f"{counted(unfinished.due_effects, 'effect is', 'effects are')} to be sent, and no worker takes from the queue {queue!r}"
            yield _broken("no_consumer", what, repairs.start_worker(queue))


def _of_unread(organization_id: UUID | None) -> Iterator[Finding]:
    found = stuck.unread(organization_id)
    if found:
        told = f"{counted(found.count, 'document', 'documents')} of a form that nobody knows came at Deepgram's address within a day"
        yield _broken("unknown_shape", told, f"{repairs.why(found.id)}{'' if found.slug == DEFAULT_SLUG else f' --org {found.slug}'}")


def _of_refused(refused: int) -> Iterator[Finding]:
    told = f"{counted(refused, 'delivery was', 'deliveries were')} refused within a day"
    ours: Callable[[], list[Finding]] = symbol_by_name(_REFUSED_OF_OURS)
    found = ours()
    for each in found:
        yield _broken(each.code, f"{told}, such as: {each.sentence.rstrip('.')}", each.fix or repairs.REFUSED)
    if not found:
        yield Finding("refused", Weight.FINE, f"{told}, none of them known to be of an account of ours", fix=repairs.REFUSED)


def _of_jobs(asked: Jobs, around: House) -> Iterator[Finding]:
    waiting: dict[str, tuple[int, float]] = {}
    for kind, (jobs, oldest_s) in asked.due.items():
        many, longest_s = waiting.get(JOB_QUEUES[JobKind(kind)], (0, 0.0))
        waiting[JOB_QUEUES[JobKind(kind)]] = (many + jobs, max(longest_s, oldest_s))
    for queue, (jobs, oldest_s) in waiting.items():
        if oldest_s > PATIENCE_S and not around.at(queue):
            yield _unheard(queue, counted(jobs, "job waits", "jobs wait"), oldest_s)


def _unheard(queue: str, waiting: str, oldest_s: float) -> Finding:
    what = f"{waiting} in the queue {queue!r}, the first for {oldest_s:.0f} s, and no worker takes from it"
    return _broken("no_consumer", what, repairs.start_worker(queue))


def _promises() -> Iterator[Finding]:
    for found in invariants.check():
        if found.count:
            yield _broken("promise_broken", f"{found.promise.name} is broken {times(found.count)}", "celery -A tasks invariants")


def _broken(code: str, sentence: str, fix: str) -> Finding:
    return Finding(code, Weight.BROKEN, sentence, fix=fix)


def _for(fix: str | None, slug: str | None) -> str:
    return f"{fix} --org {slug}" if fix == repairs.PARKED and slug else str(fix)
