"""Why a signature did not fit, in one sentence, when somebody asks; and never a way in."""

import hashlib
from dataclasses import replace
from urllib.parse import urlencode

import pytest

from domain.refusals import Refusal
from tests.support.signing import ACCOUNT_SID, AUTH_TOKEN, FORM, twilio_signature
from tests.support.timing import parsing_an_hour, work
from webhooks.twilio.explainer import NOTHING_FITS, explain

OTHER = "AC" + "b2" * 16
SMS = "/webhooks/twilio/sms"
BASE = "https://hookline.example"
FIELDS = (("AccountSid", ACCOUNT_SID), ("MessageSid", "SM1"), ("Body", "my tooth hurts"), ("ToCity", ""), ("From", "+15005550199"))
ACCOUNTS: dict[str, tuple[str, ...]] = {ACCOUNT_SID: (AUTH_TOKEN, "older-token"), OTHER: ("token-of-another",)}
FITS_NOT = NOTHING_FITS.format(url=BASE + SMS)
SETTINGS_SHA256 = "key=shared,algorithm=HMAC_SHA256"


def refusal(
    signed: str = BASE + SMS,
    checked: str = BASE + SMS,
    *,
    fields: tuple[tuple[str, str], ...] = FIELDS,
    signed_fields: tuple[tuple[str, str], ...] | None = None,
    secret: str = AUTH_TOKEN,
    digest: str = "sha1",
) -> Refusal:
    """A form that Twilio signed for one address and we checked for another."""
    body = urlencode(fields).encode()
    signature = twilio_signature(signed, fields if signed_fields is None else signed_fields, secret, digest)
    return Refusal("twilio", "signature_invalid", SMS, body, len(body), "trace", FORM, checked, signature)


def json_refusal(body: bytes, signed: str, checked: str) -> Refusal:
    return Refusal(
        "twilio",
        "signature_invalid",
        SMS,
        body,
        len(body),
        "trace",
        "application/json",
        checked,
        twilio_signature(signed, (), AUTH_TOKEN),
    )


@pytest.mark.parametrize(
    ("signed", "checked", "advice"),
    [
        ("https://hookline.example", "http://hookline.example", "https://hookline.example"),
        ("http://hookline.example", "https://hookline.example", "http://hookline.example"),
        ("https://hookline.example:8443", "https://hookline.example", "https://hookline.example:8443"),
        ("http://hookline.example:8000", "https://hookline.example", "http://hookline.example:8000"),
        ("https://hookline.example", "http://hookline.example:8000", "https://hookline.example"),
        ("https://hookline.example", "https://hookline.example/prefix", "https://hookline.example"),
    ],
)
def test_a_wrong_base_url_is_named_together_with_the_right_one(signed: str, checked: str, advice: str) -> None:
    said = explain(refusal(signed + SMS, checked + SMS), ACCOUNTS)
    assert said == f"Twilio signed {advice}{SMS}, you checked {checked}{SMS}: set PUBLIC_BASE_URL={advice}."


@pytest.mark.parametrize("hosts", [("tunnel.example",), ("localhost:8000", "tunnel.example"), ("tunnel.example:443",)])
def test_a_wrong_host_is_found_if_the_request_named_the_right_one(hosts: tuple[str, ...]) -> None:
    odd = replace(refusal("https://tunnel.example" + SMS, "http://localhost:8000" + SMS), hosts=hosts)
    said = explain(odd, ACCOUNTS)
    assert said.startswith("Twilio signed https://tunnel.example")
    assert "set PUBLIC_BASE_URL=https://tunnel.example" in said


def test_a_host_that_nobody_named_cannot_be_guessed() -> None:
    """A tunnel that rewrites Host: the address in Twilio's console is known to a person only, who is told what to compare it with."""
    said = explain(refusal("https://tunnel.example" + SMS), ACCOUNTS)
    assert said == FITS_NOT
    assert f"you checked {BASE}{SMS}, compare it with the one in Twilio's console" in said


@pytest.mark.parametrize(("signed", "checked"), [(SMS + "/", SMS), (SMS + "/?a=1", SMS + "?a=1")])
def test_a_changed_slash_is_named(signed: str, checked: str) -> None:
    said = explain(refusal(BASE + signed, BASE + checked), ACCOUNTS)
    assert said.startswith(f"Twilio signed {BASE}{SMS}/")
    assert "changes the slash at the path's end" in said


def test_an_added_query_is_named_without_its_words() -> None:
    said = explain(refusal(BASE + SMS, BASE + SMS + "?phone=%2B15005550199"), ACCOUNTS)
    assert said.startswith(f"Twilio signed {BASE}{SMS}, you checked {BASE}{SMS}?…: ")
    assert "adds a query" in said
    assert "5005550199" not in said


def test_several_things_may_be_wrong_at_once() -> None:
    said = explain(refusal("https://hookline.example:8443" + SMS + "/", "http://hookline.example" + SMS + "?a=1"), ACCOUNTS)
    assert "set PUBLIC_BASE_URL=https://hookline.example:8443" in said
    assert "slash" in said
    assert "adds a query" in said


def test_blank_fields_that_were_not_there_are_named() -> None:
    signed = tuple((name, value) for name, value in FIELDS if value)
    assert "blank fields" in explain(refusal(signed_fields=signed), ACCOUNTS)


