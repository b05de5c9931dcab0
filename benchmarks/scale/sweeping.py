"""How long a pass of the sweeper takes: ``python -m benchmarks.scale.sweeping N`` prints the medians of N passes: ms, and bells rung."""

import statistics
import sys
import time

from celeryconfig import task_routes
from tasks import app
from tasks.sweeper import sweep_once

QUEUES = sorted({route["queue"] for route in task_routes.values()})


def main(passes: int) -> tuple[float, float]:
    """Pass after pass, the queues emptied between them, so that each has room: ms, and bells rung."""
    took, rung = [], []
    with app.connection_for_write() as connection:
        for _ in range(passes):
            connection.default_channel.client.flushall()
            began = time.perf_counter()
            rung.append(sweep_once(connection, "measuring@here", QUEUES))
            took.append((time.perf_counter() - began) * 1_000)
    return statistics.median(took), statistics.median(rung)


if __name__ == "__main__":
    milliseconds, bells = main(int(sys.argv[1]))
    print(f"{milliseconds:.1f} {bells:.0f}")
