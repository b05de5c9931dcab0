"""Empties what was kept for long enough, chunk by chunk, for as long as a pass may take."""

import time
from collections.abc import Callable

import structlog

import settings
from db.plant import jobs, retention
from domain.privacy.retention import Emptied

log = structlog.get_logger()

# a pass gives way to whatever else its worker has to do; the next one goes on where this one stopped
PASS_S = 10.0


def empty_old(pass_s: float = PASS_S) -> Emptied:
    """Empty what is older than RETENTION_DAYS_BODIES and RETENTION_DAYS_WORDS say; nothing where they are 0. Drop jobs that expired.

    Raises StoreUnavailable.
    """
    days = settings.current().retention
    ends = time.monotonic() + pass_s
    # first: they are few, nobody else drops them, and they are promised for a day
    asked = _emptied(lambda _: jobs.forget_expired(), 1, ends)
    bodies = _emptied(retention.empty_bodies, days.bodies_days, ends)
    words = _emptied(retention.empty_words, days.words_days, ends)
    _emptied(retention.empty_intake, days.words_days, ends)
    refusals = retention.forget_refusals(days.bodies_days) if days.bodies_days else 0
    done = Emptied(bodies, words, refusals, asked, is_through=time.monotonic() < ends)
    if bodies or words or refusals or asked:
        log.info("words_emptied", bodies=bodies, transcripts=words, refusals=refusals, jobs=asked, is_through=done.is_through)
    return done


def _emptied(chunk: Callable[[int], int], days: int, ends: float) -> int:
    total = 0
    while days and time.monotonic() < ends:
        emptied = chunk(days)
        total += emptied
        if emptied < retention.CHUNK:
            break
    return total
