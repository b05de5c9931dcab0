"""Why a run stands where it stands, in order of precedence: the first that fits is told."""

from domain.chain import Purpose, RunState, Stage
from domain.counting import counted, times
from domain.diagnosis import repairs
from domain.diagnosis.causes_of_leases import LEASE_CAUSES
from domain.diagnosis.causes_of_queues import PATIENCE_S, Due, why_not_taken
from domain.diagnosis.causes_of_shapes import unread
from domain.diagnosis.evidence import Evidence, Run, VendorHealth
from domain.diagnosis.finding import Finding, Weight
from domain.diagnosis.vendor_codes import CODES, Mend, Trouble, name_of, vendor_of
from domain.recordings import is_verdict
from domain.vendors import OPENS_AFTER

_TASKS = {
    Stage.TRANSCRIBE: "its words",
    Stage.CLASSIFY_SPEAKERS: "who said what",
    Stage.GENERATE_REPLY: "its reply",
    Stage.PERSIST: "its end",
}
# submitted once is normal; once more means that a callback never came
_FIRST = 1
_REACHABLE = "See that Deepgram can reach PUBLIC_BASE_URL (ports 80, 443, 8080, 8443)"
POISON = ("worker_lost", "unexpected:")
ERASED = "erased"
# a day's limit puts off until the next day; the margin is for clocks that were set
LONGEST_PAUSE_S = 26 * 3_600.0
# by how much a bell may ring after its run is due; a waiting one is looked at again after an hour, or when its callback is overdue
_BELL_S, _LOOKED_AT_S = 60.0, 3_600.0


def dismissed(it: Evidence, run: Run) -> Finding | None:
    """It died, and a person left it so."""
    if run.state != RunState.DEAD or run.settled_by is None:
        return None
    sentence = f"{it.it} died at {run.stage} ({run.last_error}), and {run.settled_by} decided to leave it so."
    if run.last_error == ERASED:
        # nothing of it is kept, so that no command could make it run
        return Finding("dismissed", Weight.FINE, sentence)
    return Finding("dismissed", Weight.FINE, sentence, fix=f"If it shall run after all: {repairs.retry(run.id)}")


def poison(it: Evidence, run: Run) -> Finding | None:
    """Whoever works on it dies of it, or fails in a way that nobody foresaw."""
    if run.state != RunState.DEAD or not (run.last_error or "").startswith(POISON):
        return None
    is_lost = run.last_error == POISON[0]
    how = "each process that took it ended in the middle" if is_lost else f"each try failed ({run.last_error})"
    sentence = f"{it.it} is dead, poison for {run.stage}: {how}, {run.attempts} tries of {run.max_attempts}."
    # a process that is killed says nothing of what it had: it is found by the time
    where = (
        f"`{repairs.history(run.id)}` says when each was lost; the workers' logs of that moment have `exited with` or `time limit`, the "
        "host's whether memory ran out"
        if is_lost
        else "Look for its id in the workers' logs"
    )
    fix = f"{where}. Mend that, then: {repairs.retry(run.id)}"
    return Finding("poison", Weight.BROKEN, sentence, fix=fix)


def callback_never_came(it: Evidence, run: Run) -> Finding | None:
    """Its transcriber was asked twice and never called back."""
    if run.state != RunState.DEAD or not (run.last_error or "").endswith((":callback_overdue", ":never_answered")):
        return None
    submitted = run.step.submissions if run.step else 0
    sentence = f"{it.it} is dead: the recording was submitted {times(submitted)} to Deepgram, and no callback came."
    fix = f"{_REACHABLE}, then: {repairs.retry(run.id)}"
    return Finding("callback_lost", Weight.BROKEN, sentence, fix=fix)


def dead(it: Evidence, run: Run) -> Finding | None:
    """It ended badly, and says with what code."""
    if run.state != RunState.DEAD:
        return None
    shape = unread(it)
    if shape:
        return shape
    code = run.last_error or "no reason is noted"
    mend = it.house.mend(code)
    known = vendor_of(code) is not None and mend.trouble is not Trouble.OTHER
    why = f"{name_of(vendor_of(code) or '')} {mend.says}" if known else code
    act = mend.act or f"mend what the code names ({CODES})"
    sentence = f"{it.it} died at {run.stage}: {why}."
    fix = f"{act[0].upper()}{act[1:]}, then: {repairs.retry(run.id, from_the_start=is_verdict(run.last_error))}"
    return Finding(mend.trouble.value if known else "run_dead", Weight.BROKEN, sentence, fix=fix)


