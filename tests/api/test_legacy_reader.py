"""Whoever read release 0.1.0's answers reads today's: fields are added, none vanished and none became something else."""

from functools import cache
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient

from db.tables.conversations import TranscriptRow
from db.tables.organizations import OrganizationRow
from tests.support.factories import EffectFactory, TranscriptFactory
from tests.support.releases import KEPT
from tests.support.shapes import Shape, answered, broken, promised
from tests.support.stored import rows


@cache
def known(what: str) -> Shape:
    """The fields that release 0.1.0 answered with, as they were recorded; prices are strings, whatever its OpenAPI document said."""
    recorded = orjson.loads((KEPT / "answers-0.1.0.json").read_bytes())
    return {path: set(kinds) for path, kinds in recorded[what].items()}


def _answer(client: FlaskClient, path: str) -> Any:
    found = client.get(path)
    assert found.status_code == 200
    return orjson.loads(found.data)


@pytest.fixture
def answered_in_full(finished: TranscriptRow) -> TranscriptRow:
    """A transcript whose every part has something to say."""
    ids = {"organization_id": finished.organization_id, "conversation_id": finished.conversation_id, "transcript_id": finished.id}
    EffectFactory.create(**ids)
    EffectFactory.create(**ids, kind="call_update", state="failed", last_error="twilio:21220")
    rows("UPDATE run_steps SET price_usd = 0.00012, usage = '{\"output_tokens\": 5}' WHERE stage = 'generate_reply' RETURNING run_id")
    return finished


def test_a_finished_transcript_is_read(api_client: FlaskClient, answered_in_full: TranscriptRow) -> None:
    shape = answered(_answer(api_client, f"/v1/transcripts/{answered_in_full.id}"))
    assert broken(known("transcript"), shape) == []
    assert set(known("transcript")) <= set(shape), "every field was looked at"
    assert shape["run.steps[].price_usd"] == {"null", "string"}


def test_a_transcript_that_nobody_has_worked_on_is_read(api_client: FlaskClient, organization: OrganizationRow) -> None:
    bare = TranscriptFactory.create(organization_id=organization.id)
    assert broken(known("transcript"), answered(_answer(api_client, f"/v1/transcripts/{bare.id}"))) == []


def test_a_page_is_read(api_client: FlaskClient, organization: OrganizationRow) -> None:
    for _ in range(2):
        TranscriptFactory.create(organization_id=organization.id)
    for limit in (1, 2):
        assert broken(known("page"), answered(_answer(api_client, f"/v1/transcripts?limit={limit}"))) == []


@pytest.mark.parametrize(("what", "schema"), [("transcript", "TranscriptV1"), ("page", "TranscriptPageV1")])
def test_what_is_promised_today_is_what_was_promised_then(client: FlaskClient, what: str, schema: str) -> None:
    assert broken(known(what), promised(_answer(client, "/v1/openapi.json"), schema)) == []


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda it: it.pop("status"), "status"),
        (lambda it: [step.pop("stage") for step in it["run"]["steps"]], "run.steps[].stage"),
        (lambda it: it.update(turn="1"), "turn: string"),
        (lambda it: it.update(status=None), "status: null"),
        (lambda it: it["utterances"][0].update(start_ms=0.5), "utterances[].start_ms: number"),
    ],
)
def test_what_vanishes_or_changes_is_found(api_client: FlaskClient, answered_in_full: TranscriptRow, change: Any, complaint: str) -> None:
    answer = _answer(api_client, f"/v1/transcripts/{answered_in_full.id}")
    change(answer)
    assert broken(known("transcript"), answered(answer)) == [complaint]
