"""The least that a chain of Celery's costs: four tasks that do nothing, nothing that survives."""

import os

from celery import Celery, chain

app = Celery("empty", broker=os.environ.get("REDIS_URL", "memory://"))
app.conf.update(task_ignore_result=True, worker_prefetch_multiplier=1, task_acks_late=True)

STEPS = ("transcribe", "classify", "reply", "persist")


@app.task  # type: ignore[untyped-decorator] # Celery's own
def step(run: str, name: str) -> None:
    """Do nothing."""


def publish(run: str) -> None:
    """Ask for a whole run."""
    chain(*(step.si(run, name) for name in STEPS)).delay()
