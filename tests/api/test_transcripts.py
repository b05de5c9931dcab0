"""GET /v1/transcripts: pages, filters, and what the list costs."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from db.tables.conversations import TranscriptRow
from db.tables.organizations import OrganizationRow
from tests.api.conftest import finish
from tests.support.factories import TranscriptFactory


def _ids(answer: Any) -> list[str]:
    return [item["id"] for item in answer.get_json()["items"]]


def test_pages_show_every_transcript_once_newest_first(api_client: FlaskClient, organization: OrganizationRow) -> None:
    made = [str(TranscriptFactory.create(organization_id=organization.id).id) for _ in range(5)]
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = api_client.get("/v1/transcripts", query_string={"limit": 2} | ({"cursor": cursor} if cursor else {}))
        seen += _ids(answer)
        cursor = answer.get_json()["next_cursor"]
    assert seen == made[::-1]


def test_transcripts_that_come_in_while_paging_shift_nothing(api_client: FlaskClient, organization: OrganizationRow) -> None:
    made = [str(TranscriptFactory.create(organization_id=organization.id).id) for _ in range(4)]
    first = api_client.get("/v1/transcripts?limit=2")
    TranscriptFactory.create(organization_id=organization.id)
    second = api_client.get("/v1/transcripts", query_string={"limit": 2, "cursor": first.get_json()["next_cursor"]})
    assert _ids(first) + _ids(second) == made[::-1]


def test_filters_select(api_client: FlaskClient, organization: OrganizationRow) -> None:
    wanted = TranscriptFactory.create(organization_id=organization.id, source_ref="RE1", status="failed", processing_status="failed")
    TranscriptFactory.create(organization_id=organization.id)
    for filters in (
        {"source_ref": "RE1"},
        {"conversation_id": str(wanted.conversation_id)},
        {"status": "failed"},
        {"processing_status": "failed"},
        {"status": "failed", "processing_status": "failed", "source_ref": "RE1"},
    ):
        assert _ids(api_client.get("/v1/transcripts", query_string=filters)) == [str(wanted.id)], filters
    assert _ids(api_client.get("/v1/transcripts?source_ref=RE1&status=completed")) == []


def test_list_shows_no_other_organizations_transcripts(api_client: FlaskClient) -> None:
    foreign = TranscriptFactory.create(source_ref="theirs")
    assert _ids(api_client.get("/v1/transcripts")) == []
    assert _ids(api_client.get(f"/v1/transcripts?source_ref=theirs&conversation_id={foreign.conversation_id}")) == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=101", "limit"),
        ("limit=0", "limit"),
        ("limit=many", "limit"),
        ("cursor=bm90IG91cnM", "cursor"),
        ("cursor=%00%ff", "cursor"),
        ("source_ref=a%00b", "source_ref"),
        ("status=done", "status"),
        ("processing_status=x", "processing_status"),
        ("conversation_id=1", "conversation_id"),
        ("organization_id=1", "organization_id"),
    ],
)
def test_bad_or_unknown_parameter_is_refused_by_name(api_client: FlaskClient, query: str, field: str) -> None:
    answer = api_client.get(f"/v1/transcripts?{query}")
    assert (answer.status_code, answer.get_json()["code"], list(answer.get_json()["errors"])) == (422, "invalid_fields", [field])


def test_list_costs_two_statements_however_long_it_is(
    api_client: FlaskClient, organization: OrganizationRow, statements: list[str]
) -> None:
    for _ in range(3):
        finish(TranscriptFactory.create(organization_id=organization.id))
    statements.clear()
    assert len(_ids(api_client.get("/v1/transcripts"))) == 3
    assert len(statements) == 2, "one for the key, one for the page"
    assert "utterances" not in statements[1]


def test_one_transcript_costs_a_constant_number_of_statements(
    api_client: FlaskClient, finished: TranscriptRow, statements: list[str]
) -> None:
    api_client.get(f"/v1/transcripts/{finished.id}")
    assert len(statements) == 2, "one for the key, one for all of it"
