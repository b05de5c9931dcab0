"""Any order and any duplication of all deliveries of a call, steps in between, ends in the same rows (I7)."""

import os

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, example, given
from hypothesis import settings as figures
from hypothesis import strategies as st

from tests.support import database
from tests.support.invariants import assert_they_hold
from tests.support.sessions import session
from tests.support.whole_call import CALL_STATUSES, CALLBACK, DELIVERIES, MESSAGES, RECORDING_STATUSES, REPORTS, STEPS, WholeCall, turns
from tests.support.whole_call import final_rows as final
from webhooks import tenants

Rows = list[dict[str, object]]

few = figures(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
CANONICAL = [*CALL_STATUSES, *RECORDING_STATUSES, *MESSAGES, "work 0", CALLBACK, *REPORTS]
IN_BETWEEN = st.lists(st.sampled_from(DELIVERIES + STEPS * 3), max_size=24)
ANY_ORDER = IN_BETWEEN.flatmap(lambda more: st.permutations([*DELIVERIES, *more]))


def _come_to(client: FlaskClient, order: list[str]) -> dict[str, Rows]:
    session.remove()
    database.empty(os.environ["DATABASE_URL"])
    with pytest.MonkeyPatch.context() as patch:
        call = WholeCall(client, patch)
        for event in order:
            call.happens(event)
        call.settle()
    tenants.forget()
    assert turns() == [1, 2]
    assert len(call.sent) == 3, "each reply left the house once"
    assert_they_hold()
    return final()


def _unlike(found: Rows, expected: Rows) -> tuple[Rows, Rows]:
    """The rows that the other side does not have."""
    return [row for row in found if row not in expected], [row for row in expected if row not in found]


def test_every_order_of_a_calls_deliveries_ends_in_the_same_rows(client: FlaskClient) -> None:
    expected = _come_to(client, CANONICAL)
    assert {table: len(found) for table, found in expected.items()} == {
        "conversations": 2, "transcripts": 3, "runs": 3, "effects": 3, "events": len(DELIVERIES), "utterances": 4, "analyses": 3,
        "replies": 3, "steps": 12,
    }  # fmt: skip
    assert {effect["state"] for effect in expected["effects"]} == {"sent"}
    assert "delivered" in {effect["delivery"] for effect in expected["effects"]}

    @few
    @given(ANY_ORDER)
    @example([*reversed(DELIVERIES)])
    @example([*DELIVERIES, *DELIVERIES])
    @example([*REPORTS[::-1], CALLBACK, *MESSAGES[::-1], "work 2", "work 1", *RECORDING_STATUSES[::-1], "work 0", *CALL_STATUSES[::-1]])
    def holds(order: list[str]) -> None:
        found = _come_to(client, order)
        assert {table: _unlike(found[table], expected[table]) for table in found if found[table] != expected[table]} == {}

    holds()
