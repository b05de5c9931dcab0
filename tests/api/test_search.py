"""GET /v1/search: what was said is found by its words, by its own organization, and never once it is gone."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from db.tables.conversations import TranscriptRow
from db.tables.organizations import OrganizationRow
from tests.support.factories import ConversationFactory, RunFactory, TranscriptFactory, UtteranceFactory
from tests.support.sessions import session
from tests.support.stored import rows


def _said(organization: OrganizationRow | None, *texts: str, **transcript: Any) -> TranscriptRow:
    """A transcript whose current run has these words."""
    owner = {"organization_id": organization.id} if organization else {}
    made: TranscriptRow = TranscriptFactory.create(**owner, **transcript)
    run = RunFactory.create(organization_id=made.organization_id, transcript_id=made.id, state="done", stage="persist")
    for seq, text in enumerate(texts):
        UtteranceFactory.create(run_id=run.id, seq=seq, text=text, role="agent" if seq % 2 else "customer")
    made.current_run_id = run.id
    session().commit()
    return made


def _found(client: FlaskClient, q: str, **query: Any) -> dict[str, Any]:
    answer = client.get("/v1/search", query_string={"q": q} | query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def _texts(found: dict[str, Any]) -> list[str]:
    return ["".join(piece["text"] for piece in item["snippet"]) for item in found["items"]]


def test_words_are_found_in_any_form_and_marked(api_client: FlaskClient, organization: OrganizationRow) -> None:
    transcript = _said(organization, "I was refunded yesterday", "Good, then that is done")
    [item] = _found(api_client, "refund")["items"]
    assert (item["transcript_id"], item["seq"], item["role"]) == (str(transcript.id), 0, "customer")
    assert item["snippet"] == [
        {"text": "I was ", "is_match": False},
        {"text": "refunded", "is_match": True},
        {"text": " yesterday", "is_match": False},
    ]


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("late refund", 1),
        ("refund OR parcel", 2),
        ('"my refund"', 1),
        ('"late refund"', 0),
        ("refund -late", 0),
        ("the", 0),
        ("...", 0),
        ("'", 0),
    ],
)
def test_searches_are_spelled_as_people_spell_them(api_client: FlaskClient, organization: OrganizationRow, q: str, found: int) -> None:
    _said(organization, "my refund is late", "a parcel came")
    assert len(_found(api_client, q)["items"]) == found


def test_what_a_caller_says_is_never_taken_for_a_mark(api_client: FlaskClient, organization: OrganizationRow) -> None:
    _said(organization, "<b>parcel</b> \x02not\x03 {is_match: true} \x02refund")
    [item] = _found(api_client, "parcel")["items"]
    assert [piece["text"] for piece in item["snippet"] if piece["is_match"]] == ["parcel"]


def test_the_best_match_comes_first_and_pages_show_each_once(api_client: FlaskClient, organization: OrganizationRow) -> None:
    _said(
        organization,
        "refund refund refund",
        "a refund, and much else that nobody asked for in a long sentence about parcels and trains",
        "refund",
    )
    whole = _found(api_client, "refund")["items"]
    assert [item["rank"] for item in whole] == sorted((item["rank"] for item in whole), reverse=True)
    seen, cursor = [], None
    while True:
        page = _found(api_client, "refund", limit=1, **({"cursor": cursor} if cursor else {}))
        seen += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == whole
    assert len(seen) == 3


def test_nobody_finds_what_others_said(api_client: FlaskClient, organization: OrganizationRow) -> None:
    theirs = _said(None, "my refund")
    _said(organization, f"my refund, org {theirs.organization_id}")
    assert len(_found(api_client, "refund")["items"]) == 1
    assert _found(api_client, f"refund OR ' {theirs.organization_id}'")["items"][0]["transcript_id"] != str(theirs.id)


def test_what_is_gone_or_does_not_count_is_not_found(api_client: FlaskClient, organization: OrganizationRow) -> None:
    erased = ConversationFactory.create(organization_id=organization.id)
    for change, told in [
        ("UPDATE transcripts SET emptied_at = now() WHERE id = %s RETURNING id", {}),
        ("UPDATE conversations SET erased_at = now() WHERE id = (SELECT conversation_id FROM transcripts WHERE id = %s) RETURNING id",
         {"conversation_id": erased.id}),
        ("UPDATE utterances SET text = '' WHERE run_id = (SELECT current_run_id FROM transcripts WHERE id = %s) RETURNING run_id", {}),
        ("UPDATE transcripts SET current_run_id = NULL WHERE id = %s RETURNING id", {}),
    ]:  # fmt: skip
        transcript = _said(organization, "my refund", **told)
        assert len(_found(api_client, "refund")["items"]) == 1
        rows(change, str(transcript.id))
        assert _found(api_client, "refund") == {"items": [], "next_cursor": None, "is_partial": False}, change


def test_a_search_is_narrowed_by_time_channel_and_role(api_client: FlaskClient, organization: OrganizationRow) -> None:
    _said(organization, "my refund", "your refund")
    assert len(_found(api_client, "refund", role="agent", channel="voice", since="2026-01-01T00:00:00Z")["items"]) == 1
    assert _found(api_client, "refund", channel="sms")["items"] == []
    assert _found(api_client, "refund", until="2020-01-01T00:00:00Z")["items"] == []


@pytest.mark.parametrize(
    ("query", "field"),
    [("", "q"), ("q=", "q"), ("q=a%00b", "q"), (f"q={'x' * 201}", "q"), ("q=a&role=boss", "role"), ("q=a&cursor=bm9uZQ", "cursor")],
)
def test_what_cannot_be_searched_is_refused(api_client: FlaskClient, query: str, field: str) -> None:
    answer = api_client.get(f"/v1/search?{query}")
    assert (answer.status_code, list(answer.get_json()["errors"])) == (422, [field])


def test_a_text_of_megabytes_is_kept_all_the_same(api_client: FlaskClient, organization: OrganizationRow) -> None:
    """PostgreSQL refuses a tsvector of more than a megabyte: no word may be lost to that."""
    _said(organization, "refund " + " ".join(f"word{n}" for n in range(200_000)))
    [item] = _found(api_client, "refund")["items"]
    assert len(_texts({"items": [item]})[0]) < 1_000
