"""A gunicorn worker that leaves connections to whoever has fewer, and goes on answering until its successor does."""

import threading
import time
from types import FrameType
from typing import Any

from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]  # gunicorn ships no types

from tasks import dispatch

# On a reload gunicorn forks the next workers and tells the old ones to end in the same moment. The next open their first connection and
# prepare their first query before they accept: 0.1 s alone, 0.3 s on a busy machine, in which vendors would wait.
SUCCESSOR_S = 1.0

# Workers share one listening socket, and a connection goes to whoever is quicker to take it. A router that keeps its connections open can
# so leave all of them with one process while the other cores idle: two of three runs with eight connections began like that. Whoever has
# work for all of its threads waits a moment before it takes one more, the longer the more it has; for another one that is time enough.
HESITATION_S, AT_MOST_S = 0.001, 0.005

# a broker that answers takes what waits in milliseconds
PUBLISHES_S = 1.0


def stays_s(age: int, workers: int) -> float:
    """How long the worker that was made as the ``age``-th stays after it was told to end; of those made together each another time."""
    return SUCCESSOR_S * (1 + age % workers / workers)


class Worker(ThreadWorker):  # type: ignore[misc]  # as above
    """Threads, as gunicorn's own; only SIGTERM ends it a moment later. A host's router sends us requests for that long, too."""

    def accept(self, listener: Any) -> None:
        """Take a connection, or leave it to a worker with fewer."""
        if self.nr_conns >= self.cfg.threads:
            time.sleep(min(AT_MOST_S, HESITATION_S * self.nr_conns / self.cfg.threads))
        super().accept(listener)

    def run(self) -> None:
        """Answer until told to end; then ring for what was answered a moment ago: the sweepers would, some seconds later."""
        super().run()
        dispatch.publish_the_rest(PUBLISHES_S)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin the graceful end in one to two times ``SUCCESSOR_S``, one worker after the other: a successor is slow at first."""
        # whoever is answered from now on connects anew, to us or to a successor: it gets its first requests one by one, not all at once
        self.cfg.set("keepalive", 0)
        later = threading.Timer(stays_s(self.age, self.cfg.workers), super().handle_exit, (sig, frame))
        later.daemon = True  # whoever is told to quit at once does not wait for it
        later.start()
