"""What is streamed: exports and bodies, whole, harmless to a spreadsheet, and never in the way of others."""

import csv
import io
from contextlib import ExitStack
from uuid import uuid4

import orjson
import pytest
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.test import TestResponse

from api import slow
from db import api_keys, exports
from db.engine import FRONT, engine
from db.lists import events
from db.tables.conversations import TranscriptRow
from db.tables.organizations import OrganizationRow
from domain.access import Scope
from tests.api.conftest import finish
from tests.support.factories import TranscriptFactory, WebhookEventFactory
from tests.support.stored import row, rows

EXPORT = "/v1/exports/transcripts"


def _download(client: FlaskClient, query: str = "") -> TestResponse:
    """The whole of an export: a server closes an answer when its last byte has gone, and so does this."""
    return client.get(EXPORT + query, buffered=True)


def test_an_export_has_every_transcript_once_with_its_words(
    api_client: FlaskClient, organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "ROWS_A_PAGE", 2)
    made = [str(finish(TranscriptFactory.create(organization_id=organization.id)).id) for _ in range(5)]
    bare = str(TranscriptFactory.create(organization_id=organization.id).id)
    TranscriptFactory.create()
    answer = _download(api_client)
    lines = [orjson.loads(line) for line in answer.data.splitlines()]
    assert (answer.content_type, [line["id"] for line in lines]) == ("application/jsonl", [bare, *made[::-1]])
    assert (lines[0]["words"], lines[0]["intent"]) == (None, None)
    assert lines[1]["words"] == "agent: I would like to book a cleaning\ncustomer: I would like to book a cleaning"
    assert (lines[1]["intent"], lines[1]["reply"][:9]) == ("book_appointment", "Thank you")
    table = list(csv.DictReader(io.StringIO(_download(api_client, "?format=csv&intent=book_appointment").text)))
    assert [line["id"] for line in table] == made[::-1]
    assert table[0]["words"] == lines[1]["words"]
    assert row("SELECT count(*) AS n FROM audits WHERE act = 'transcripts.export'")["n"] == 2


@pytest.mark.parametrize("evil", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =1", "\uff1d1", '=HYPERLINK("x")'])
def test_a_spreadsheet_is_given_no_formula(api_client: FlaskClient, finished: TranscriptRow, evil: str) -> None:
    rows("UPDATE replies SET text = %s WHERE run_id = %s RETURNING run_id", evil, str(finished.current_run_id))
    [line] = csv.DictReader(io.StringIO(_download(api_client, "?format=csv").text, newline=""))
    assert line["reply"] == f"'{evil}"
    assert orjson.loads(_download(api_client).data)["reply"] == evil, "a program takes it as it is"


def test_nothing_is_held_open_between_two_pages(
    api_client: FlaskClient, organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "ROWS_A_PAGE", 1)
    for _ in range(3):
        finish(TranscriptFactory.create(organization_id=organization.id))
    held: list[int] = []
    event.listen(engine(FRONT), "checkout", lambda *_: held.append(1))
    event.listen(engine(FRONT), "checkin", lambda *_: held.pop())
    answer = api_client.get(EXPORT, buffered=False)
    stream = answer.iter_encoded()
    next(stream)
    assert held == [], "the connection went back before the first line was handed on"
    assert "idle in transaction" not in {
        each["state"] for each in rows("SELECT state FROM pg_stat_activity WHERE datname = current_database()")
    }
    assert len(list(stream)) == 2
    answer.close()


def test_who_comes_when_all_places_are_taken_is_asked_to_come_again(api_client: FlaskClient, finished: TranscriptRow) -> None:
    with ExitStack() as held:
        for _ in range(slow.PLACES):
            held.enter_context(slow.slot())
        refused = _download(api_client)
        assert (refused.status_code, refused.headers["Retry-After"], refused.get_json()["code"]) == (503, "5", "service_unavailable")
        assert api_client.get("/v1/transcripts").status_code == 200, "what is quick is answered"
    for _ in range(slow.PLACES + 1):
        assert _download(api_client).status_code == 200, "a download gives its place back"
    reading = api_client.get(EXPORT, buffered=False)
    assert slow.PLACES > 1 or _download(api_client).status_code == 503, "a place is held until the last byte has gone"
    reading.close()
    assert _download(api_client).status_code == 200


def test_an_export_that_cannot_begin_gives_its_place_back(api_client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(exports, "note_export", fail)
    for _ in range(slow.PLACES + 1):
        assert _download(api_client).status_code == 500


def test_a_body_comes_as_it_came_and_that_is_written_down(
    api_client: FlaskClient, organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "PIECE_BYTES", 1_000)
    raw = b"".join(f"{n} {uuid4().hex}\n".encode() for n in range(2_000)) + b"\0" * 50_000
    kept = WebhookEventFactory.create(organization_id=organization.id, raw=raw)
    answer = api_client.get(f"/v1/events/{kept.id}/body", buffered=True)
    assert (answer.status_code, answer.data == raw, answer.content_length) == (200, True, len(raw))
    assert (answer.content_type, answer.headers["X-Content-Type-Options"]) == ("application/octet-stream", "nosniff")
    assert row("SELECT act, subject_id::text AS id FROM audits") == {"act": "event.read_body", "id": str(kept.id)}


def test_a_body_never_becomes_longer_than_it_was(api_client: FlaskClient, organization: OrganizationRow) -> None:
    kept = WebhookEventFactory.create(organization_id=organization.id, raw=b"x" * 1_000_000)
    assert b"".join(events.fetch_body(organization.id, kept.id, 1_000)) == b"x" * 1_000


def test_a_body_is_for_admins_of_its_own_organization_and_only_while_it_is_kept(
    client: FlaskClient, api_client: FlaskClient, organization: OrganizationRow
) -> None:
    emptied = WebhookEventFactory.create(organization_id=organization.id, body=b"")
    assert api_client.get(f"/v1/events/{emptied.id}").get_json()["is_kept"] is False
    for found in (emptied, WebhookEventFactory.create()):
        assert api_client.get(f"/v1/events/{found.id}/body").status_code == 404
    for scope, path, status in [
        (Scope.OPERATOR, f"/v1/events/{emptied.id}/body", 403), (Scope.VIEWER, EXPORT, 403), (Scope.VIEWER, "/v1/events", 200),
    ]:  # fmt: skip
        _, key = api_keys.create(organization.id, "narrow", scope)
        assert client.get(path, headers={"Authorization": f"Bearer {key}"}).status_code == status
