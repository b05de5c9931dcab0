"""What identifies a person or opens a door reaches no sink; ids stay readable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observability.redaction import FREE_TEXT_CHARS, LEFT_OUT, clean, redact

IDS = [
    "0199a0c2-1234-7123-8123-0123456789ab",
    "01991234-1234-7123-8123-012345678901",
    "CA12345678901234567890123456789012",
    "4bf92f3577b34da6a3ce929d0e0e4736",
    "run:0199a0c2-1234-7123-8123-0123456789ab conversation:01991234-1234-7123-8123-012345678901",
    "2026-11-21T01:44:45.123Z",
    "2026-11-21 01:44:45",
    "127.0.0.1:8000",
    "192.168.100.200",
    "worker@host-12",
    "retry 2 in 8 s: rate_limited",
    "/webhooks/twilio/call-status",
    "database:OperationalError:57014",
]


@pytest.mark.parametrize("text", IDS)
def test_ids_times_and_addresses_stay(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "+15005550199", "+1 (500) 555-0199", "(500) 555-0199", "500-555-0199", "500.555.0199", "5005550199", "555-0199", "+44 20 7946 0958",
        "0044 20 7946 0958", "4111 1111 1111 1111", "4111-1111-1111-1111", "4111111111111111", "078-05-1120",
    ],
)  # fmt: skip
@pytest.mark.parametrize("around", ["{}", "call {} now", "from={},to", '{{"number": "{}"}}', "sip {};"])
def test_numbers_of_people_are_masked(text: str, around: str) -> None:
    assert not any(part in redact(around.format(text)) for part in (text, text[-7:]))


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Authorization: Bearer hk_0123456789abcdef0123456789abcdef_s3cret-value", "s3cret"),
        ("Basic dXNlcjpwYXNzd29yZA==", "dXNl"),
        ("Token 0123456789abcdef0123456789abcdef01234567", "0123456789abcdef"),
        ("postgresql://user:s3cret@host/db", "s3cret"),
        ("redis://:s3cret@host:6379/0", "s3cret"),
        ("POST /webhooks/deepgram/0199.s3cret HTTP/1.1", "s3cret"),
        ("POST /callback/0199.s3cret?x=1", "s3cret"),
        ("https://example.com/?token=s3cret&x=1", "s3cret"),
        ("sk-proj-s3cretvalue", "s3cret"),
        ("ann.example@example.com wrote", "ann.example"),
    ],
)
def test_what_opens_a_door_is_masked(text: str, secret: str) -> None:
    assert secret not in redact(text)


@given(st.text(alphabet="0123456789", min_size=10, max_size=15), st.sampled_from(["", "+"]), st.sampled_from(["", " ", "-", "."]))
def test_no_grouping_of_a_number_slips_through(digits: str, plus: str, separator: str) -> None:
    grouped = plus + separator.join((digits[:3], digits[3:6], digits[6:]))
    assert digits[6:] not in redact(f"ring {grouped} back")


def test_long_text_is_left_out_with_its_length() -> None:
    assert clean("word " * 100) == "[500 characters left out]"
    assert clean("x" * FREE_TEXT_CHARS) == "x" * FREE_TEXT_CHARS


def test_structures_are_cleaned_to_the_bottom() -> None:
    given_ = {"run_id": IDS[0], "parts": [{"note": "+15005550199"}], "body": "hello", "raw": b"hello", "error": ValueError("hello"), "n": 3}
    assert clean(given_) == {
        "run_id": IDS[0],
        "parts": [{"note": "[number]"}],
        "body": LEFT_OUT,
        "raw": LEFT_OUT,
        "error": "ValueError",
        "n": 3,
    }


def test_structure_without_end_is_cut_off() -> None:
    endless: dict[str, object] = {}
    endless["again"] = endless
    assert LEFT_OUT in str(clean(endless))
