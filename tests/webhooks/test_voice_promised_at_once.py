"""A promise and its call are made once, whatever comes at the same moment: copies of a webhook, or the push of the reply."""

from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from db import live
from db.engine import WORK, engine
from db.tables.organizations import OrganizationRow
from domain.telephony.call_flow import WAITS, waits
from domain.telephony.twilio_voice import Dialed
from tests.support import calling, chain
from tests.support.calling import OURS, THEIRS, reply
from tests.support.invariants import assert_they_hold
from tests.support.stored import row, rows
from webhooks import tenants

ON_CALL = "+15005550111"


def wants(settings: str) -> None:
    """The organization has these settings, too."""
    rows("UPDATE organizations SET settings = settings || CAST(%s AS jsonb) RETURNING id", settings)
    tenants.forget()


def calls() -> list[dict[str, Any]]:
    """The calls for a person, and what each is for."""
    return rows("SELECT id, effect_key, target, sender, body, state FROM effects WHERE kind = 'escalation' ORDER BY created_at, id")


def conversation() -> dict[str, Any]:
    return row("SELECT phase, escalation_reason, escalated_at IS NOT NULL AS escalated FROM conversations")


class TestAtTheSameMoment:
    """Webhooks come twice, and replies are pushed while the call asks."""

    def test_of_copies_of_a_request_one_calls(self, organization: OrganizationRow) -> None:
        wants(f'{{"on_call": "{ON_CALL}"}}')
        for number in range(1, 6):
            _, sid = calling.store_turn(organization.id)
            take = partial(live.take_reply, organization.id, sid, 1, WAITS, "trace", gives_up=True)
            found = chain.at_once([take] * 4)
            assert sum(each.help_id is not None for each in found) == 1
            assert all(each.is_told or waits(WAITS, each) for each in found), "promised, or asked for again"
            assert len(calls()) == number
        assert_they_hold()

    def test_of_copies_of_an_event_one_calls(self, organization: OrganizationRow) -> None:
        wants(f'{{"on_call": "{ON_CALL}"}}')
        for number in range(1, 6):
            event = Dialed(f"CA{uuid4().hex}", "in-progress", "inbound", THEIRS, OURS, dial_call_status="no-answer")
            delivery = chain.envelope("dialed", f"{event.call_sid}:1")
            store = partial(live.store_dialed, organization.id, delivery, event, promises=True)
            found = chain.at_once([store] * 4)
            assert sum(each.effect_id is not None for each in found) == 1
            assert len(calls()) == number
        assert_they_hold()

    def test_a_push_that_begins_while_the_call_gives_up_is_waited_for(
        self, organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The reply was entered and claimed after the question was asked, and before it had the conversation."""
        monkeypatch.setattr("db.driver.engine", lambda _=None: engine(WORK))
        wants(f'{{"on_call": "{ON_CALL}"}}')
        stored, sid = calling.store_turn(organization.id)
        with chain.holding("SELECT FROM conversations FOR NO KEY UPDATE") as cursor:
            [asked] = chain.started([partial(live.take_reply, organization.id, sid, 1, WAITS, "trace", gives_up=True)])
            chain.until_blocked()
            cursor.execute(
                "INSERT INTO effects (id, organization_id, conversation_id, transcript_id, effect_key, kind, target, body, state, attempts,"
                " lease_token, lease_until, trace_id, next_publish_at) SELECT gen_random_uuid(), organization_id, conversation_id, id,"
                " 'transcript:' || id || ':call_update', 'call_update', 'CA', 'x', 'sending', 1, gen_random_uuid(),"
                " clock_timestamp() + interval '1 minute', '', clock_timestamp() FROM transcripts WHERE id = %s",
                (str(stored.transcript_id),),
            )
        found = asked.result(60)
        assert waits(WAITS, found)
        assert (found.is_told, calls(), conversation()["escalated"]) == (False, [], False)
        assert reply()["state"] == "sending"
