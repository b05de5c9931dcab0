"""Nobody gets in with half of a callback URL, and nobody's body is read before he has shown the whole."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from db.tables.organizations import OrganizationRow
from tests.support import payloads
from tests.support.deepgram import call_back, intake, job
from tests.support.factories import TranscriptFactory
from tests.support.stored import count

BODY = payloads.deepgram("short")


class Unread:
    """A body that fails the test when somebody reads it."""

    def __init__(self) -> None:
        self.was_read = False

    def read(self, _size: int = -1) -> bytes:
        self.was_read = True
        return b""

    def __iter__(self) -> Iterator[bytes]:
        self.was_read = True
        return iter(())


@pytest.mark.parametrize(
    "auth",
    [
        None,
        ("deepgram", ""),
        ("deepgram", "wrong"),
        ("", ""),
        ("someone", "x"),
        ("deepgram", "\u00e5\u00e4\u00f6"),
        ("deepgram", "x" * 5_000),
    ],
)
def test_wrong_or_missing_credentials_are_refused(client: FlaskClient, organization: OrganizationRow, auth: tuple[str, str] | None) -> None:
    answer = call_back(client, intake(organization.id), BODY, auth=auth)

    assert answer.status_code == 403
    assert answer.json is not None
    assert answer.json["code"] == "bad_credentials"
    assert set(answer.json) == {"detail", "code", "trace_id"}
    assert count("webhook_events") == 0


@pytest.mark.parametrize("path", ["%00", "%00.%00", "%ff", "%ed%a0%80.x"])
def test_a_path_that_is_no_token_is_refused(client: FlaskClient, path: str) -> None:
    assert client.post(f"/webhooks/deepgram/{path}", data=BODY, auth=("deepgram", "\0")).status_code == 403


@pytest.mark.parametrize(
    "headers", [{"Authorization": "Bearer x"}, {"Authorization": "Basic"}, {"Authorization": "Basic !!"}, {"dg-token": "x"}]
)
def test_other_proofs_are_none(client: FlaskClient, organization: OrganizationRow, headers: dict[str, str]) -> None:
    assert call_back(client, intake(organization.id), BODY, auth=None, headers=headers).status_code == 403


def test_right_password_under_another_user_name_is_refused(client: FlaskClient, organization: OrganizationRow) -> None:
    genuine = call_back(client, intake(organization.id), BODY)
    authorization = genuine.request.authorization
    assert authorization is not None

    assert call_back(client, intake(organization.id), BODY, auth=("Deepgram", authorization.password)).status_code == 403


@pytest.mark.parametrize(
    "path", ["/callback/x", "/callback/.", "/webhooks/deepgram/%00.%ff", "/webhooks/deepgram/" + "a" * 5_000, "/callback/å.ä"]
)
def test_made_up_paths_are_refused(client: FlaskClient, organization: OrganizationRow, path: str) -> None:
    assert call_back(client, intake(organization.id), BODY, path=path).status_code == 403


def test_credentials_of_another_organization_do_not_fit(client: FlaskClient, organization: OrganizationRow) -> None:
    transcript = TranscriptFactory.create(organization_id=organization.id)
    other = call_back(client, job(organization.id, transcript.id), BODY)

    assert call_back(client, intake(organization.id), BODY, path=other.request.path).status_code == 403


def test_expired_job_is_refused(client: FlaskClient, organization: OrganizationRow) -> None:
    transcript = TranscriptFactory.create(organization_id=organization.id)
    answer = call_back(client, job(organization.id, transcript.id, hours=-1), BODY)

    assert answer.status_code == 403
    assert answer.json is not None
    assert answer.json["code"] == "token_expired"


@pytest.mark.parametrize("path", ["/callback/forged.token", "/webhooks/twilio/sms"])
def test_body_of_a_stranger_is_not_read(app: Flask, path: str) -> None:
    body = Unread()
    answer = app.test_client().post(path, environ_overrides={"wsgi.input": body, "CONTENT_LENGTH": "60000000"})

    assert answer.status_code == 403
    assert not body.was_read


def test_more_than_64_mb_is_too_large_and_is_not_read(app: Flask, organization: OrganizationRow) -> None:
    body = Unread()
    answer = call_back(
        app.test_client(), intake(organization.id), b"", environ_overrides={"wsgi.input": body, "CONTENT_LENGTH": str(2**26 + 1)}
    )

    assert answer.status_code == 413
    assert answer.json is not None
    assert set(answer.json) == {"detail", "code", "trace_id"}
    assert not body.was_read


@pytest.mark.parametrize("method", ["GET", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", ["/callback/x.y", "/webhooks/deepgram/x.y"])
def test_other_methods_are_not_allowed(app: Flask, path: str, method: str) -> None:
    assert app.test_client().open(path, method=method).status_code == 405