def test_a_form_that_was_signed_as_json_is_named() -> None:
    assert "signed as JSON, not as a form" in explain(refusal(signed_fields=()), ACCOUNTS)


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "", None])
def test_a_form_whose_content_type_was_changed_is_named(content_type: str | None) -> None:
    said = explain(replace(refusal(), content_type=content_type), ACCOUNTS)
    assert "signed as a form" in said
    assert FORM in said


@pytest.mark.parametrize("content_type", [FORM, f"{FORM}; charset=UTF-8", FORM.upper()])
def test_a_form_is_recognized_however_it_is_spelled(content_type: str) -> None:
    assert explain(replace(refusal(), content_type=content_type), ACCOUNTS).startswith("The signature fits the settings of now")


def test_an_older_token_that_is_configured_is_tried_with_everything_else() -> None:
    said = explain(refusal("http://hookline.example" + SMS, secret="older-token"), ACCOUNTS)
    assert said.endswith("set PUBLIC_BASE_URL=http://hookline.example.")


def test_another_accounts_token_is_named_by_its_place() -> None:
    said = explain(refusal(secret="token-of-another"), ACCOUNTS)
    assert said == f"The address is right, but it was signed with secret 1 of {OTHER}, but names {ACCOUNT_SID}."


def test_a_token_that_somebody_wants_to_be_tried_is_tried() -> None:
    odd = refusal(secret="token-of-the-console")
    assert explain(odd, ACCOUNTS) == FITS_NOT
    assert "the token that you gave, which is not configured" in explain(odd, ACCOUNTS, "token-of-the-console")


def test_a_dropped_settings_header_is_named() -> None:
    accounts = {**ACCOUNTS, f"{ACCOUNT_SID}/shared": ("shared-secret",)}
    odd = refusal(secret="shared-secret", digest="sha256")
    assert "signed with HMAC_SHA256" in explain(odd, accounts)
    assert f"secret 1 of {ACCOUNT_SID}/shared" in explain(odd, accounts)
    assert explain(replace(odd, signature_settings=SETTINGS_SHA256), accounts).startswith("The signature fits the settings of now")


def test_an_account_without_a_token_is_named() -> None:
    said = explain(refusal(), {OTHER: ("token-of-another",)})
    assert said == f"No token is configured for {ACCOUNT_SID}: set TWILIO_ACCOUNTS, or TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN."


def test_json_is_tried_by_its_address_and_by_its_hash() -> None:
    body = b'{"account_sid": "%s"}' % ACCOUNT_SID.encode()
    query = f"?bodySHA256={hashlib.sha256(body).hexdigest()}"
    checked = f"http://hookline.example{SMS}{query}"
    signed = f"{BASE}{SMS}{query}"
    assert "set PUBLIC_BASE_URL=https://hookline.example" in explain(json_refusal(body, signed, checked), ACCOUNTS)
    assert "the body was changed on its way" in explain(json_refusal(body + b" ", signed, signed), ACCOUNTS)
    assert explain(json_refusal(body, signed, signed), ACCOUNTS).startswith("The signature fits the settings of now")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"signature": None}, "It carries no signature"),
        ({"signature": ""}, "It carries no signature"),
        ({"url": None, "reason": "invalid_fields"}, "It was refused for invalid_fields"),
        ({"body_size": 100_000}, "Only the first"),
        ({"signature": "nonsense"}, FITS_NOT),
        ({"signature": "å" * 28}, FITS_NOT),
        ({"signature_settings": "key=,algorithm=ROT13", "signature": "x"}, FITS_NOT),
        ({"body": b"\xff\xfe\0", "body_size": 3}, FITS_NOT),
    ],
)
def test_what_cannot_be_explained_is_said_to_be_so(changes: dict[str, object], said: str) -> None:
    assert explain(replace(refusal(), **changes), ACCOUNTS).startswith(said)  # type: ignore[arg-type]  # each case changes other fields


def test_nothing_secret_and_nobodys_words_are_said() -> None:
    everything = [
        explain(refusal(secret="token-of-another"), ACCOUNTS),
        explain(refusal(secret="mine"), ACCOUNTS, "mine"),
        explain(refusal(BASE + SMS, "http://user:password@hookline.example" + SMS), ACCOUNTS),
        explain(refusal(secret="nobody's"), ACCOUNTS),
    ]
    for secret in (AUTH_TOKEN, "older-token", "token-of-another", "mine", "password", "tooth", "5005550199"):
        assert all(secret not in said.replace("that you gave", "") for said in everything), secret


def test_a_terminal_is_not_told_what_to_do_by_an_address() -> None:
    said = explain(refusal(BASE + SMS + "\x1b[2J/", BASE + SMS + "\x1b[2J"), ACCOUNTS)
    assert said.startswith("Twilio signed")
    assert "\x1b" not in said


@pytest.mark.alone
def test_a_person_does_not_wait_long_for_no_answer() -> None:
    accounts: dict[str, tuple[str, ...]] = {f"AC{number:032x}": (f"token-{number}", "older") for number in range(20)} | ACCOUNTS
    odd = replace(refusal(secret="nobody's", fields=(*FIELDS, ("Padding", "x" * 8_000))), hosts=("a.example", "b.example", "c.example"))
    assert explain(odd, accounts) == FITS_NOT
    assert work(lambda: explain(odd, accounts), rounds=1) < 200 * parsing_an_hour(), "a few seconds at most"
