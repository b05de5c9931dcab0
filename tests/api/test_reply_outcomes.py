"""Whoever reads a reply is told whether it reached anybody: beside a transcript, a run, in the list and in an export."""

import csv
import io
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient

from db.tables.conversations import TranscriptRow
from db.tables.organizations import OrganizationRow
from tests.support.calling import DANGER, Caller, work_off
from tests.support.factories import EffectFactory, ReplyFactory, RunFactory
from tests.support.stored import rows
from webhooks import tenants

ON_CALL = "+15005550111"
Outcome = tuple[str | None, str | None]


def _of(reply: dict[str, Any], prefix: str = "") -> Outcome:
    return reply[f"{prefix}outcome"], reply[f"{prefix}outcome_reason"]


def _told(client: FlaskClient) -> Outcome:
    """What all of them say of the only reply."""
    [reply] = client.get("/v1/replies").get_json()["items"]
    [exported] = client.get("/v1/exports/transcripts", buffered=True).data.splitlines()
    [line] = csv.DictReader(io.StringIO(client.get("/v1/exports/transcripts?format=csv", buffered=True).text))
    one = client.get(f"/v1/transcripts/{reply['transcript_id']}").get_json()["reply"]
    run = client.get(f"/v1/runs/{reply['run_id']}").get_json()["reply"]
    told = _of(reply)
    assert (_of(one), _of(run), _of(orjson.loads(exported), "reply_")) == (told,) * 3
    assert _of(line, "reply_") == tuple(each or "" for each in told)
    return told


def _carried(finished: TranscriptRow, **how: Any) -> None:
    ids = {"organization_id": finished.organization_id, "conversation_id": finished.conversation_id, "transcript_id": finished.id}
    EffectFactory.create(**ids | {"run_id": finished.current_run_id} | how)


def test_what_is_written_while_a_person_talks_with_the_caller_was_said_to_nobody(
    api_client: FlaskClient, organization: OrganizationRow
) -> None:
    rows("UPDATE organizations SET settings = settings || CAST(%s AS jsonb) RETURNING id", f'{{"on_call": "{ON_CALL}"}}')
    tenants.forget()
    heard = Caller(api_client).says(DANGER)
    work_off()
    [reply] = api_client.get("/v1/replies").get_json()["items"]
    assert (reply["counts"], reply["text"] in heard.words) == (True, False)
    assert _told(api_client) == ("suppressed", "put_through")


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({"state": "pending"}, ("pending", None)),
        ({"state": "sent", "provider": "twilio", "delivery": "delivered"}, ("sent", None)),
        ({"state": "sent", "provider": "local"}, ("recorded", None)),
        ({"state": "sent", "provider": "twilio", "delivery": "undelivered", "delivery_code": "30005"}, ("undelivered", "30005")),
        ({"state": "superseded", "kind": "call_update", "last_error": "call_ended"}, ("superseded", "call_ended")),
        ({"state": "sent", "kind": "call_update", "provider": "twilio", "delivery": "dialed:no-answer"}, ("sent", None)),
        ({"state": "failed", "last_error": "twilio:21610"}, ("failed", "twilio:21610")),
        ({"state": "sent", "kind": "escalation", "provider": "twilio"}, (None, None)),
    ],
)
def test_it_is_as_the_effect_says_that_carries_it(
    api_client: FlaskClient, finished: TranscriptRow, how: dict[str, Any], told: Outcome
) -> None:
    assert _told(api_client) == (None, None), "nothing carries it"
    _carried(finished, **how)
    assert _told(api_client) == told


def test_what_was_sent_again_is_as_its_last_effect(api_client: FlaskClient, finished: TranscriptRow) -> None:
    _carried(finished, state="failed", last_error="twilio:http_500")
    _carried(finished, state="sent", provider="twilio")
    assert _told(api_client) == ("sent", None)


@pytest.mark.parametrize("is_of_a_run", [True, False])
def test_a_reply_that_was_written_to_compare_reached_nobody(api_client: FlaskClient, finished: TranscriptRow, *, is_of_a_run: bool) -> None:
    _carried(finished, state="sent", kind="call_update", provider="twilio", **({} if is_of_a_run else {"run_id": None}))
    again = RunFactory.create(organization_id=finished.organization_id, transcript_id=finished.id, purpose="reprocess", state="done")
    ReplyFactory.create(run_id=again.id)
    found = {reply["run_id"]: _of(reply) for reply in api_client.get("/v1/replies").get_json()["items"]}
    assert found == {str(again.id): (None, None), str(finished.current_run_id): ("sent", None)}
