"""One row with people on the line, once: start everything, let them call, harm, wait until all is settled, judge what they heard."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from benchmarks.faults import call_verdict
from benchmarks.faults.call_rows import CallRow
from benchmarks.faults.call_verdict import CallVerdict, Ended
from benchmarks.faults.evidence import without_a_word
from benchmarks.faults.experiment import ENVIRONMENT, TRIES, Size, drained
from benchmarks.faults.faults import Course
from benchmarks.faults.hookline import Hookline
from benchmarks.faults.lab import Lab, opened
from benchmarks.harness.processes import StubbornError
from benchmarks.harness.vendors import OURS
from scripts.stack import commands
from scripts.twin import config

ON_CALL = "+15005550111"
TALK = ("Hi! Are you open on Saturday?", "Good. Can I come at nine then?")
DANGER = ("My husband has chest pain and can't breathe!",)
# every so many-th caller is in danger
DANGER_EVERY = 3
# so many call, a second and a half apart: a turn begins somewhere at any time
SHORT_CALLS, FULL_CALLS, APART_S = 6, 24, 1.5
# A vendor on a machine that stands still answers late; and what is late is waited for by callers, not by leases: they may be long.
PATIENT = {"WORKER_TIMEOUT_SECONDS": "10"}
# nobody talks for so long; a machine may stand still
ENDS_WITHIN_S = 300.0
_REPLIES = """
SELECT e.body FROM effects AS e JOIN conversations AS c ON c.id = e.conversation_id
WHERE c.provider_ref = %s AND e.kind = 'call_update' AND e.body <> ''
"""
_HELP = """
SELECT c.id, e.state FROM conversations AS c LEFT JOIN effects AS e ON e.conversation_id = c.id AND e.kind = 'escalation'
    AND e.effect_key = concat_ws(':', 'conversation', c.id, 'escalation')
WHERE c.provider_ref = %s
"""
COLUMNS = (
    "fault",
    "calls",
    "turns answered once",
    "told that a person gets back",
    "in danger, put through",
    "told of twice",
    "wrong",
    "drain, s",
)
HEAD = f"| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|"


def run(row: CallRow, size: Size) -> tuple[CallVerdict, float | None]:
    """Play a row: what became of the callers, in ``wrong`` each promise that was broken, and after how long all was settled.

    A run whose fault missed the calls is played again. Raises StubbornError if none proved anything.
    """
    for _ in range(TRIES):
        found, drain_s, is_proof = _played(row, size)
        if found.wrong or is_proof:
            return found, drain_s
    raise StubbornError(f"{row.title}: it never fell into a call, {TRIES} times")


def line(row: CallRow, found: CallVerdict, drain_s: float | None) -> str:
    """One line of Markdown."""
    drain = "never" if drain_s is None else f"{drain_s:.0f}"
    cells = (row.title, found.calls, found.answered, found.told, found.put_through, found.doubled, len(found.wrong), drain)
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def _played(row: CallRow, size: Size) -> tuple[CallVerdict, float | None, bool]:
    count = SHORT_CALLS if size.quick else FULL_CALLS
    with opened(Hookline(), {**ENVIRONMENT, **PATIENT}, durable=size.durable) as lab:
        commands.run(f"celery -A tasks organization --on-call {ON_CALL}", lab.environment(), lab.rig.places.logs / "organization.log")
        lab.start_web()
        lab.start_worker()
        lab.ready()
        course = Course(lab, count, count * APART_S, size.lease_s)
        began = time.time()
        with ThreadPoolExecutor(1, thread_name_prefix="fault") as beside:
            harm = beside.submit(row.fault, course)
            sids = _called(lab, course, count)
            courses = [lab.twin.ended_call(sid, ENDS_WITHIN_S)["course"] for sid in sids]
            ended = time.time()
            harm.result()
        drain_s = drained(lab, size.drain_s)
        found = call_verdict.of(
            [_ended(lab, number, sid, heard) for number, (sid, heard) in enumerate(zip(sids, courses, strict=True))], ON_CALL
        )
        found.wrong += _broken(course, found, drain_s)
        return found, drain_s, not course.struck or any(began < at < ended for at in course.struck)


def _called(lab: Lab, course: Course, count: int) -> list[str]:
    """The CallSids of all who call, one after the other."""
    sids = []
    for number in range(count):
        course.until(number / count)
        words = DANGER if _is_in_danger(number) else TALK
        caller = {"account": config.ACCOUNT_SID, "from": f"+1555{number:07d}", "to": OURS, "fragment": "rc=3&rp=5xx,ct,rt"}
        sids.append(lab.twin.play_live_call(lab.url, [{"says": said} for said in words], **caller))
    return sids


def _ended(lab: Lab, number: int, sid: str, course: call_verdict.Course) -> Ended:
    is_emergency = _is_in_danger(number)
    replies = [row["body"] for row in lab.rows(_REPLIES, sid)]
    known = lab.rows(_HELP, sid)
    states = [str(row["state"]) for row in known if row["state"]]
    told = [
        each for each in lab.twin.messages("outbound-api") if any(f"emergency in conversation {row['id']}" in each["body"] for row in known)
    ]
    return Ended(sid, len(DANGER if is_emergency else TALK), is_emergency, course, replies, states, len(told))


def _is_in_danger(number: int) -> bool:
    return number % DANGER_EVERY == 1


def _broken(course: Course, found: CallVerdict, drain_s: float | None) -> Sequence[str]:
    lab = course.lab
    # a call for help may be doubled where its sender was cut off, or where the vendor said nothing: nobody can know whether it left
    untold = sum(1 for entry in lab.twin.log(vendor="twilio", operation="message.create") if without_a_word(entry))
    doubled = found.doubled - course.interrupted - untold
    return [
        *(f"{name} ended by itself" for name in lab.gone()),
        *lab.house.broken(lab),
        *(["not everything was settled in the end"] if drain_s is None else []),
        *([f"{doubled} calls for help were sent again that nobody cut off"] if doubled > 0 else []),
    ]
