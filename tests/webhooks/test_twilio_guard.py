"""Who may speak for Twilio, and what the others are told."""

from collections.abc import Iterator, Mapping
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import settings
from db.tables.organizations import OrganizationRow
from tests.support import payloads
from tests.support.factories import OrganizationFactory
from tests.support.signing import ACCOUNT_SID, AUTH_TOKEN, FORM, PUBLIC_BASE_URL, post_as_twilio, twilio_signature
from tests.support.stored import awaited, count, row
from tests.support.timing import work

OTHER_ACCOUNT = "AC" + "b2" * 16
KEY_ID, KEY_SECRET = "webhooks_sharedkey_01test", "shared-key-secret"
ROUTES = ["/status-callback", "/voice"] + [
    f"/webhooks/twilio/{kind}"
    for kind in (
        "call-status", "recording-status", "message-status", "intelligence", "sms", "voice", "gather", "gather-partial", "turn", "dialed",
        "transcription",
    )
]  # fmt: skip
SMS = "/webhooks/twilio/sms"


@pytest.fixture
def accounts(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Lets a test configure TWILIO_ACCOUNTS."""
    yield monkeypatch
    monkeypatch.undo()
    settings.current.cache_clear()


def configure(accounts: pytest.MonkeyPatch, value: str) -> None:
    for name in ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"):
        accounts.delenv(name, raising=False)
    accounts.setenv("TWILIO_ACCOUNTS", value)
    settings.current.cache_clear()


def message(account: str = ACCOUNT_SID) -> list[tuple[str, str]]:
    return [(name, value) for name, value in payloads.twilio("sms_incoming").fields or () if name != "AccountSid"] + [
        ("AccountSid", account)
    ]


def post(client: FlaskClient, fields: list[tuple[str, str]], signature: str, more: Mapping[str, str] | None = None) -> TestResponse:
    return client.post(
        SMS, data=urlencode(fields).encode(), headers={"X-Twilio-Signature": signature, "Content-Type": FORM, **(more or {})}
    )


def with_key(client: FlaskClient, fields: list[tuple[str, str]], algorithm: str = "HMAC_SHA256", key: str = KEY_ID) -> TestResponse:
    digest = "sha256" if algorithm == "HMAC_SHA256" else "sha1"
    signature = twilio_signature(PUBLIC_BASE_URL + SMS, fields, KEY_SECRET, digest)
    return post(client, fields, signature, {"X-Twilio-Webhooks-Signature-Settings": f"key={key},algorithm={algorithm}"})


@pytest.mark.parametrize("path", ROUTES)
def test_unsigned_request_is_refused_and_nothing_is_stored(client: FlaskClient, organization: OrganizationRow, path: str) -> None:
    answer = client.post(path, data=payloads.twilio("sms_incoming").body, content_type=FORM)

    assert answer.status_code == 403
    assert answer.json is not None
    assert answer.json["code"] == "signature_missing"
    assert set(answer.json) == {"detail", "code", "trace_id"}
    assert count("webhook_events") == 0


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("secret", ["another-token", ""])
def test_wrong_token_is_refused_and_a_sample_is_kept(client: FlaskClient, organization: OrganizationRow, path: str, secret: str) -> None:
    answer = post_as_twilio(client, path, payloads.twilio("sms_incoming").fields or (), secret=secret)

    assert answer.status_code == 403
    kept = awaited("SELECT * FROM quarantine WHERE reason = 'signature_invalid'")
    assert (kept["provider"], kept["route"]) == ("twilio", path)
    assert b"MessageSid=" in bytes(kept["body"])
    assert kept["body_size"] > 400
    assert count("webhook_events") == 0


def test_signature_for_another_url_is_refused(client: FlaskClient, organization: OrganizationRow) -> None:
    signature = twilio_signature(PUBLIC_BASE_URL + "/webhooks/twilio/call-status", message(), AUTH_TOKEN)

    assert post(client, message(), signature).status_code == 403


def test_query_is_part_of_what_is_signed(client: FlaskClient, organization: OrganizationRow) -> None:
    path = SMS + "?tenant=acme&note=%C3%A5%20b&empty="

    assert post_as_twilio(client, path, message()).status_code == 200
    signature = twilio_signature(PUBLIC_BASE_URL + SMS, message(), AUTH_TOKEN)
    assert client.post(path, data=urlencode(message()), headers={"X-Twilio-Signature": signature, "Content-Type": FORM}).status_code == 403


def test_host_and_forwarding_headers_change_nothing(client: FlaskClient, organization: OrganizationRow) -> None:
    forged = {"Host": "evil.example", "X_Forwarded_Host": "evil.example", "X_Forwarded_Proto": "http"}

    assert post_as_twilio(client, SMS, message(), **forged).status_code == 200
    signature = twilio_signature("https://evil.example" + SMS, message(), AUTH_TOKEN)
    assert post(client, message(), signature, {"Host": "evil.example"}).status_code == 403


@pytest.mark.parametrize("account", [OTHER_ACCOUNT, "", "AC", "x" * 5_000, "\0", "AC' OR 1=1 --"])
def test_unknown_account_is_refused_even_if_its_signature_holds(client: FlaskClient, organization: OrganizationRow, account: str) -> None:
    signature = twilio_signature(PUBLIC_BASE_URL + SMS, message(account), AUTH_TOKEN)

    answer = post(client, message(account), signature)

    assert answer.status_code == 403
    assert answer.json is not None
    assert answer.json["code"] == "account_unknown"


def test_no_secret_configured_means_nobody_is_let_in(
    client: FlaskClient, organization: OrganizationRow, accounts: pytest.MonkeyPatch
) -> None:
    configure(accounts, "{}")

    for secret in (AUTH_TOKEN, ""):
        assert post(client, message(), twilio_signature(PUBLIC_BASE_URL + SMS, message(), secret)).status_code == 403


def test_older_token_is_still_accepted_while_it_is_listed(
    client: FlaskClient, organization: OrganizationRow, accounts: pytest.MonkeyPatch
) -> None:
    configure(accounts, f'{{"{ACCOUNT_SID}": ["newest", "{AUTH_TOKEN}"]}}')
    assert post_as_twilio(client, SMS, message()).status_code == 200

    configure(accounts, f'{{"{ACCOUNT_SID}": ["newest"]}}')
    assert post_as_twilio(client, SMS, message()).status_code == 403


def test_verified_account_decides_the_organization(
    client: FlaskClient, organization: OrganizationRow, accounts: pytest.MonkeyPatch
) -> None:
    other = OrganizationFactory.create(twilio_account_sid=OTHER_ACCOUNT)
    configure(accounts, f'{{"{ACCOUNT_SID}": ["{AUTH_TOKEN}"], "{OTHER_ACCOUNT}": ["its-token"]}}')

    assert (
        post(client, message(OTHER_ACCOUNT), twilio_signature(PUBLIC_BASE_URL + SMS, message(OTHER_ACCOUNT), AUTH_TOKEN)).status_code == 403
    )
    assert (
        post(client, message(OTHER_ACCOUNT), twilio_signature(PUBLIC_BASE_URL + SMS, message(OTHER_ACCOUNT), "its-token")).status_code
        == 200
    )
    assert row("SELECT organization_id FROM webhook_events")["organization_id"] == str(other.id)


def test_account_without_an_organization_is_refused_and_kept_as_such(client: FlaskClient) -> None:
    answer = post_as_twilio(client, SMS, message())

    assert answer.status_code == 403
    assert answer.json is not None
    assert answer.json["code"] == "no_organization"
    assert awaited("SELECT reason FROM quarantine WHERE reason = 'no_organization'")


def test_organization_made_later_is_found_at_once(client: FlaskClient) -> None:
    assert post_as_twilio(client, SMS, message()).status_code == 403
    OrganizationFactory.create(twilio_account_sid=ACCOUNT_SID)

    assert post_as_twilio(client, SMS, message()).status_code == 200


@pytest.mark.parametrize("name", [KEY_ID, f"{ACCOUNT_SID}/{KEY_ID}"])
def test_shared_key_of_the_account_is_accepted(
    client: FlaskClient, organization: OrganizationRow, accounts: pytest.MonkeyPatch, name: str
) -> None:
    configure(accounts, f'{{"{ACCOUNT_SID}": "{AUTH_TOKEN}", "{name}": "{KEY_SECRET}"}}')

    assert with_key(client, message()).status_code == 200
    assert with_key(client, message(), key="another").status_code == 403


def test_unsigned_header_cannot_talk_a_shared_key_down_to_sha1(
    client: FlaskClient, organization: OrganizationRow, accounts: pytest.MonkeyPatch
) -> None:
    configure(accounts, f'{{"{ACCOUNT_SID}": "{AUTH_TOKEN}", "{KEY_ID}": "{KEY_SECRET}"}}')

    assert with_key(client, message(), algorithm="HMAC_SHA1").status_code == 403
    assert post(client, message(), twilio_signature(PUBLIC_BASE_URL + SMS, message(), KEY_SECRET)).status_code == 403


def test_one_tenants_shared_key_cannot_sign_for_another(
    client: FlaskClient, organization: OrganizationRow, accounts: pytest.MonkeyPatch
) -> None:
    OrganizationFactory.create(twilio_account_sid=OTHER_ACCOUNT)
    both = f'"{ACCOUNT_SID}": "{AUTH_TOKEN}", "{OTHER_ACCOUNT}": "its-token"'

    configure(accounts, f'{{{both}, "{ACCOUNT_SID}/{KEY_ID}": "{KEY_SECRET}"}}')
    assert with_key(client, message()).status_code == 200
    assert with_key(client, message(OTHER_ACCOUNT)).status_code == 403

    configure(accounts, f'{{{both}, "{KEY_ID}": "{KEY_SECRET}"}}')
    assert with_key(client, message()).status_code == 403


def test_json_body_is_checked_by_its_hash_before_its_fields_are_missed(client: FlaskClient, organization: OrganizationRow) -> None:
    body = payloads.twilio("intelligence_json").body
    digest = payloads.twilio("intelligence_json").notes["SIGNED-URL"].partition("=")[2]
    path = f"{SMS}?bodySHA256={digest}"
    headers = {"X-Twilio-Signature": twilio_signature(PUBLIC_BASE_URL + path, (), AUTH_TOKEN), "Content-Type": "application/json"}

    assert client.post(path, data=body, headers=headers).status_code == 400
    assert client.post(path, data=body + b" ", headers=headers).status_code == 403


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b'{"account_sid": "\xff"}', b"AccountSid=%ff", b"=&=&=", b"[" * 100_000])
@pytest.mark.parametrize("content_type", [FORM, "application/json", "multipart/form-data; boundary=x", "", "text/plain"])
def test_nonsense_is_refused_like_any_other_stranger(client: FlaskClient, body: bytes, content_type: str) -> None:
    answer = client.post(SMS, data=body, headers={"X-Twilio-Signature": "x", "Content-Type": content_type})

    assert answer.status_code == 403


@pytest.mark.parametrize("target", ["http://h:bad/webhooks/twilio/sms", "http://h/webhooks/twilio/sms", "@evil:bad/webhooks/twilio/sms"])
def test_target_that_is_no_path_is_refused(client: FlaskClient, accounts: pytest.MonkeyPatch, target: str) -> None:
    """As gunicorn hands it on: the route is found by the path alone. Glued to a base URL with a port it is no URL at all."""
    accounts.setenv("PUBLIC_BASE_URL", "http://localhost:8000")
    settings.current.cache_clear()
    body = urlencode(message()).encode()
    answer = client.post(SMS, data=body, headers={"X-Twilio-Signature": "x", "Content-Type": FORM}, environ_overrides={"RAW_URI": target})

    assert answer.status_code == 403
    assert answer.json is not None
    assert answer.json["code"] == "target_not_a_path"


@pytest.mark.alone
def test_strangers_form_is_refused_before_it_is_taken_apart(client: FlaskClient, organization: OrganizationRow) -> None:
    def refused(account: str) -> None:
        body = b"AccountSid=" + account.encode() + b"&a=" + b"%ff%41" * 40_000
        assert client.post(SMS, data=body, headers={"X-Twilio-Signature": "x", "Content-Type": FORM}).status_code == 403

    assert work(lambda: refused(OTHER_ACCOUNT)) < work(lambda: refused(ACCOUNT_SID)) / 4, "beside a form that has to be taken apart"


def test_form_over_256_kb_is_too_large(client: FlaskClient, organization: OrganizationRow) -> None:
    fits = [*message(), ("Padding", "x" * 200_000)]

    assert post_as_twilio(client, SMS, fits).status_code == 200
    answer = post_as_twilio(client, SMS, [*fits, ("More", "x" * 62_000)])
    assert answer.status_code == 413
    assert answer.json is not None
    assert set(answer.json) == {"detail", "code", "trace_id"}
    assert count("webhook_events") == 1


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", ROUTES)
def test_other_methods_are_not_allowed(app: Flask, path: str, method: str) -> None:
    assert app.test_client().open(path, method=method).status_code == 405
