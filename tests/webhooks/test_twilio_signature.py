"""Every kept request of Twilio's is accepted for the URL that it was signed for, and refused with one byte of anything changed."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from tests.support import payloads
from tests.support.signing import twilio_signature
from webhooks.twilio.signature import SETTINGS_HEADER, SIGNATURE_HEADER, Settings, Signed, is_authentic

NAMES = payloads.twilio_names()
URL = "https://hooks.example/webhooks/twilio/sms"

every_sample = pytest.mark.parametrize("name", NAMES)


def signed(name: str) -> Signed:
    sample = payloads.twilio(name)
    claimed = Settings.parse(sample.headers.get(SETTINGS_HEADER))
    return Signed(sample.notes["SIGNED-URL"], sample.fields, sample.body, sample.headers[SIGNATURE_HEADER], claimed.algorithm)


def secret(name: str) -> str:
    return payloads.twilio(name).notes["KEY"].partition(" ")[2]


def test_there_are_samples_of_every_kind() -> None:
    assert len(NAMES) >= 32
    assert any(payloads.twilio(name).notes["METHOD"] == "GET" for name in NAMES)
    assert any(signed(name).algorithm == "HMAC_SHA256" for name in NAMES)
    assert any("bodySHA256" in signed(name).url for name in NAMES)


@every_sample
def test_sample_is_accepted(name: str) -> None:
    assert is_authentic(signed(name), [secret(name)])


@every_sample
def test_sample_is_accepted_with_an_older_secret_behind_a_newer_one(name: str) -> None:
    assert is_authentic(signed(name), ["a-newer-one", secret(name)])


@every_sample
def test_sample_is_refused_with_the_wrong_secret(name: str) -> None:
    assert not is_authentic(signed(name), [secret(name) + "x", ""])
    assert not is_authentic(signed(name), [])


@every_sample
def test_sample_is_refused_with_one_byte_of_the_signature_changed(name: str) -> None:
    request = signed(name)
    for at in range(len(request.signature)):
        assert not is_authentic(replace(request, signature=_flipped(request.signature, at)), [secret(name)])


@every_sample
def test_sample_is_refused_with_one_byte_of_the_url_changed(name: str) -> None:
    request = signed(name)
    for at in range(len("https://"), len(request.url)):
        assert not is_authentic(replace(request, url=_flipped(request.url, at)), [secret(name)])


@every_sample
def test_sample_is_refused_with_one_character_of_its_content_changed(name: str) -> None:
    request = signed(name)
    if request.fields is None:  # JSON, or a GET whose fields all stand in the URL
        bodies = [request.body[:at] + bytes([request.body[at] ^ 1]) + request.body[at + 1 :] for at in range(len(request.body))]
        forged = [replace(request, body=body) for body in [*bodies, request.body + b" "]]
    else:
        forged = [replace(request, fields=fields) for fields in _forged_fields(request.fields)]
    assert not any(is_authentic(candidate, [secret(name)]) for candidate in forged)


@every_sample
def test_sample_is_refused_under_another_algorithm(name: str) -> None:
    request = signed(name)
    for other in {"HMAC_SHA1", "HMAC_SHA256", "HMAC_MD5", "NONE", ""} - {request.algorithm}:
        assert not is_authentic(replace(request, algorithm=other), [secret(name)])


def test_documented_check_value_is_accepted() -> None:
    fields = {"CallSid": "CA1234567890ABCDE", "Caller": "+14158675310", "Digits": "1234", "From": "+14158675310", "To": "+18005551212"}
    request = Signed("https://example.com/myapp.php?foo=1&bar=2", tuple(fields.items()), b"", "L/OH5YylLD5NRKLltdqwSvS0BnU=", "HMAC_SHA1")

    assert is_authentic(request, ["12345"])


names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
forms = st.lists(st.tuples(names, st.text(st.characters(codec="utf-8"), max_size=8)), max_size=8)


@given(forms, st.sampled_from(["HMAC_SHA1", "HMAC_SHA256"]))
def test_what_twilios_own_library_signs_is_accepted_blanks_and_repeats_included(form: list[tuple[str, str]], algorithm: str) -> None:
    signature = RequestValidator("secret").compute_signature(URL, MultiDict(form), algorithm)

    assert is_authentic(Signed(URL, tuple(form), b"", signature, algorithm), ["secret"])


@pytest.mark.parametrize("signed_for", ["https://hooks.example/x", "https://hooks.example:443/x"])
@pytest.mark.parametrize("called", ["https://hooks.example/x", "https://hooks.example:443/x", "https://user:p:w@hooks.example/x"])
def test_port_of_the_scheme_and_credentials_do_not_matter(signed_for: str, called: str) -> None:
    request = Signed(called, (), b"", twilio_signature(signed_for, (), "secret"), "HMAC_SHA1")

    assert is_authentic(request, ["secret"])


def test_voice_over_https_is_signed_without_a_port_of_its_own() -> None:
    signature = twilio_signature("https://hooks.example/x", (), "secret")

    assert is_authentic(Signed("https://hooks.example:8443/x", (), b"", signature, "HMAC_SHA1"), ["secret"])


def test_a_body_that_is_no_form_must_be_covered_by_the_hash_in_the_url() -> None:
    signature = twilio_signature(URL, (), "secret")

    assert not is_authentic(Signed(URL, None, b'{"a":1}', signature, "HMAC_SHA1"), ["secret"])


@pytest.mark.parametrize(
    ("header", "parsed"),
    [
        (None, Settings(None, "HMAC_SHA1")),
        ("", Settings(None, "HMAC_SHA1")),
        ("key=k1,algorithm=HMAC_SHA256", Settings("k1", "HMAC_SHA256")),
        ("algorithm=hmac_sha256, key=k1", Settings("k1", "HMAC_SHA256")),
        ("key=,algorithm=", Settings(None, "HMAC_SHA1")),
        ("nonsense,,=,a=b", Settings(None, "HMAC_SHA1")),
    ],
)
def test_settings_header_is_read(header: str | None, parsed: Settings) -> None:
    assert Settings.parse(header) == parsed


def _flipped(text: str, at: int) -> str:
    return text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]


def _forged_fields(fields: tuple[tuple[str, str], ...]) -> list[tuple[tuple[str, str], ...]]:
    forged = []
    for at, (name, value) in enumerate(fields):
        before, after = fields[:at], fields[at + 1 :]
        forged += [(*before, (name + "x", value), *after), (*before, (name, value + "x"), *after), (*before, *after)]
        if value:
            forged.append((*before, (name, _flipped(value, 0)), *after))
    return [*forged, (*fields, ("Extra", ""))]
