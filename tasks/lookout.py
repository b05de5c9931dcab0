"""Checks the promises when nobody else does, in a daemon thread of every worker's parent process, beside the sweeper's."""

import threading

import structlog

import celeryconfig
from db.plant import sweep, workers
from tasks import invariants
from tasks.reasons import named

log = structlog.get_logger()


class Lookout(threading.Thread):
    """Whoever has no beat shall hear that something stands still.

    Not in the sweeper's own thread: a check of a large house takes many seconds, and so long nothing would be rung for.
    """

    def __init__(self) -> None:
        """Leave the first check to beat."""
        super().__init__(name="lookout", daemon=True)
        self._stopped = threading.Event()

    def run(self) -> None:
        """Look once in a check's interval until stopped."""
        while not self._stopped.wait(celeryconfig.CHECK_EVERY_S):
            try:
                self.look()
            except Exception as error:  # noqa: BLE001 - whoever cannot ask Postgres asks again; what goes unchecked is seen in /metrics
                log.warning("lookout_failed", error=named(error))

    def stop(self) -> None:
        """End; a check that is at hand ends with the process."""
        self._stopped.set()

    def look(self) -> None:
        """Check if the last check is older than two of beat's. Raises StoreUnavailable."""
        with sweep.opened() as store:
            is_mine = workers.take_turn_of(store, invariants.TASK, 2 * celeryconfig.CHECK_EVERY_S)
        if is_mine:
            log.warning("checked_in_place_of_beat")
            invariants.look_after()
