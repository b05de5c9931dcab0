"""The facts that a finding is told from, one a line: ids, codes, figures and times; never a word or number of anybody."""

from collections.abc import Iterator

from domain.chain import RunState
from domain.counting import counted, times
from domain.diagnosis.evidence import Effect, Evidence, House, Job, Run
from domain.jobs import JobState


def lines(it: Evidence) -> Iterator[str]:
    """All of them, in the order in which things happened."""
    for delivery in it.deliveries:
        again = f", and {times(delivery.duplicates)} more" if delivery.duplicates else ""
        when = f"{delivery.received_at:%Y-%m-%d %H:%M:%S} UTC"
        what = f"{delivery.provider} {delivery.kind} {delivery.subject}"
        dial = f"  put through: {delivery.dial}" if delivery.dial else ""
        yield f"received {what} at {when}{again}{dial}  event {delivery.id}  trace {delivery.trace_id}"
    for refusal in it.refused:
        when = f"{refusal.received_at:%Y-%m-%d %H:%M:%S} UTC"
        yield f"refused {refusal.provider} {refusal.route} at {when}: {refusal.reason}  number {refusal.number}"
        if refusal.why:
            yield f"refused number {refusal.number}: {refusal.why}"
    if it.transcript:
        told = it.transcript
        reason = f" ({told.status_reason})" if told.status_reason else ""
        yield f"transcript {told.id}  {told.source} {told.ref}  speech {told.status}{reason}  AI {told.processing_status}"
    if it.run:
        yield from _of_run(it.run)
    for effect in it.effects:
        yield _of_effect(effect)
    if it.job:
        yield from _of_job(it.job)
    yield from _of_house(it.house, _queue(it))
    for promise in it.broken:
        yield f"broken promise {promise}"


def _queue(it: Evidence) -> str | None:
    """Where it waits, if it is open."""
    if it.job:
        return None if JobState(it.job.state).is_over else it.job.queue
    return it.run.queue if it.run and it.run.state in {RunState.READY, RunState.WAITING} else None


def _of_run(run: Run) -> Iterator[str]:
    where = f"run {run.id} ({run.purpose})  {run.state} at {run.stage}  try {run.attempts} of {run.max_attempts}"
    waits = f"  waits for {run.waiting_for}" if run.waiting_for else ""
    error = f"  last error {run.last_error}" if run.last_error else ""
    degraded = (
        f"  degraded, to be done again with {run.redo_with}" if run.degraded and run.redo_with else "  degraded" if run.degraded else ""
    )
    yield f"{where}{waits}{error}{degraded}"
    if run.state in {RunState.READY, RunState.WAITING}:
        yield f"run {run.id}  {_when('may be taken', run.due_s)}  {_when('rung for', run.ring_s)}"
    if run.lease_left_s is not None:
        yield f"run {run.id}  lease {_when('ends', run.lease_left_s)}; a claim of this stage gives {run.lease_s:.0f} s"
    if run.earlier:
        yield f"run {run.earlier} is an earlier turn of the same conversation, and open"
    for step in run.steps:
        figures = [f"tries {step.attempts}"]
        figures += [f"waited {step.waited_s * 1_000:.0f} ms"] if step.waited_s is not None else []
        figures += [f"ran {step.ran_s * 1_000:.0f} ms"] if step.ran_s is not None else []
        figures += [f"by {step.worker}"] if step.worker else []
        figures += [f"with {step.provider}"] if step.provider else []
        figures += [f"submitted {times(step.submissions)}, {step.submitted_s:.0f} s ago"] if step.submitted_s is not None else []
        figures += [f"error {step.error}"] if step.error else []
        yield f"step {step.stage}  {'  '.join(figures)}"


def _of_effect(effect: Effect) -> str:
    parts = [f"effect {effect.id}  {effect.kind} {effect.state}", f"try {effect.attempts}"]
    parts += [f"last error {effect.last_error}"] if effect.last_error else []
    parts += [f"network says {effect.delivery}"] if effect.delivery else []
    parts += [f"lease {_when('ends', effect.lease_left_s)} by {effect.worker}"] if effect.lease_left_s is not None else []
    return "  ".join(parts)


def _of_job(job: Job) -> Iterator[str]:
    error = f"  {'why it failed' if job.state == JobState.FAILED else 'last error'} {job.error}" if job.error else ""
    yield f"job {job.id}  {job.kind} {job.state}  try {job.attempts} of {job.max_attempts}{error}  trace {job.trace_id}"
    times = [f"asked for {job.asked_s:.0f} s ago"]
    times += [f"first taken {job.started_s:.0f} s ago"] if job.started_s is not None else []
    times += [f"over {job.finished_s:.0f} s ago"] if job.finished_s is not None else []
    yield f"job {job.id}  {'  '.join(times)}  {_when('forgotten', job.kept_s)}"
    if not JobState(job.state).is_over:
        yield f"job {job.id}  {_when('may be taken', job.due_s)}  {_when('rung for', job.ring_s)}"
    if job.lease_left_s is not None:
        yield f"job {job.id}  lease {_when('ends', job.lease_left_s)} of {job.worker or 'nobody'}; a claim gives {job.lease_s:.0f} s"


def _of_house(house: House, queue: str | None) -> Iterator[str]:
    for trouble in (house.database, house.broker.trouble, house.sweepers, *house.outside):
        if trouble:
            yield f"doctor {trouble.code}: {trouble.sentence}"
    if queue:
        there = ", ".join(f"{worker.name} (seen {worker.seen_s:.0f} s ago)" for worker in house.at(queue)) or "no worker"
        depth = counted(house.broker.depths[queue], "message", "messages") if queue in house.broker.depths else "depth unknown"
        yield f"queue {queue}: {depth}, taken from by {there}"
    for worker in house.workers:
        if worker.is_silent:
            yield f"worker {worker.name} has been silent for {worker.seen_s:.0f} s; it took from {', '.join(worker.queues)}"
    for vendor in house.vendors:
        if vendor.code or vendor.failures:
            pause = f", not asked for {vendor.open_s:.0f} s" if vendor.open_s and vendor.open_s > 0 else ""
            met = f", which {vendor.worker} met" if vendor.worker else ""
            yield f"vendor {vendor.vendor}: {vendor.failures} failures in a row, last {vendor.code}{met}{pause}"


def _when(what: str, in_s: float) -> str:
    return f"{what} in {in_s:.0f} s" if in_s > 0 else f"{what} {-in_s:.0f} s ago"
