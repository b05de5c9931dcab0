"""What is left of a run's chain in the message at hand: whether its next step may be done here, and what the ops view shall hear of that.

A message to ourselves costs more than most steps do. It is spared on a caller's line, where all that is left waits in the same queue, and
where a step asks nobody outside. Any other step that asks a vendor goes through its queue, so that what is more urgent gets in between.
"""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from celery.app.task import Context
from celery.utils.saferepr import saferepr

import celeryconfig
from domain.chain import TASK_NAMES, Stage
from domain.errors import StepFailed
from domain.telephony.call_flow import MODEL_LIMIT_S
from tasks import app, telling

# a task that has been at work for longer goes on by message: whoever ends a worker, or looks at it, is not kept waiting for a whole run
AT_ONCE_WITHIN_S = 5.0
# who asks a model for a caller has done so before a worker that is told to end gives up waiting
ASKING_WITHIN_S = celeryconfig.worker_soft_shutdown_timeout - MODEL_LIMIT_S
_STAGES = {name: stage for stage, name in TASK_NAMES.items()}


@dataclass(frozen=True, slots=True)
class Following:
    """The next step, as the message tells it: its task's id and how the ops view shows its arguments."""

    stage: Stage
    queue: str
    task_id: str
    args: str
    kwargs: str


class Course:
    """The rest of one run's chain. ``told`` are events for the ops view."""

    def __init__(self, request: Context) -> None:
        """Of the task that is at work, which begins now."""
        self._request, self._began = request, time.monotonic()
        self.told: list[dict[str, Any]] = []

    @property
    def next_stage(self) -> Stage | None:
        """What comes next; None at the end, and if the message is not one of ours: it is a doorbell, and fails no step."""
        following = self._following()
        return following.stage if following else None

    def is_next_here(self, *, asks_outside: bool) -> bool:
        """Whether the next step is to be done here; ``asks_outside``: it needs a vendor."""
        following = self._following()
        if following is None or (asks_outside and following.queue != celeryconfig.LIVE_QUEUE):
            return False
        if time.monotonic() - self._began > (ASKING_WITHIN_S if asks_outside else AT_ONCE_WITHIN_S):
            return False
        # whatever a worker is there for, it does no more than that: some alone have the large models in memory
        return following.queue in app.amqp.queues.consume_from

    def stop(self) -> None:
        """Nothing of it is to be published: the sweeper rings when it is time."""
        self._request.chain = None

    @contextmanager
    def taken(self) -> Iterator[list[str]]:
        """Do the next step here; the block puts its outcome into the list. What ends the run is shown, not raised: the task is another."""
        step = self._following()
        if step is None:
            raise ValueError("nothing follows")
        self._request.chain = self._request.chain[:-1]
        said: list[str] = []
        began = time.monotonic()
        shown = {"name": TASK_NAMES[step.stage], "args": step.args, "kwargs": step.kwargs, "retries": 0, "eta": None, "expires": None}
        self._tell(step, "received", root_id=self._request.root_id, parent_id=self._request.id, **shown)
        self._tell(step, "started")
        try:
            with _limited():
                yield said
        except StepFailed as failed:
            self.stop()
            self._tell(step, "failed", exception=saferepr(failed), traceback="")
        else:
            self._tell(step, "succeeded", result=saferepr(*said), runtime=time.monotonic() - began)

    def _following(self) -> Following | None:
        try:
            step = self._request.chain[-1]
            told = step["options"]
            return Following(_STAGES[step["task"]], told["queue"], told["task_id"], told["argsrepr"], told["kwargsrepr"])
        except (KeyError, IndexError, TypeError):
            return None

    def _tell(self, step: Following, what: str, **told: object) -> None:
        self.told.append(telling.event(f"task-{what}", self._request.hostname, uuid=step.task_id, **told))


@contextmanager
def _limited() -> Iterator[None]:
    """A hard limit as a task of its own would have: the pool knows only that of the first, and a lease may not end before its holder."""
    before = signal.setitimer(signal.ITIMER_REAL, celeryconfig.task_time_limit)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, *before)
