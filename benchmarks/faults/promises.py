"""What each row promises, and in which words it is said that a promise was broken."""

from collections.abc import Iterable, Iterator

from benchmarks.faults.evidence import Evidence
from benchmarks.faults.rows import Row
from benchmarks.faults.verdict import Verdict

SHOWN = 5
UNAVAILABLE, NO_ANSWER = 503, 0
# after a fault has ended, the front asks once in 250 ms whether it may go on, and a connection has to be made
RECOVERED_S = 1.0


def broken_by(row: Row, found: Verdict, evidence: Evidence, *, refusal_s: float) -> list[str]:
    """Every promise that was not kept. ``refusal_s`` is how quickly an honest 503 must come."""
    return [
        *_endings(row, found, evidence),
        *_refusals(row, found, evidence, refusal_s),
        *(f"{name} ended by itself" for name in evidence.gone),
        *evidence.bad_ends,
        *evidence.broken,
    ]


def late(row: Row, found: Verdict) -> list[str]:
    """Answers that came too late, unless the machine was late as often for a bare server. Not while PostgreSQL is away."""
    excused = found.answers * found.slow_control / max(1, found.controls)
    if row.refuses or found.slow <= excused:
        return []
    return [f"{found.slow} of {found.answers} answers took more than 100 ms; of the control's {found.slow_control} of {found.controls}"]


def _endings(row: Row, found: Verdict, evidence: Evidence) -> Iterator[str]:
    if found.never:
        yield f"{len(found.never)} never finished: {_some(found.never)}"
    if found.twice:
        yield f"{len(found.twice)} finished twice: {_some(found.twice)}"
    if set(found.dead) != found.poison:
        yield f"dead are {len(found.dead)} ({_some(found.dead.values())}), poison were {len(found.poison)}"
    if len(found.unknown) > (evidence.interrupted if row.unknown else 0):
        yield f"{len(found.unknown)} unknown, but only {evidence.interrupted} may have been cut off: {_some(found.unknown.values())}"
    if found.drain_s is None:
        yield "not everything was settled in the end"
    again = evidence.paid_recordings - evidence.recordings
    if again > evidence.lost_callbacks:
        yield f"{again} recordings were paid again, for {evidence.lost_callbacks} callbacks that were lost"
    if found.republished > row.bells * max(1, len(found.accepted)):
        yield f"{found.republished} bells rung again for {len(found.accepted)} webhooks"


def _refusals(row: Row, found: Verdict, evidence: Evidence, refusal_s: float) -> Iterator[str]:
    # who dies in the middle of a request gives no answer, to none of those that he had in hand
    dies = row.web == "crash_after_commit"
    for answer in found.refusals:
        if dies and answer.status == NO_ANSWER:
            continue
        if not row.refuses:
            yield f"{answer.key} was answered {answer.status}"
        elif answer.status != UNAVAILABLE or answer.took_s > refusal_s:
            yield f"{answer.key} was answered {answer.status} after {answer.took_s:.1f} s"
        elif not any(begin <= answer.at + answer.took_s <= end + RECOVERED_S + refusal_s for begin, end in _spans(evidence)):
            yield f"{answer.key} was refused while PostgreSQL was there"


def _spans(evidence: Evidence) -> Iterator[tuple[float, float]]:
    yield from zip(evidence.struck, evidence.ended, strict=True)


def unproven(row: Row, evidence: Evidence) -> list[str]:
    """Why a run of a row proves nothing, whatever came out: a fault did not strike, or not while webhooks were accepted."""
    first, last = evidence.window
    reasons = [f"a fault fell at {at - first:.1f} s of {last - first:.1f} s" for at in evidence.struck if not first < at < last]
    reasons += [f"{harm} never struck" for harm in evidence.idle_harms]
    if row.fences and not evidence.fenced:
        reasons.append("nobody came too late with a result")
    if row.pays_again and not evidence.dropped_callbacks:
        reasons.append("no callback was dropped")
    return reasons


def _some(things: Iterable[str]) -> str:
    return ", ".join(sorted(set(things))[:SHOWN])
