"""A real batch worker, killed in the middle and another one started: what was done is not done again, and nobody is paid twice."""

from pathlib import Path

from tests.support import processes
from tests.support.stored import count, row, rows
from tests.tasks.reprocessing.conftest import CALLS, Desk

BEFORE_THE_KILL = 3


def _done() -> int:
    return int(row("SELECT count(*) AS n FROM runs WHERE purpose = 'reprocess' AND state = 'done'")["n"])


def test_a_killed_batch_is_gone_on_with_and_repeats_nothing(desk: Desk, tmp_path: Path) -> None:
    asked, effects = desk.asked(), count("effects")
    desk.again("--prompt", "reply-3")
    with processes.worker(tmp_path, "batch") as worker:
        processes.until(lambda: _done() >= BEFORE_THE_KILL, "some runs are done")
        worker.kill_group()
    finished = rows("SELECT id, finished_at FROM runs WHERE purpose = 'reprocess' AND state = 'done' ORDER BY id")
    # a lease would end by itself
    desk.house.put_clock_forward()
    with processes.worker(tmp_path, "batch"):
        assert f"{CALLS} reprocess runs" in desk.say("reprocess", "--resume", "again")
        processes.until(lambda: _done() == CALLS, "all runs are done")
    again = rows(
        "SELECT id, finished_at FROM runs WHERE purpose = 'reprocess' AND id = ANY(%s::uuid[]) ORDER BY id", [run["id"] for run in finished]
    )
    assert again == finished, "what was done is left"
    assert count("runs") == 2 * CALLS
    assert desk.asked() == asked + CALLS, "each reply was paid once"
    assert count("effects") == effects


def test_live_work_goes_first(desk: Desk, tmp_path: Path) -> None:
    """All places but the batch's own are taken: the batch waits without using up a try, and goes on when there is room."""
    places = 25
    rows(
        "INSERT INTO vendor_places (id, vendor, held_until) SELECT gen_random_uuid(), 'openai', clock_timestamp() + interval '1 hour'"
        " FROM generate_series(1, %s) RETURNING id",
        places,
    )
    asked = desk.asked()
    desk.again("--prompt", "reply-3")
    with processes.worker(tmp_path, "batch"):
        busy = "SELECT id FROM runs WHERE purpose = 'reprocess' AND last_error = 'openai:busy' AND attempts = 0"
        processes.until(lambda: len(rows(busy)) == CALLS, "every run waits for a place")
        assert desk.asked() == asked
        rows("DELETE FROM vendor_places RETURNING id")
        processes.until(lambda: _done() == CALLS, "all runs are done")
    assert desk.asked() == asked + CALLS
