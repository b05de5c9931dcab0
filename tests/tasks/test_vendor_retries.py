"""A vendor that comes again until it hears a 2xx: once if all is well; while the database is away, until it is stored, and stored once."""

import os
from collections.abc import Callable

import pytest

from tests.support.chain import run_row
from tests.support.processes import until
from tests.support.stored import row
from tests.support.vendor_house import House

NOWHERE = "postgresql://postgres@127.0.0.1:1/none"
# Deepgram's 30 s between two tries become 0.75 s
SPEED = 40


def _answers(house: House) -> list[int | None]:
    return [entry.status for entry in house.twin.log(operation="callback") if entry.took_ms is not None]


def test_a_callback_that_is_taken_comes_once(house: House) -> None:
    assert house.work_off(house.recorded())["state"] == "done"
    house.twin.pass_time(60)
    assert _answers(house) == [200]


def test_a_callback_during_an_outage_comes_until_it_is_stored_and_is_stored_once(
    house: House, configured: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    house.twin.speed(SPEED)
    house.twin.misbehave("deepgram", "late", operation="callback", delay_s=20)
    stored = house.recorded()
    assert stored.run_id
    house.step(stored.run_id, run_row(stored.run_id))
    there = os.environ["DATABASE_URL"]
    configured(DATABASE_URL=NOWHERE)
    until(lambda: len(_answers(house)) >= 2, "the callback has come twice")
    configured(DATABASE_URL=there)
    until(lambda: 200 in _answers(house), "the callback is taken")
    house.twin.pass_time(60)

    *refused, taken = _answers(house)
    assert (set(refused), taken) == ({503}, 200)
    assert row("SELECT count(*) AS n, sum(duplicate_count) AS again FROM webhook_events WHERE kind = 'callback'") == {"n": 1, "again": 0}
    assert house.work_off(stored)["state"] == "done"
    assert len(house.paid("listen")) == 1
