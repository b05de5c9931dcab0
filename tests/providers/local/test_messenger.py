"""The messenger that records instead of sending, and the registry that hands it out."""

import logging
from datetime import UTC, datetime
from uuid import UUID

import pytest

from domain.chain import EffectKind
from domain.ports import Messenger
from domain.runs import Effect, Sighting
from providers import registry

EFFECT = Effect(
    id=UUID(int=7),
    organization_id=UUID(int=1),
    conversation_id=UUID(int=2),
    kind=EffectKind.SMS,
    target="+15555550123",
    body="We open at nine.",
    sender="+15555550100",
    lease_token=UUID(int=3),
    attempts=1,
    interrupted=False,
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
    trace_id="trace",
)


def test_the_reference_names_the_effect_and_nobody() -> None:
    messenger: Messenger = registry.messenger(EFFECT)
    assert messenger.name == "local"
    assert messenger.send(EFFECT) == messenger.send(EFFECT) == f"local:{EFFECT.id}"


def test_an_interrupted_attempt_is_safe_to_make_again() -> None:
    assert registry.messenger(EFFECT).find(EFFECT) == Sighting(provider_ref=None, conclusive=True)


def test_neither_number_nor_text_is_said_or_kept(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    messenger = registry.messenger(EFFECT)
    with caplog.at_level(logging.DEBUG):
        messenger.send(EFFECT)
    out, err = capfd.readouterr()
    said = caplog.text + out + err + repr(vars(messenger))
    assert EFFECT.target not in said
    assert EFFECT.body not in said


def test_each_engine_is_built_once_per_process() -> None:
    assert registry.classifier() is registry.classifier()
    assert registry.reply_writer() is registry.reply_writer()
    assert registry.messenger(EFFECT) is registry.messenger(EFFECT)
