"""A task that crashes with a caller's words in its mouth; loaded by a real worker in a test."""

from celery import shared_task

from tests.observability.canary import NUMBER, WORDS


def _crash(run_id: str) -> None:
    words = f"{WORDS} {NUMBER}"
    raise ValueError(f"cannot understand {words} of {run_id}")


crash = shared_task(name="test.crash")(_crash)
