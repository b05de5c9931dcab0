"""Workers are harmed from outside; the doctor names them, and what it says mends it."""

import signal

from tests.support.doctor_house import House

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
