"""What is left of a run's chain in the message at hand: whether its next step may be done here, and how the ops view hears of that.

A message to ourselves costs more than most steps do. It is spared on a caller's line, where all that is left waits in the same queue, and
where a step asks nobody outside. Any other step that asks a vendor goes through its queue, so that what is more urgent gets in between.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from celery.app.task import Context
from celery.utils.saferepr import saferepr

import celeryconfig
from domain.chain import TASK_NAMES, Stage
from domain.errors import StepFailed
from tasks import app, telling

# The hard limit of a task is that of its first step. A run that took longer than this goes on by message, so that no step is cut short.
AT_ONCE_WITHIN_S = 5.0
_STAGES = {name: stage for stage, name in TASK_NAMES.items()}


class Course:
    """The rest of one run's chain."""

    def __init__(self, request: Context) -> None:
        """Of the task that is at work, which begins now."""
        self._request, self._began = request, time.monotonic()

    def is_next_here(self, *, asks_outside: bool) -> bool:
        """Whether the next step is to be done here; ``asks_outside``: it needs a vendor."""
        if self._following is None or time.monotonic() - self._began > AT_ONCE_WITHIN_S:
            return False
        queue = self._following["options"]["queue"]
        if asks_outside and queue != celeryconfig.LIVE_QUEUE:
            return False
        # whatever a worker is there for, it does no more than that: some alone have the large models in memory
        return queue in app.amqp.queues.consume_from

    @property
    def next_stage(self) -> Stage | None:
        """What comes next; None at the end."""
        return _STAGES[self._following["task"]] if self._following else None

    def stop(self) -> None:
        """Nothing of it is to be published: the sweeper rings when it is time."""
        self._request.chain = None

    @contextmanager
    def taken(self) -> Iterator[list[str]]:
        """Do the next step here; the block puts its outcome into the list. What ends the run is shown, not raised: the task is another."""
        *rest, step = self._request.chain
        self._request.chain = rest
        said: list[str] = []
        began = time.monotonic()
        self._tell(step, "received", **self._described(step))
        self._tell(step, "started")
        try:
            yield said
        except StepFailed as failed:
            self.stop()
            self._tell(step, "failed", exception=saferepr(failed), traceback="")
        else:
            self._tell(step, "succeeded", result=saferepr(*said), runtime=time.monotonic() - began)

    @property
    def _following(self) -> dict[str, Any] | None:
        return self._request.chain[-1] if self._request.chain else None

    def _described(self, step: dict[str, Any]) -> dict[str, object]:
        options = step["options"]
        shown = {
            "args": options["argsrepr"],
            "kwargs": options["kwargsrepr"],
            "name": step["task"],
            "retries": 0,
            "eta": None,
            "expires": None,
        }
        return shown | {"root_id": self._request.root_id, "parent_id": self._request.id}

    def _tell(self, step: dict[str, Any], what: str, **told: object) -> None:
        telling.done_here(f"task-{what}", hostname=self._request.hostname, uuid=step["options"]["task_id"], **told)
