"""What every answer of the front tells, and what no log line of it ever does."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from structlog.testing import capture_logs

from db.tables.organizations import OrganizationRow
from tests.support import payloads
from tests.support.deepgram import call_back, intake
from tests.support.signing import changed, post_as_twilio
from tests.support.stored import row
from webhooks import blueprint

TIMING = re.compile(r"verify;dur=\d+\.\d\d, store;dur=\d+\.\d\d, publish;dur=\d+\.\d\d")
SMS = "/webhooks/twilio/sms"
MESSAGE = payloads.twilio("sms_incoming").fields or ()


def phases(header: str) -> dict[str, float]:
    return {name: float(value) for name, value in re.findall(r"(\w+);dur=([\d.]+)", header)}


def test_accepted_delivery_tells_where_its_time_went(client: FlaskClient, organization: OrganizationRow) -> None:
    for answer in (post_as_twilio(client, SMS, MESSAGE), call_back(client, intake(organization.id), payloads.deepgram("short"))):
        assert answer.status_code == 200
        assert TIMING.fullmatch(answer.headers["Server-Timing"])
        assert phases(answer.headers["Server-Timing"])["store"] > 0


def test_refused_delivery_tells_it_too(client: FlaskClient, organization: OrganizationRow) -> None:
    for answer in (client.post(SMS), client.post("/callback/x.y"), call_back(client, intake(organization.id), b"no")):
        assert TIMING.fullmatch(answer.headers["Server-Timing"])
        assert phases(answer.headers["Server-Timing"])["store"] == 0


def test_every_route_of_the_front_refuses_a_stranger(app: Flask) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith(f"{blueprint.webhooks.name}.")]

    assert len(rules) == 16
    for rule in rules:
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            assert app.test_client().open(rule.rule.replace("<token>", "a.b"), method=method).status_code == 403


def test_logs_hold_ids_and_route_templates_and_nobodys_words(client: FlaskClient, organization: OrganizationRow) -> None:
    with capture_logs() as lines:
        post_as_twilio(client, SMS, changed(MESSAGE, Body="my tooth hurts"))
        post_as_twilio(client, SMS, MESSAGE, secret="wrong")
        post_as_twilio(client, SMS, changed(MESSAGE, MessageSid="my tooth"))
        genuine = call_back(client, intake(organization.id), payloads.deepgram("short"))
        call_back(client, intake(organization.id), b"my tooth hurts")
        call_back(client, intake(organization.id), b"{}", auth=None)

    said = [line for line in lines if line["event"].startswith("webhook_")]
    text = str(said)
    assert [line["event"] for line in said] == ["webhook_stored", *["webhook_refused"] * 2, "webhook_stored", *["webhook_refused"] * 2]
    assert "/webhooks/deepgram/<token>" in text
    for secret in ("tooth", "4155550", "front desk", genuine.request.path, str(genuine.request.authorization)):
        assert secret not in text


@pytest.mark.parametrize("accept", ["application/json", "text/html", "*/*"])
def test_refusals_have_one_shape_whatever_the_caller_would_like(client: FlaskClient, accept: str) -> None:
    answer = client.post(SMS, headers={"Accept": accept})

    assert answer.mimetype == "application/json"
    assert answer.json is not None
    assert set(answer.json) == {"detail", "code", "trace_id"}


def test_stored_delivery_is_logged_with_its_transcript_and_run(client: FlaskClient, organization: OrganizationRow) -> None:
    with capture_logs() as lines:
        call_back(client, intake(organization.id), payloads.deepgram("short"))
        call_back(client, intake(organization.id), payloads.deepgram("short"))

    first, again = [line for line in lines if line["event"] == "webhook_stored"]
    run = row("SELECT id, transcript_id FROM runs")
    assert (first["transcript_id"], first["run"]) == (str(run["transcript_id"]), str(run["id"]))
    assert (again["transcript_id"], again["run"]) == (str(run["transcript_id"]), None)
