"""How long somebody wishes to wait (RFC 7240), and waiting for a job: PostgreSQL is looked at now and then, nothing is held in between."""

import re
import time
from uuid import UUID

from flask import request

from api.later import PREFER
from api.slow import slot
from db import jobs
from domain.jobs import JobView

APPLIED = "Preference-Applied"
USUAL_S, AT_MOST_S = 5, 20
# soon at first: most answers take a fraction of a second
FIRST_LOOK_S, LOOK_EVERY_S = 0.05, 0.25

_WAIT = re.compile(r"(?:^|[,;\s])wait\s*=\s*\"?([0-9]{1,6})\"?(?=$|[,;\s])", re.IGNORECASE)
_ASYNC = re.compile(r"(?:^|[,;\s])respond-async(?=$|[,;\s])", re.IGNORECASE)


def wished_s(usual_s: int = USUAL_S) -> tuple[int, str | None]:
    """For how many seconds to wait, and what of the request's ``Prefer`` that honours, if anything was preferred."""
    preferred = request.headers.get(PREFER, "")
    wait = _WAIT.search(preferred)
    if wait:
        seconds = min(int(wait[1]), AT_MOST_S)
        return seconds, f"wait={seconds}"
    return (0, "respond-async") if _ASYNC.search(preferred) else (usual_s, None)


def until_over(organization_id: UUID, job: JobView, wait_s: float) -> JobView:
    """The job as it stands when it is over, when nobody will take it in time, or after ``wait_s``; at once if too many wait already.

    Raises StoreUnavailable.
    """
    ends = time.monotonic() + wait_s
    with slot() as free:
        pause_s = FIRST_LOOK_S
        while free and not job.state.is_over and not is_put_off(job, ends) and time.monotonic() + pause_s < ends:
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, LOOK_EVERY_S)
            job = jobs.find(organization_id, job.id) or job
        if free and wait_s and not job.state.is_over:
            # whatever held this thread up: what is done by now is no 202
            job = jobs.find(organization_id, job.id) or job
    return job


def is_put_off(job: JobView, ends: float) -> bool:
    """Whether it is known that nobody will take the job before that moment (monotonic)."""
    return job.retry_in_s is not None and time.monotonic() + job.retry_in_s > ends
