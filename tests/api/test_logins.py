"""People log in, stay in for as long as their session lasts, and are out when it ends."""

import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import jwt
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.security import check_password_hash, generate_password_hash
from werkzeug.test import TestResponse

import settings
from api import tokens
from api.tokens import BadTokenError, create_token_pair, verify_access_token, verify_refresh_token
from db import passwords, people
from db.tables.organizations import OrganizationRow
from domain.access import Scope
from tests.support import database
from tests.support.factories import OrganizationFactory, TranscriptFactory
from tests.support.people import PASSWORD
from tests.support.stored import row, rows

pytestmark = pytest.mark.usefixtures("fresh_limits")


def _log_in(client: FlaskClient, **other: str) -> TestResponse:
    return client.post("/auth/token", json={"organization": "test", "login": "ada@example.com", "password": PASSWORD} | other)


def _pair(client: FlaskClient) -> dict[str, Any]:
    answer = _log_in(client)
    assert answer.status_code == 200, answer.text
    return dict(answer.get_json())


def _refresh(client: FlaskClient, token: str) -> TestResponse:
    return client.post("/auth/refresh", json={"refresh_token": token})


def _status(client: FlaskClient, access: str, path: str = "/v1/transcripts", method: str = "GET") -> int:
    return client.open(path, method=method, headers={"Authorization": f"Bearer {access}"}).status_code


def test_a_person_reads_and_acts_as_their_scope_says(client: FlaskClient, organization: OrganizationRow, ada: UUID) -> None:
    mine, theirs = TranscriptFactory.create(organization_id=organization.id), TranscriptFactory.create()
    pair = _pair(client)
    assert (pair["token_type"], pair["expires_in"]) == ("bearer", 900)
    assert 7 * 24 * 3_600 - 120 < pair["refresh_expires_in"] <= 7 * 24 * 3_600
    access = pair["access_token"]
    assert _status(client, access, f"/v1/transcripts/{mine.id}") == 200
    assert _status(client, access, f"/v1/transcripts/{theirs.id}") == 404
    assert _status(client, access, f"/v1/transcripts/{mine.id}/swap-roles", "POST") == 409, "an operator may; there is nothing to swap"
    assert _status(client, access, "/v1/keys") == 403


