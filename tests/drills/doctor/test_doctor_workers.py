"""Workers are harmed from outside; the doctor names them, and what it says mends it."""

import signal
from typing import Any

from honcho.environ import parse_procfile

from benchmarks.harness.product import READY_WORKER
from domain.diagnosis.repairs import command_in
from tests.support import processes
from tests.support.doctor_house import WITHIN_S, House, new_sid

RANG_LONG_AGO = """
INSERT INTO periodic_tasks (name, last_run_at) VALUES ('beat', clock_timestamp() - interval '10 minutes')
ON CONFLICT (name) DO UPDATE SET last_run_at = excluded.last_run_at RETURNING name
"""
PROCFILE = parse_procfile((processes.ROOT / "Procfile").read_text(encoding="utf-8")).processes

AGED = "UPDATE workers SET seen_at = seen_at - interval '2 minutes' WHERE name LIKE %s RETURNING name"


def test_a_worker_that_is_silent(house: House) -> None:
    """Stopped as a machine that hangs; its last sign is put back instead of waiting."""
    house.running["worker"].tell_group(signal.SIGSTOP)
    try:
        assert house.rows(AGED, "worker@%")
        finding = house.finds("worker_silent")
        assert "start the Procfile's `worker` anew" in finding["fix"]
    finally:
        house.restart("worker")
    house.is_well()


def test_a_queue_that_nobody_listens_to(house: House) -> None:
    house.run("celery -A tasks control cancel_consumer deliver")
    finding = house.finds("queue_unheard")
    assert "deliver" in finding["sentence"]
    house.run(finding["fix"].partition("  (")[0])
    house.is_well()


def test_a_worker_that_a_deploy_would_cut_off(house: House) -> None:
    bare = PROCFILE["batch"].replace("env REMAP_SIGTERM=SIGQUIT ", "")
    assert bare != PROCFILE["batch"]
    house.type("batch", bare).ready(READY_WORKER)
    try:
        command = command_in(house.finds("sigterm_not_remapped")["fix"])
        assert command
        house.type("batch", command).ready(READY_WORKER)
        house.is_well()
    finally:
        house.restart("batch")


def test_beat_that_is_gone(house: House) -> None:
    """What it rang for last may still be on its way when it is killed: its last sign is put back until that is over."""

    def missed() -> dict[str, Any] | None:
        house.rows(RANG_LONG_AGO)
        return house.doctor().of("beat_silent")

    house.running["beat"].kill_group()
    try:
        command = command_in(processes.until(missed, "doctor misses beat", WITHIN_S)["fix"])
        told = house.why(new_sid())
        assert (told["code"], told["command"]) == ("beat_silent", command)
        house.type("beat", told["command"])
        house.is_well()
    finally:
        house.restart("beat")


def test_no_worker_at_all(house: House) -> None:
    for name in ("worker", "batch"):
        house.running[name].kill_group()
    try:
        assert house.rows(AGED, "%")
        assert "worker" in house.finds("no_worker")["fix"]
    finally:
        for name in ("worker", "batch"):
            house.start(name)
    house.is_well()
