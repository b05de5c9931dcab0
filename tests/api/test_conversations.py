"""GET /v1/conversations/{id}: whoever was called for help finds out there with whom, how it stands and what was said."""

from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from db import calls
from db.tables.organizations import OrganizationRow
from tests.support import visits
from tests.support.factories import ConversationFactory, TranscriptFactory, now


def test_a_conversation_has_exactly_the_promised_fields(api_client: FlaskClient, organization: OrganizationRow) -> None:
    conversation = ConversationFactory.create(
        organization_id=organization.id, channel="sms", status="in_progress", phase="escalation", escalated_at=now(),
        escalation_reason="violence", direction="inbound", our_number="+15005550100", their_number="+15005550199",
    )  # fmt: skip
    said = [
        str(TranscriptFactory.create(organization_id=organization.id, conversation_id=conversation.id, turn=turn).id) for turn in (1, 2)
    ]
    shown = api_client.get(f"/v1/conversations/{conversation.id}").get_json()
    assert shown["escalated_at"]
    assert shown["started_at"]
    assert {name: value for name, value in shown.items() if name not in {"escalated_at", "started_at"}} == {
        "id": str(conversation.id), "channel": "sms", "status": "in_progress", "phase": "escalation", "escalation_reason": "violence",
        "direction": "inbound", "our_number": "+15005550100", "their_number": "+15005550199", "ended_at": None, "transcripts": said[::-1],
    }  # fmt: skip


def test_a_long_one_is_read_with_as_many_questions_and_bounded(
    api_client: FlaskClient, organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation, asked = ConversationFactory.create(organization_id=organization.id), []
    api_client.get(f"/v1/conversations/{conversation.id}")
    for turn in range(1, 4):
        TranscriptFactory.create(organization_id=organization.id, conversation_id=conversation.id, turn=turn)
        with visits.counted() as seen:
            assert len(api_client.get(f"/v1/conversations/{conversation.id}").get_json()["transcripts"]) == turn
        asked.append(len(seen))
    assert len(set(asked)) == 1
    monkeypatch.setattr(calls, "_CONVERSATION", calls._CONVERSATION.replace(f"LIMIT {calls.TRANSCRIPTS_AT_MOST}", "LIMIT 2"))
    assert len(api_client.get(f"/v1/conversations/{conversation.id}").get_json()["transcripts"]) == 2


def test_somebody_elses_conversation_is_not_found(api_client: FlaskClient, organization: OrganizationRow) -> None:
    foreign = ConversationFactory.create().id
    assert [api_client.get(f"/v1/conversations/{conversation}").status_code for conversation in (foreign, uuid4())] == [404, 404]


def test_nobody_reads_it_without_a_key(client: FlaskClient) -> None:
    assert client.get(f"/v1/conversations/{uuid4()}").status_code == 401
