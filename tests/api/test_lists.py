"""Every list beside transcripts: what it shows, that its pages show each thing once, and that it shows nobody else's."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from db.tables.conversations import TranscriptRow
from db.tables.organizations import OrganizationRow
from tests.api.conftest import finish
from tests.support.factories import (
    ConversationFactory,
    EffectFactory,
    ReplyFactory,
    RunFactory,
    TranscriptFactory,
    WebhookEventFactory,
    now,
)
from tests.support.stored import rows

Make = Callable[[UUID], Any]
# the list, what it names a thing by, what makes one, when it was, and a filter that meets none of them
LISTS: list[tuple[str, str, Make, str, str]] = [
    ("conversations", "id", lambda org: ConversationFactory.create(organization_id=org).id, "started_at", "phase=escalation"),
    ("runs", "id", lambda org: RunFactory.create(organization_id=org).id, "created_at", "purpose=reprocess"),
    ("effects", "id", lambda org: EffectFactory.create(organization_id=org).id, "created_at", "kind=escalation"),
    ("events", "id", lambda org: WebhookEventFactory.create(organization_id=org).id, "received_at", "kind=sms"),
    (
        "replies",
        "run_id",
        lambda org: ReplyFactory.create(run_id=RunFactory.create(organization_id=org).id).run_id,
        "created_at",
        "channel=voice",
    ),
    (
        "escalations",
        "conversation_id",
        lambda org: ConversationFactory.create(organization_id=org, escalated_at=now(), escalation_reason="violence").id,
        "escalated_at",
        "reason=chest_pain",
    ),
]
each_list = pytest.mark.parametrize(("name", "key", "make", "at", "nothing"), LISTS, ids=[row[0] for row in LISTS])


def _items(client: FlaskClient, path: str) -> list[dict[str, Any]]:
    answer = client.get(f"/v1/{path}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.get_json()["items"]
    return found


@each_list
def test_pages_show_everything_once_newest_first_and_nobody_elses(
    api_client: FlaskClient, organization: OrganizationRow, name: str, key: str, make: Make, at: str, nothing: str
) -> None:
    made = [str(make(organization.id)) for _ in range(3)]
    make(_another())
    first = api_client.get(f"/v1/{name}?limit=2").get_json()
    second = api_client.get(f"/v1/{name}", query_string={"limit": 2, "cursor": first["next_cursor"]}).get_json()
    assert [item[key] for item in first["items"] + second["items"]] == made[::-1]
    assert second["next_cursor"] is None
    assert _items(api_client, f"{name}?{nothing}") == []
    moments = [item[at] for item in first["items"] + second["items"]]
    within = api_client.get(f"/v1/{name}", query_string={"since": moments[1], "until": moments[0]}).get_json()
    assert [item[key] for item in within["items"]] == [made[1]], "since is included, until is not"


@each_list
def test_what_cannot_be_asked_is_refused_by_name(api_client: FlaskClient, name: str, key: str, make: Make, at: str, nothing: str) -> None:
    for query, field in [
        ("limit=101", "limit"), ("cursor=x", "cursor"), ("since=yesterday", "since"), ("until=2026-01-01T00:00:00", "until"),
        ("organization_id=1", "organization_id"),
    ]:  # fmt: skip
        answer = api_client.get(f"/v1/{name}?{query}")
        assert (answer.status_code, list(answer.get_json()["errors"])) == (422, [field]), query


def test_a_run_is_shown_with_its_steps_its_tries_and_what_it_found(api_client: FlaskClient, finished: TranscriptRow) -> None:
    shown = api_client.get(f"/v1/runs/{finished.current_run_id}").get_json()
    assert (shown["transcript_id"], shown["run"]["state"], shown["utterances"]) == (str(finished.id), "done", 2)
    assert [step["state"] for step in shown["run"]["steps"]] == ["done"] * 4
    assert (shown["analysis"]["intent"], shown["reply"]["template"], shown["tries"]) == ("book_appointment", "book_appointment", [])
    assert api_client.get(f"/v1/runs/{finished.id}").status_code == 404
    assert api_client.get(f"/v1/runs/{RunFactory.create().id}").status_code == 404


def test_what_was_said_is_paged_in_order_and_stays_with_the_run_that_counted(api_client: FlaskClient, finished: TranscriptRow) -> None:
    path = f"/v1/transcripts/{finished.id}/utterances"
    first = api_client.get(f"{path}?limit=1").get_json()
    second = api_client.get(path, query_string={"limit": 1, "cursor": first["next_cursor"]}).get_json()
    assert [item["seq"] for item in first["items"] + second["items"]] == [0, 1]
    assert second["next_cursor"] is None
    assert api_client.get(f"/v1/transcripts/{TranscriptFactory.create().id}/utterances").status_code == 404
    bare = TranscriptFactory.create(organization_id=finished.organization_id)
    assert api_client.get(f"/v1/transcripts/{bare.id}/utterances").get_json() == {"items": [], "next_cursor": None}


def test_transcripts_are_filtered_by_what_was_understood(api_client: FlaskClient, organization: OrganizationRow) -> None:
    finish(TranscriptFactory.create(organization_id=organization.id))
    escalated = ConversationFactory.create(organization_id=organization.id, escalated_at=now(), channel="sms")
    bare = TranscriptFactory.create(organization_id=organization.id, conversation_id=escalated.id)
    for query, found in [
        ("intent=book_appointment", 1), ("intent=refund", 0), ("role_confidence_min=0.93", 1), ("role_confidence_max=0.9", 0),
        ("role_confidence_min=0.5&role_confidence_max=0.95&intent=book_appointment", 1), ("channel=sms", 1), ("escalated=true", 1),
    ]:  # fmt: skip
        assert len(_items(api_client, f"transcripts?{query}")) == found, query
    assert [item["id"] for item in _items(api_client, "transcripts?escalated=true")] == [str(bare.id)]
    later = (now() + timedelta(hours=1)).isoformat()
    assert api_client.get("/v1/transcripts", query_string={"since": later}).get_json()["items"] == []


def test_an_escalation_says_why_which_utterance_and_whether_somebody_was_reached(
    api_client: FlaskClient, organization: OrganizationRow
) -> None:
    conversation = ConversationFactory.create(organization_id=organization.id, escalated_at=now(), escalation_reason="chest_pain")
    transcript = finish(TranscriptFactory.create(organization_id=organization.id, conversation_id=conversation.id))
    call = {"organization_id": organization.id, "conversation_id": conversation.id, "transcript_id": transcript.id, "kind": "escalation"}
    effect = EffectFactory.create(**call, run_id=transcript.current_run_id, reason="chest_pain", state="sent", delivery="undelivered")
    [shown] = _items(api_client, "escalations?status=open")
    assert (shown["reason"], shown["status"]) == ("chest_pain", "open")
    assert shown["calls"][0]["id"] == str(effect.id)
    assert shown["calls"][0]["evidence"] == {
        "run_id": str(transcript.current_run_id), "seq": 1, "role": "customer", "text": "I would like to book a cleaning",
    }  # fmt: skip
    EffectFactory.create(**call, reason="operator", state="sent")
    [shown] = _items(api_client, "escalations?status=answered")
    assert [each["evidence"] is None for each in shown["calls"]] == [False, True], "no rule fired for an operator"
    assert _items(api_client, "escalations?status=open") == []


def test_who_has_the_answer_already_gets_no_second_one(api_client: FlaskClient, finished: TranscriptRow) -> None:
    for path in (
        f"transcripts/{finished.id}",
        "transcripts",
        f"runs/{finished.current_run_id}",
        f"conversations/{finished.conversation_id}",
    ):
        tag = api_client.get(f"/v1/{path}").headers["ETag"]
        again = api_client.get(f"/v1/{path}", headers={"If-None-Match": f'"other", {tag}'})
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    tag = api_client.get(f"/v1/transcripts/{finished.id}").headers["ETag"]
    EffectFactory.create(organization_id=finished.organization_id, conversation_id=finished.conversation_id, transcript_id=finished.id)
    changed = api_client.get(f"/v1/transcripts/{finished.id}", headers={"If-None-Match": tag})
    assert (changed.status_code, len(changed.get_json()["effects"])) == (200, 1)


def test_what_is_read_costs_a_constant_number_of_questions(api_client: FlaskClient, finished: TranscriptRow, statements: list[str]) -> None:
    for _ in range(2):
        made = finish(TranscriptFactory.create(organization_id=finished.organization_id))
        call = {"organization_id": made.organization_id, "conversation_id": made.conversation_id, "kind": "escalation"}
        EffectFactory.create(**call, transcript_id=made.id, run_id=made.current_run_id)
        WebhookEventFactory.create(organization_id=made.organization_id)
    rows("UPDATE conversations SET escalated_at = now() RETURNING id")
    # one of them is for the key
    costs = dict.fromkeys(["transcripts", "conversations", "runs", "replies", "effects", "events", "search?q=cleaning"], 2)
    costs |= {"escalations": 3, f"transcripts/{finished.id}/utterances": 4, f"runs/{finished.current_run_id}": 3, "transcripts?intent=x": 2}
    for path, cost in costs.items():
        statements.clear()
        assert api_client.get(f"/v1/{path}").status_code == 200
        assert len(statements) == cost, path


def _another() -> UUID:
    return UUID(str(ConversationFactory.create().organization_id))