def no_transcriber(it: Evidence, run: Run) -> Finding | None:
    """Nobody is configured to hear it."""
    if run.state != RunState.WAITING or run.waiting_for != "no_transcriber":
        return None
    sentence = f"{it.it} waits for its words: nobody is configured to transcribe it."
    fix = f"Set DEEPGRAM_API_KEY (or WHISPER_MODEL_PATH) and restart the workers, then: {repairs.SETUP}"
    return Finding("no_transcriber", Weight.BROKEN, sentence, fix=fix)


def put_off(it: Evidence, run: Run) -> Finding | None:
    """Its time is one that nothing of ours sets: nobody rings before, or nobody may take it before."""
    if run.state not in {RunState.READY, RunState.WAITING} or run.is_leased:
        return None
    latest = max(run.due_s, 0.0) + _BELL_S if run.state == RunState.READY else max(run.overdue_s, _LOOKED_AT_S) + _BELL_S
    if max(run.due_s, run.ring_s) <= LONGEST_PAUSE_S and run.ring_s <= latest:
        return None
    sentence = f"{it.it} is put off for {max(run.due_s, run.ring_s):,.0f} s at {run.stage}, longer than anything of ours puts off."
    return Finding("put_off", Weight.BROKEN, sentence, fix=f"Make it due: {repairs.replay(run.id)}")


def callback_refused(it: Evidence, run: Run) -> Finding | None:
    """Callbacks come, and are turned away: ours may be among them."""
    is_awaited = run.state == RunState.WAITING and run.step is not None and run.step.submitted_s is not None
    if not it.turned_away or not (is_awaited or callback_never_came(it, run)):
        return None
    refused = counted(it.turned_away, "callback", "callbacks")
    sentence = (
        f"{it.it} waits for Deepgram's callback, and since it was submitted the front has refused {refused}: most likely "
        "web and workers have not the same SECRET_KEY, or it was changed in between."
    )
    left = run.overdue_s - (run.step.submitted_s or 0.0) if run.step else 0.0
    then = repairs.retry(run.id) if run.state == RunState.DEAD else repairs.replay(run.id)
    when = f"; it is submitted once more when it is overdue, in {left:.0f} s" if is_awaited and left > 0 else ""
    return Finding(
        "callbacks_refused", Weight.BROKEN, sentence, fix=f"Give web and workers the same SECRET_KEY and restart both{when}. Then: {then}"
    )


def callback_lost(it: Evidence, run: Run) -> Finding | None:
    """The transcriber took it, and its answer is overdue or had to be asked for again."""
    step = run.step
    if (
        run.stage != Stage.TRANSCRIBE
        or run.state != RunState.WAITING
        or step is None
        or step.submitted_s is None
        or run.ring_s < -PATIENCE_S
    ):
        return None
    left = run.overdue_s - step.submitted_s
    if left > 0 and step.submissions <= _FIRST:
        return None
    late = f"it was submitted {times(step.submissions)}, {step.submitted_s:.0f} s ago for the last time"
    sentence = f"{it.it} waits for Deepgram's callback, which never came: {late}, and a callback is overdue after {run.overdue_s:.0f} s."
    then = f"then: {repairs.replay(run.id)}" if left <= 0 else f"then, if it has died in {left:.0f} s: {repairs.retry(run.id)}"
    return Finding("callback_lost", Weight.BROKEN, sentence, fix=f"{_REACHABLE}, {then}")


def callback_outstanding(it: Evidence, run: Run) -> Finding | None:
    """The transcriber has it, and it is not late yet."""
    if run.state != RunState.WAITING or run.ring_s < -PATIENCE_S:
        return None
    step = run.step
    since = f", submitted {step.submitted_s:.0f} s ago" if step and step.submitted_s is not None else ""
    sentence = f"{it.it} waits for {run.waiting_for or 'its callback'}{since}; it is looked at again in {max(0.0, run.ring_s):.0f} s."
    if run.last_error:
        sentence += f" Whether it was taken is not certain ({run.last_error})."
    return Finding("callback_outstanding", Weight.FINE, sentence)


