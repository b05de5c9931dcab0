"""SIGKILL in the middle, of a real batch worker and of a real command: what was done is not done again, and nobody is paid twice."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from click.testing import CliRunner

from benchmarks.harness.processes import Process
from db.batches import CHUNK
from db.tables.organizations import OrganizationRow
from tasks.commands.batches import batches
from tasks.commands.reprocess import reprocess
from tests.support import processes
from tests.support.factories import ConversationFactory, TranscriptFactory
from tests.support.stored import count, row, rows
from tests.tasks.reprocessing.conftest import CALLS, WINDOW, Desk

BEFORE_THE_KILL = 2
# on the twin's clock, which is quick: nobody waits for its end
FOR_EVER_S = 100_000.0
MORE = 3


def _done() -> list[dict[str, object]]:
    return rows("SELECT id, finished_at FROM runs WHERE purpose = 'reprocess' AND state = 'done' ORDER BY id")


def test_after_a_killed_worker_what_is_done_is_not_repeated(desk: Desk, tmp_path: Path) -> None:
    asked, effects, twin = desk.asked(), count("effects"), desk.house.twin
    desk.again("--prompt", "reply-3")
    desk.work_off(BEFORE_THE_KILL)
    finished = _done()
    twin.misbehave("openai", "accept_then_hang", times=1, delay_s=FOR_EVER_S)
    with processes.worker(tmp_path, "batch") as worker:
        hangs = "a reply is made, and its answer is on its way"
        processes.until(lambda: [entry for entry in twin.log(operation="responses") if entry.paid and entry.took_ms is None], hangs)
        worker.kill_group()
    assert row("SELECT count(*) AS n FROM runs WHERE lease_until > clock_timestamp()") == {"n": 1}
    # a lease would end by itself
    desk.house.put_clock_forward()
    assert f"{CALLS} reprocess runs" in desk.say("reprocess", "--resume", "again")
    desk.work_off()
    assert len(_done()) == CALLS
    assert [run for run in _done() if run in finished] == finished, "what was done is left"
    assert count("runs") == 2 * CALLS
    assert desk.asked() == asked + CALLS, "each reply was paid once"
    again = [entry for entry in twin.log(operation="responses") if entry.about.get("repeated")]
    assert len(again) == 1, "what was on its way is asked again, and says so"
    assert count("effects") == effects


@pytest.fixture
def held(organization: OrganizationRow) -> Iterator[Any]:
    """More transcripts than are opened at once; whoever opens a run over the last of them has to wait until this connection lets go."""
    talk = ConversationFactory.create(organization_id=organization.id).id
    for turn in range(CHUNK + MORE):
        TranscriptFactory.create(organization_id=organization.id, conversation_id=talk, turn=turn + 1)
    connection = psycopg2.connect(os.environ["DATABASE_URL"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM transcripts ORDER BY id DESC LIMIT 1 FOR UPDATE")
    yield connection
    connection.close()


def test_a_killed_command_is_gone_on_with_and_opens_nothing_twice(held: Any, tmp_path: Path) -> None:
    order = f"celery -A tasks reprocess --org test {' '.join(WINDOW)} --name again --yes"
    command = Process("reprocess", order, processes.surroundings(processes.ROOT), tmp_path / "reprocess.log")
    command.start()
    try:
        processes.until(lambda: count("runs") == CHUNK, f"some runs are opened; its log is {command.log}")
    finally:
        command.kill_group()
    assert command.exit_code() == -signal.SIGKILL
    held.rollback()
    assert row("SELECT opened_at FROM batches") == {"opened_at": None}
    said = CliRunner().invoke(batches, ["--org", "test"]).output
    assert f"{MORE} to be opened: reprocess --resume again" in said
    resumed = CliRunner().invoke(reprocess, ["--org", "test", "--resume", "again"])
    assert f"Batch again: {CHUNK + MORE} reprocess runs, 0 done" in resumed.output
    assert row("SELECT count(*) AS n, count(DISTINCT transcript_id) AS of FROM runs") == {"n": CHUNK + MORE, "of": CHUNK + MORE}
    assert row("SELECT count(*) AS n FROM batches WHERE opened_at IS NOT NULL") == {"n": 1}
