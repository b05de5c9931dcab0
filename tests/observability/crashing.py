"""A task that crashes with a caller's words in its mouth; loaded by a real worker in a test."""

from celery import shared_task

WORDS = "my chest hurts and I cannot breathe"
NUMBER = "+15005550123"


def _crash(run_id: str) -> None:
    words = f"{WORDS} {NUMBER}"
    raise ValueError(f"cannot understand {words} of {run_id}")


crash = shared_task(name="test.crash")(_crash)