def circuit_open(it: Evidence, run: Run) -> Finding | None:
    """Its vendor failed so often that it is left alone."""
    health = _health(it, run)
    if not health or health.failures < OPENS_AFTER or (run.due_s <= 0 and (health.open_s or 0.0) <= 0):
        return None
    sentence = (
        f"{it.it} waits for {_TASKS[Stage(run.stage)]}: {name_of(health.vendor)} failed {health.failures} times in a row ({health.code}), "
        f"its circuit is open, and it is asked again in {max(health.open_s or 0.0, run.due_s, 0.0):.0f} s."
    )
    act = f"It goes on by itself. When {name_of(health.vendor)} is well again, at once: {repairs.SETUP}"
    return Finding(Trouble.DOWN.value, Weight.BROKEN, sentence, fix=act)


def vendor_refuses(it: Evidence, run: Run) -> Finding | None:
    """Its vendor wants to be left alone: too many questions, no credit, a wrong key or setting."""
    if run.state != RunState.READY or run.due_s <= 0 or not run.last_error:
        return None
    mend = it.house.mend(run.last_error)
    if mend.trouble is Trouble.OTHER:
        return None
    return vendor_finding(it.it, _TASKS[Stage(run.stage)], run.last_error, mend, run.due_s, repairs.SETUP)


def retry_pending(it: Evidence, run: Run) -> Finding | None:
    """A try failed, the next one has its time."""
    if run.state != RunState.READY or run.due_s <= 0:
        return None
    what = f"try {run.attempts + 1} of {run.max_attempts} at {run.stage} comes in {run.due_s:.0f} s"
    sentence = f"{it.it} waits: the last try failed ({run.last_error}); {what}." if run.last_error else f"{it.it} waits: {what}."
    return Finding("retry_pending", Weight.WARNING, sentence, fix=f"Nothing; to try at once: {repairs.replay(run.id)}")


def earlier_turn_open(it: Evidence, run: Run) -> Finding | None:
    """One voice at a time: what was said before is answered first."""
    if run.state != RunState.READY or run.earlier is None or run.stage != Stage.GENERATE_REPLY or run.purpose != Purpose.LIVE:
        return None
    sentence = f"{it.it} waits for its reply: an earlier turn of the conversation is not answered yet, for a minute at most."
    return Finding("earlier_turn_open", Weight.WARNING, sentence, fix=f"Look at that one: {repairs.why(run.earlier)}")


def not_taken(it: Evidence, run: Run) -> Finding | None:
    """It is due."""
    if run.state not in {RunState.READY, RunState.WAITING}:
        return None
    for_s = -run.ring_s if run.state == RunState.WAITING else -run.due_s
    return why_not_taken(Due(it.it, str(run.id), run.queue, for_s, -run.ring_s), it.house)


def stood_in_for(it: Evidence, run: Run) -> Finding | None:
    """Done, by the offline engine, because its vendor would not."""
    health = it.house.vendor(run.redo_with)
    if run.state != RunState.DONE or not run.degraded or not health or not health.code:
        return None
    mend, name = it.house.mend(health.code), name_of(health.vendor)
    trouble = Trouble.DOWN if health.failures >= OPENS_AFTER else mend.trouble
    says = f"its circuit is open ({health.code})" if trouble is Trouble.DOWN else mend.says
    sentence = f"{it.it} is done, but the offline engine stood in for {name}: {says}. It is done again when {name} is back, within a day."
    act = f"{mend.act[0].upper()}{mend.act[1:]}, then" if mend.act else f"When {name} is well again"
    return Finding(trouble.value, Weight.WARNING, sentence, fix=f"{act}: {repairs.SETUP}")


RUN_CAUSES = (
    dismissed,
    poison,
    callback_refused,
    callback_never_came,
    dead,
    *LEASE_CAUSES,
    no_transcriber,
    circuit_open,
    vendor_refuses,
    put_off,
    earlier_turn_open,
    callback_lost,
    callback_outstanding,
    retry_pending,
    not_taken,
    stood_in_for,
)


def vendor_finding(it: str, what: str, code: str, mend: Mend, due_s: float, command: str) -> Finding:
    """What is told of a vendor that says no; ``what`` is what waits for it."""
    name = name_of(vendor_of(code) or "its vendor")
    sentence = f"{it} waits for {what}: {name} {mend.says} ({code}); it is tried again in {max(0.0, due_s):.0f} s."
    act = f"{mend.act[0].upper()}{mend.act[1:]}, then" if mend.act else "It goes on by itself; at once"
    return Finding(mend.trouble.value, Weight.BROKEN, sentence, fix=f"{act}: {command}")


def _health(it: Evidence, run: Run) -> VendorHealth | None:
    if run.state != RunState.READY:
        return None
    return it.house.vendor(vendor_of(run.last_error))
