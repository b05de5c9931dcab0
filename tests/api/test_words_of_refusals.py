"""Whoever sends what cannot be is told in our words what it has to be, with an example."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from db.tables.conversations import TranscriptRow

MOMENT = "must be ISO 8601 with Z or an offset, such as 2026-11-23T09:00:00Z; in an address, + is written %2B"
ABOUT = "give exactly one of text, utterances, transcript_id"
KNOWN = "is unknown here; known are text, utterances, transcript_id, channel, history, intent"
TURN = {"messages": [{"role": "user", "content": "Hello"}]}
SPAN = {"since": "2026-11-22T00:00:00Z", "until": "2026-11-23T00:00:00Z"}


def _errors(client: FlaskClient, method: str, path: str, body: object = None) -> Any:
    answer = client.open(path, method=method, json=body)
    assert answer.status_code == 422, answer.text
    return answer.get_json()["errors"]


@pytest.mark.parametrize(
    "sent", ["2026-11-23", "2026-11-23T00:00:00", "2026-11-23T00:00:00+00:00", "yesterday", "0001-01-01T00:00:00%2B23:59"]
)
def test_a_moment_has_its_offset(api_client: FlaskClient, sent: str) -> None:
    assert _errors(api_client, "GET", f"/v1/transcripts?since={sent}") == {"since": [MOMENT]}
    assert api_client.get("/v1/transcripts?since=2026-11-23T00:00:00%2B00:00").status_code == 200


@pytest.mark.parametrize(
    ("path", "body", "errors"),
    [
        ("turn", TURN | {"persona": {"locale": "english!"}}, {"persona": {"locale": ["must be spelled as in en-US"]}}),
        ("generate-reply", {"text": "Hi", "intent": "Book it"}, {"intent": ["must be spelled as in book_appointment"]}),
        ("jobs/reprocess", SPAN | {"until": "2026-11-23"}, {"until": [MOMENT]}),
        ("generate-reply", {"message": "Hi"}, {"message": [KNOWN], "text": [ABOUT]}),
        ("generate-reply", {"text": "Hi", "message": "Hi"}, {"message": [KNOWN]}),
        ("generate-reply", {"text": ""}, {"text": ["Length must be between 1 and 20000."]}),
        ("generate-reply", {"text": "Hi", "utterances": [{"text": "Hi"}]}, {"text": [ABOUT]}),
        ("generate-reply", [], {"_schema": ["Invalid input type."]}),
    ],
)
def test_a_body_is_told_what_is_wanted(api_client: FlaskClient, path: str, body: object, errors: object) -> None:
    assert _errors(api_client, "POST", f"/v1/{path}", body) == errors


def test_a_parameter_that_there_is_not_is_told_those_that_there_are(api_client: FlaskClient, finished: TranscriptRow) -> None:
    known = "is unknown here; known are limit, cursor"
    assert _errors(api_client, "GET", f"/v1/transcripts/{finished.id}/utterances?page=2") == {"page": [known]}
