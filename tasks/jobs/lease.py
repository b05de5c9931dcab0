"""How long a claim of a job holds; apart from the task, so that whoever only asks loads no engine."""

import celeryconfig
from tasks.step import LEASE_MARGIN_S


def lease_s() -> float:
    """In seconds: past the hard limit of its task."""
    return celeryconfig.TRANSCRIBE_TIME_LIMIT + LEASE_MARGIN_S
