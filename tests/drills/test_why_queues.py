"""Work that nobody takes: `why` names who is missing, and what it prints brings the work to its end."""

import shlex
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.harness.processes import Process
from db.tables.organizations import OrganizationRow
from tests.drills.conftest import Told, Why, obeyed
from tests.support import chain, processes
from tests.support.processes import until
from tests.support.stored import row, rows
from tests.support.vendor_house import SPEED, House

pytestmark = pytest.mark.timeout(600)
# longer than the drill takes
HANGS_S = 250.0
UntilTold = Callable[[object, str], Told]
ANSWERED = {"answered", "done"}


def _is_done() -> bool:
    return bool(rows("SELECT id FROM runs WHERE state = 'done'")) and not rows(
        "SELECT id FROM effects WHERE state IN ('pending', 'sending')"
    )


def _old(seconds: int) -> None:
    moment = f"clock_timestamp() - interval '{seconds} seconds'"
    rows(f"UPDATE runs SET not_before = {moment}, next_publish_at = {moment}, stage_since = {moment} RETURNING id")  # noqa: S608 - our own words


def test_no_consumer_on_a_queue(organization: OrganizationRow, tmp_path: Path, why: Why) -> None:
    stored = chain.store_sms(organization.id, "SM1")
    _old(30)
    told = why("SM1")
    assert (told.code, told.exit_code) == ("no_consumer", 1)
    assert "Message SM1" in told.sentence
    assert "'speech'" in told.sentence

    assert told.command
    worker = Process("printed", shlex.join(shlex.split(told.command)), processes.surroundings(processes.ROOT), tmp_path / "worker.log")
    worker.start()
    try:
        until(_is_done, f"the printed worker has done it; its log is {worker.log}")
    finally:
        worker.kill_group()
    for name in ("SM1", stored.run_id, stored.transcript_id, stored.event_id, stored.conversation_id):
        told = why(name)
        assert (told.exit_code, told.code in ANSWERED) == (0, True), told


def test_a_worker_that_is_stopped_with_a_run_in_its_hands(
    house: House, tmp_path: Path, why: Why, until_told: UntilTold, monkeypatch: pytest.MonkeyPatch
) -> None:
    # its lease has to hold until the command was typed, on however slow a machine
    monkeypatch.setenv("WORKER_TIMEOUT_SECONDS", "300")
    house.twin.misbehave("openai", "hang", delay_s=HANGS_S * SPEED)
    with processes.worker(tmp_path) as first:
        stored = chain.store_sms(house.organization.id, "SM1")
        until(
            lambda: rows("SELECT id FROM runs WHERE stage = 'classify_speakers' AND lease_until > clock_timestamp()"), "it asks the model"
        )
        assert why("SM1").code == "at_work"
        with processes.worker(tmp_path, options="-n second@%h"):
            first.tell_group(signal.SIGSTOP)
            try:
                house.twin.behave()
                told = until_told(stored.run_id, "silent_worker")
                assert row("SELECT worker FROM run_steps WHERE stage = 'classify_speakers'")["worker"] in told.sentence
                obeyed(told)
                until(_is_done, "the second worker has done it")
            finally:
                first.tell_group(signal.SIGCONT)


def test_a_lease_that_nobody_holds(organization: OrganizationRow, tmp_path: Path, why: Why) -> None:
    stored = chain.store_sms(organization.id, "SM1")
    rows("UPDATE runs SET lease_token = gen_random_uuid(), lease_until = clock_timestamp() + interval '30 minutes' RETURNING id")
    with processes.worker(tmp_path):
        told = why("SM1")
        assert (told.code, told.exit_code) == ("lease_stuck", 1)
        obeyed(told)
        until(_is_done, "the worker has done it")
    assert row("SELECT count(*) AS n FROM runs")["n"] == 1
    assert why(stored.run_id).exit_code == 0


def test_poison_that_ended_every_worker_that_took_it(organization: OrganizationRow, tmp_path: Path, until_told: UntilTold) -> None:
    stored = chain.store_sms(organization.id, "SM1")
    held = "lease_token = gen_random_uuid(), lease_until = clock_timestamp() - interval '1 second'"
    rows(f"UPDATE runs SET attempts = 6, {held}, next_publish_at = clock_timestamp() RETURNING id")  # noqa: S608 - our own words
    with processes.worker(tmp_path):
        told = until_told(stored.run_id, "poison")
        assert "Message SM1 is dead" in told.sentence
        obeyed(told)
        until(_is_done, "the worker has done it")
