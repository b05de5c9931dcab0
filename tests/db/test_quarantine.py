"""Refused deliveries are a sample in a ring."""

import pytest

from db import quarantine
from domain.refusals import Refusal
from tests.support.plant_factories import QuarantineFactory
from tests.support.stored import count, row, rows


def _keep(body: bytes = b"Body=x") -> None:
    quarantine.keep(Refusal("twilio", "signature", "/webhooks/twilio/sms", body, len(body), "trace"))


def test_the_first_16_kb_are_kept_and_the_size_is_told() -> None:
    _keep(b"x" * 100_000)
    found = row("SELECT length(body) AS kept, body_size FROM quarantine")
    assert found == {"kept": 16 * 1024, "body_size": 100_000}


def test_a_body_of_any_bytes_is_kept_as_it_came() -> None:
    _keep(b"\x00\xff\xfe")
    assert bytes(row("SELECT body FROM quarantine")["body"]) == b"\x00\xff\xfe"


def test_the_oldest_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarantine, "KEPT_ROWS", 3)
    monkeypatch.setattr(quarantine, "TRIMMED_EVERY", 1)
    older = [QuarantineFactory.create().id for _ in range(5)]
    _keep()
    left = [found["id"] for found in rows("SELECT id FROM quarantine ORDER BY id")]
    assert left[:-1] == older[-2:]


def test_a_ring_never_grows_far_beyond_its_size_whoever_else_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarantine, "KEPT_ROWS", 20)
    monkeypatch.setattr(quarantine, "TRIMMED_EVERY", 10)
    for _ in range(55):
        _keep()
    assert 20 <= count("quarantine") < 30


def test_a_refusal_is_found_again_as_it_was_kept() -> None:
    refusal = Refusal(
        "twilio",
        "signature_invalid",
        "/webhooks/twilio/sms",
        b"Body=x",
        6,
        "trace",
        content_type="text/plain",
        url="https://hookline.example/webhooks/twilio/sms",
        signature="c2lnbmF0dXJl",
        signature_settings="key=1",
        hosts=("a.example", "b.example:8000"),
    )
    quarantine.keep(refusal)
    [kept] = quarantine.fetch_newest("twilio", 5)
    assert kept.refusal == refusal
    assert kept.received_at.tzinfo
    assert quarantine.find("twilio", kept.id) == kept
    assert quarantine.find("deepgram", kept.id) is None
    assert quarantine.find("twilio", kept.id + 1) is None


def test_the_newest_refusals_of_a_provider_come_first() -> None:
    kept = [QuarantineFactory.create(provider=provider).id for provider in ("twilio", "deepgram", "twilio", "twilio")]
    assert [found.id for found in quarantine.fetch_newest("twilio", 2)] == [kept[3], kept[2]]
    assert quarantine.fetch_newest("stripe", 2) == []
