"""The room of work: what stands still although nothing around it is wrong, each kind with one of its ids to ask `why` about."""

from collections.abc import Iterator

import settings
from db.plant import stuck
from db.plant.stuck import Stuck, Unread
from domain.chain import STAGES
from domain.counting import counted
from domain.diagnosis import repairs
from domain.diagnosis.causes_of_jobs import ANOTHER
from domain.diagnosis.causes_of_runs import LONGEST_PAUSE_S
from domain.diagnosis.finding import Finding, Weight
from domain.jobs import AGE_LIMIT_S
from domain.organizations.organization import DEFAULT_SLUG
from tasks import deliver
from tasks.jobs import lease as jobs
from tasks.step import lease_s

# the database's and a worker's statements do not fall into one moment
MARGIN_S = 5.0


def look() -> list[Finding]:
    """Leases and times that nobody of ours has set, callbacks that do not come or cannot be read, and the dead. Raises StoreUnavailable."""
    return [*_stuck(), *_jobs(), *_callbacks(), *_unread(), *_dead()]


def _stuck() -> Iterator[Finding]:
    longest_s = max(lease_s(stage) for stage in STAGES)
    found = stuck.leases(longest_s + MARGIN_S, deliver.lease_s() + MARGIN_S)
    if found:
        which = counted(found.count, "run or message has a lease that holds", "runs or messages have leases that hold")
        told = f"{which} for longer than any claim: nobody works there."
        yield Finding("lease_stuck", Weight.BROKEN, told, fix=f"take it away, each with: {_typed(repairs.replay(found.id), found)}")
    found = stuck.put_off(LONGEST_PAUSE_S)
    if found:
        which = counted(found.count, "run or message is", "runs or messages are")
        told = f"{which} put off for longer than anything of ours puts off: somebody has changed the rows."
        yield Finding("put_off", Weight.BROKEN, told, fix=f"make them due, each with: {_typed(repairs.replay(found.id), found)}")


def _jobs() -> Iterator[Finding]:
    # a pause of a job is never longer than what is left of its hour, and a claim rings half a second after its lease
    found = stuck.jobs(jobs.lease_s() + MARGIN_S, AGE_LIMIT_S + MARGIN_S)
    if found:
        which = counted(found.count, "job of the API is", "jobs of the API are")
        told = f"{which} leased or put off for longer than anything of ours does: somebody has changed the rows."
        yield Finding("job_stuck", Weight.BROKEN, told, fix=f"{ANOTHER}; what became of one: {_why(found)}")


def _callbacks() -> Iterator[Finding]:
    found = stuck.callbacks(settings.current().deepgram.overdue_s)
    if found:
        told = f"Deepgram's callbacks of {counted(found.count, 'recording', 'recordings')} are overdue, or had to be asked for again."
        fix = f"see that Deepgram can reach PUBLIC_BASE_URL (ports 80, 443, 8080, 8443); what became of one: {_why(found)}"
        yield Finding("callbacks_overdue", Weight.WARNING, told, fix=fix)


def _unread() -> Iterator[Finding]:
    found = stuck.unread()
    if found:
        told = f"{counted(found.count, 'document', 'documents')} came at Deepgram's address within a day in a form that nothing here reads."
        facts = (f"the newest is event {found.id}: request {found.subject}, trace {found.trace_id}",)
        fix = f"look at it with GET /v1/events/{found.id}/body; whose it may be, and what reads it: {_typed(repairs.why(found.id), found)}"
        yield Finding("unknown_shape", Weight.WARNING, told, facts, fix)


def _dead() -> Iterator[Finding]:
    found = stuck.dead()
    if found:
        told = f"{counted(sum(each.count for each in found), 'run is dead and waits', 'runs are dead and wait')} for a person."
        facts = tuple(f"{each.count} died of {each.code}, such as: {_why(each)}" for each in found)
        act = "`celery -A tasks retry --all --code CODE --org SLUG`, or `dismiss` in its place"
        fix = f"mend what `why` names, then {act}; each: {repairs.PARKED}"
        yield Finding("runs_dead", Weight.WARNING, told, facts, fix)


def _why(found: Stuck) -> str:
    return _typed(repairs.why(found.id), found)


def _typed(command: str, found: Stuck | Unread) -> str:
    return command if found.slug == DEFAULT_SLUG else f"{command} --org {found.slug}"