@pytest.mark.parametrize("other", [{"login": "ben"}, {"password": "wrong"}, {"organization": "nobody"}])
def test_whoever_is_not_let_in_learns_nothing(
    client: FlaskClient, organization: OrganizationRow, other: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    people.create(organization.id, "ada@example.com", passwords.hashed(PASSWORD), Scope.VIEWER, "test")
    checked = []

    def noted(kept: str, shown: str) -> bool:
        checked.append(kept.split("$", maxsplit=1)[0])
        return check_password_hash(kept, shown)

    monkeypatch.setattr(passwords, "check_password_hash", noted)
    answer = _log_in(client, **other)
    assert (answer.status_code, answer.get_json()["detail"]) == (401, "there is nobody with this organization, login and password")
    assert checked == ["scrypt:32768:8:1"], "whatever is wrong, one hash of the same cost is made"


def test_a_disabled_person_is_out_at_once(client: FlaskClient, organization: OrganizationRow, ada: UUID) -> None:
    pair = _pair(client)
    assert people.disable(organization.id, "ADA@example.com", "test")
    assert _status(client, pair["access_token"]) == 401
    assert _refresh(client, pair["refresh_token"]).status_code == 401
    assert _log_in(client).get_json()["detail"] == "there is nobody with this organization, login and password"
    assert not people.disable(organization.id, "ada@example.com", "test"), "once"


def test_a_new_password_ends_what_the_old_one_opened(client: FlaskClient, organization: OrganizationRow, ada: UUID) -> None:
    pair = _pair(client)
    assert people.give_password(organization.id, "ada@example.com", generate_password_hash("another one", "scrypt:1024:1:1"), "test")
    assert _status(client, pair["access_token"]) == 401
    assert _log_in(client).status_code == 401
    assert _log_in(client, password="another one").status_code == 200


def test_refreshing_gives_other_tokens_of_the_same_session(client: FlaskClient, ada: UUID) -> None:
    first = _pair(client)
    second = _refresh(client, first["refresh_token"]).get_json()
    assert {first[name] for name in ("access_token", "refresh_token")}.isdisjoint(second.values())
    assert _status(client, second["access_token"]) == 200
    assert _status(client, first["access_token"]) == 200, "good until it expires, as the session goes on"
    old, new = verify_refresh_token(first["refresh_token"]), verify_refresh_token(second["refresh_token"])
    assert (old.session_id, old.expires_at) == (new.session_id, new.expires_at), "refreshing puts off no end"


def test_a_token_that_is_used_twice_ends_the_session_for_both(client: FlaskClient, ada: UUID) -> None:
    first, other = _pair(client), _pair(client)
    second = _refresh(client, first["refresh_token"]).get_json()
    assert _refresh(client, first["refresh_token"]).status_code == 401
    assert _refresh(client, second["refresh_token"]).status_code == 401
    assert _status(client, second["access_token"]) == 401
    assert _status(client, other["access_token"]) == 200, "another session of the same person goes on"
    found = row("SELECT actor, act, reason FROM audits WHERE act = 'session.end'")
    assert (found["actor"], found["reason"]) == (str(ada), "a refresh token was used twice")


def test_of_two_refreshes_at_the_same_moment_one_is_first_and_the_other_ends_the_session(
    app: Flask, client: FlaskClient, ada: UUID
) -> None:
    shown = _pair(client)["refresh_token"]
    both, answers = threading.Barrier(2), list[TestResponse]()

    def refresh() -> None:
        both.wait()
        answers.append(_refresh(app.test_client(), shown))

    threads = [threading.Thread(target=refresh) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [200, 401]
    [given] = [answer.get_json() for answer in answers if answer.status_code == 200]
    assert _status(client, given["access_token"]) == 401
    assert _refresh(client, given["refresh_token"]).status_code == 401


def test_a_revoked_session_is_over(client: FlaskClient, ada: UUID) -> None:
    pair = _pair(client)
    for _ in range(2):
        assert client.post("/auth/revoke", json={"refresh_token": pair["refresh_token"]}).status_code == 204
    assert _status(client, pair["access_token"]) == 401
    assert _refresh(client, pair["refresh_token"]).status_code == 401
    assert client.post("/auth/revoke", json={"refresh_token": pair["access_token"]}).status_code == 401


def test_no_token_is_good_for_what_the_other_one_is_for(client: FlaskClient, ada: UUID) -> None:
    pair = _pair(client)
    assert _refresh(client, pair["access_token"]).status_code == 401
    assert _status(client, pair["refresh_token"]) == 401
    assert _status(client, pair["access_token"]) == 200
    with pytest.raises(BadTokenError, match="no refresh token"):
        verify_refresh_token(pair["access_token"])


def test_a_token_of_another_persons_session_is_not_accepted(client: FlaskClient, organization: OrganizationRow, ada: UUID) -> None:
    """Signed by us, yet made for somebody whom the database does not know it of."""
    pair = create_token_pair(organization.id, uuid4())
    assert _status(client, pair.access) == 401
    assert _refresh(client, pair.refresh).status_code == 401
    session = verify_access_token(_pair(client)["access_token"])
    crossed = create_token_pair(OrganizationFactory.create().id, ada, session=(session.session_id, session.expires_at))
    assert _status(client, crossed.access) == 401
    assert _refresh(client, crossed.refresh).status_code == 401


@pytest.mark.parametrize("kind", ["access", "refresh"])
def test_tokens_expire_by_the_clock(organization: OrganizationRow, kind: str) -> None:
    lasts, verify = {"access": (900, verify_access_token), "refresh": (7 * 24 * 3_600, verify_refresh_token)}[kind]
    for age_s, good in ((lasts - 60, True), (lasts + 60, False)):
        pair = create_token_pair(organization.id, uuid4(), now=datetime.now(UTC) - timedelta(seconds=age_s))
        token = {"access": pair.access, "refresh": pair.refresh}[kind]
        if good:
            assert verify(token).organization_id == organization.id
        else:
            with pytest.raises(BadTokenError):
                verify(token)


def _resigned(change: Callable[[dict[str, Any]], dict[str, Any]], key: bytes | None = None, algorithm: str = "HS256") -> str:
    pair = create_token_pair(uuid4(), uuid4())
    claims = jwt.decode(pair.access, options={"verify_signature": False})
    return jwt.encode(change(claims), key if key is not None else tokens._key(), algorithm=algorithm)


def _unsigned() -> str:
    claims = jwt.decode(_resigned(dict), options={"verify_signature": False})
    return jwt.encode(claims, None, algorithm="none")


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
@pytest.mark.parametrize(
    "forge",
    [
        lambda: _resigned(dict, key=b"x" * 32),
        lambda: _resigned(dict, key=settings.current().secret_key.encode()),
        _unsigned,
        lambda: _resigned(dict, algorithm="HS384"),
        *(lambda name=name: _resigned(lambda claims: claims | {name: "other"}) for name in ("iss", "aud", "type", "sub", "org", "jti")),
        *(
            lambda name=name: _resigned(lambda claims: {key: value for key, value in claims.items() if key != name})
            for name in tokens._REQUIRED
        ),
        lambda: _resigned(lambda claims: claims | {"iat": claims["iat"] + 3_600}),
        lambda: _resigned(lambda claims: claims | {"org": 5}),
        lambda: "a.b.c",
        lambda: "",
    ],
)
def test_what_is_forged_is_refused(forge: Callable[[], str]) -> None:
    verify_access_token(_resigned(dict))  # the same, unchanged, is good
    with pytest.raises(BadTokenError):
        verify_access_token(forge())


def test_no_token_and_no_password_is_in_the_database(client: FlaskClient, ada: UUID) -> None:
    pair = _pair(client)
    told = str(rows("SELECT t::text FROM refresh_tokens AS t")) + str(rows("SELECT p::text FROM people AS p"))
    kept = row("SELECT encode(token_sha256, 'hex') AS digest FROM refresh_tokens")["digest"]
    assert kept == tokens.digest(pair["refresh_token"]).hex()
    for secret in (PASSWORD, pair["refresh_token"], pair["refresh_token"].split(".")[2], pair["access_token"]):
        assert secret not in told


def test_sessions_that_are_over_are_forgotten_at_the_next_login(client: FlaskClient, ada: UUID) -> None:
    _pair(client)
    with database.connected(os.environ["DATABASE_URL"]) as connection, connection.cursor() as cursor:
        cursor.execute("UPDATE refresh_tokens SET expires_at = now() - interval '1 second'")
    _pair(client)
    assert len(rows("SELECT id FROM refresh_tokens")) == 1
