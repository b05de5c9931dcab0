"""The table's rows: which fault, under which load, and what must hold. One row for each of the ways in which a house comes to harm."""

from dataclasses import dataclass

from benchmarks.faults import faults
from benchmarks.faults.faults import Fault
from scripts.twin import config

# how often a row of the full table is run one after the other without a single miss
OFTEN = 3
LANGUAGE = (("OPENAI_API_KEY", config.OPENAI_KEY), ("LLM_CACHE_TTL_SECONDS", "0"))
# How often a webhook may be rung for again. A prototype without back-pressure rang 8 times; whoever waits for a lease or a vendor is rung
# for now and then, and in a long conversation the turns behind one whose worker was killed all wait for its lease.
BELLS_EACH, BELLS_IN_THREADS = 5, 7


@dataclass(frozen=True, slots=True)
class Row:
    """One fault. ``mix`` is what is sent, ``web``, ``worker`` and ``helpers`` (further workers) are the harm that is built into each.

    ``refuses``: honest 503s are allowed while the fault lasts. ``unknown``: an effect may end unknown if its sender was interrupted, or the
    vendor's answer does not tell what became of it.
    ``pace``: which part of the usual rate the webhooks come at, where copies make it more than that again.
    ``fences``: a late writer must have been refused. ``pays_again``: recordings whose callback was
    dropped are submitted, and paid, once more.
    """

    name: str
    title: str
    fault: Fault = faults.nothing
    mix: str = "usual"
    copied: float = 0.1
    copies: int = 1
    pace: float = 1.0
    web: str = ""
    worker: str = ""
    helpers: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    refuses: bool = False
    unknown: bool = False
    fences: bool = False
    pays_again: bool = False
    times: int = 1
    stock: bool = False
    bells: int = BELLS_EACH

    @property
    def harms(self) -> list[str]:
        """What is built into any of its processes."""
        return [harm for harm in (self.web, self.worker, *self.helpers) if harm]


ROWS = (
    Row("none", "no fault", stock=True),
    Row("child", "pool child killed each second", faults.kill_children, unknown=True, times=OFTEN, stock=True),
    Row("worker", "whole worker killed x 3", faults.kill_worker, unknown=True, times=OFTEN, stock=True),
    Row("threads", "pool child killed; long conversations", faults.kill_children, mix="threads", unknown=True, bells=BELLS_IN_THREADS),
    Row("redis-wiped", "Redis killed, back empty x 2", faults.wipe_redis, times=OFTEN, stock=True),
    Row("redis-hung", "Redis hung", faults.hang_redis, times=OFTEN, stock=True),
    Row("redis-full", "Redis full", faults.fill_redis, times=OFTEN),
    Row("postgres-restart", "PostgreSQL restarted x 2", faults.restart_postgres, refuses=True, times=OFTEN, stock=True),
    Row("postgres-locked", "events table locked", faults.lock_events, refuses=True, times=OFTEN),
    Row("copies", "each webhook four times, concurrently", copied=1.0, copies=3, pace=0.5),
    Row("order", "a call's events in any order", mix="calls"),
    Row("poison", "poison: raises, kills its process", mix="poison", worker="poison"),
    Row("sick", "one sick worker of two", helpers=("sick",)),
    Row("vendor-errors", "vendors answer a fifth with errors", faults.vendors_fail, unknown=True),
    Row("language", "language vendor answers a fifth with errors", faults.language_fails, environment=LANGUAGE),
    Row("vendor-hangs", "vendors hang", faults.vendors_hang, unknown=True),
    Row("vendor-accepts", "vendor accepts, then hangs", faults.vendors_accept_and_hang),
    Row("vendor-down", "vendors cut every connection", faults.vendors_cut, unknown=True),
    Row("vendor-hour", "vendors silent for an hour", faults.vendors_down_for_an_hour, unknown=True),
    Row("callbacks", "a tenth of the callbacks dropped", faults.callbacks_dropped, mix="recordings", pays_again=True),
    Row("deploy", "workers replaced, front reloaded", faults.deploy),
    Row(
        "pause",
        "machine paused beyond a lease",
        faults.pause_worker,
        worker="slow",
        helpers=("",),
        unknown=True,
        fences=True,
        # as on a host, a callback is missed later than the longest pause: a submission that a paused worker had in hand goes out after it
        environment=(("DEEPGRAM_OVERDUE_SECONDS", "90"),),
    ),
    Row("skew", "clocks an hour apart", helpers=("ahead", "behind")),
    Row("crash-commit", "front dies between commit and publish", web="crash_after_commit"),
    Row("bells", "every bell of the front lost", web="lose_bells"),
    Row("crash-send", "worker dies between send and commit", worker="crash_after_send"),
    Row("crash-before-send", "worker dies before it sends", worker="crash_before_send", unknown=True),
    Row(
        "crash-result",
        "worker dies before it commits a result",
        worker="crash_before_result",
        # every twelfth result ends its process: with three tries one of 300 steps meets that three times in a row, and is rightly buried
        environment=(("WORKER_MAX_RETRIES", "6"),),
    ),
    Row("no-sweeper", "every bell lost, sweeper dead", faults.no_sweeper, web="lose_bells", worker="no_sweeper"),
    Row("sweepers", "three sweepers, Redis wiped", faults.wipe_redis, helpers=("", "")),
    Row("mixed", "all mixed, with poison", faults.everything, mix="poison", worker="poison", refuses=True, unknown=True, stock=True),
)

BY_NAME = {row.name: row for row in ROWS}
