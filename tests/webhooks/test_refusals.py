"""A flood of refused deliveries costs a few rows a second and nobody's time."""

import os
import threading
import time
from uuid import uuid4

import pytest

from db import quarantine
from domain.refusals import Refusal
from tests.support.stored import awaited, row
from webhooks import refusals


def refused(body: bytes = b"x", trace_id: str | None = None) -> Refusal:
    return Refusal("twilio", "signature_invalid", "/webhooks/twilio/sms", body, len(body), trace_id or uuid4().hex)


def test_sample_is_kept_with_its_trace_id() -> None:
    trace_id = uuid4().hex
    refusals.sample(refused(b"\0raw\xff", trace_id))

    kept = awaited("SELECT * FROM quarantine WHERE trace_id = %s", trace_id)
    assert (kept["provider"], kept["reason"], kept["route"]) == ("twilio", "signature_invalid", "/webhooks/twilio/sms")
    assert (bytes(kept["body"]), kept["body_size"]) == (b"\0raw\xff", 5)


def test_flood_is_sampled_at_five_a_second_and_never_blocks() -> None:
    trace_id, flood = uuid4().hex, 5_000
    started = time.monotonic()
    for _ in range(flood):
        refusals.sample(refused(trace_id=trace_id))

    assert time.monotonic() - started < flood / refusals.WRITES_PER_SECOND / 100, "next to nothing of what writing them would take"
    awaited("SELECT trace_id FROM quarantine WHERE trace_id = %s GROUP BY trace_id HAVING count(*) >= 4", trace_id, within_s=30)
    kept = row("SELECT count(*) AS n FROM quarantine WHERE trace_id = %s", trace_id)["n"]
    assert kept <= 5 * (time.monotonic() - started) + 1


def test_writer_outlives_a_database_that_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def keep(refusal: Refusal) -> None:
        calls.append(refusal.trace_id)
        if refusal.trace_id == "first":
            raise ConnectionError

    monkeypatch.setattr(quarantine, "keep", keep)
    refusals.sample(refused(trace_id="first"))
    refusals.sample(refused(trace_id="second"))
    deadline = time.monotonic() + 30
    while "second" not in calls:
        assert time.monotonic() < deadline
        time.sleep(0.02)

    assert calls[-2:] == ["first", "second"]


def test_a_forked_process_starts_a_writer_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    refusals.sample(refused())
    of_the_parent = refusals._writer
    monkeypatch.setattr(refusals, "_writer", of_the_parent)
    monkeypatch.setattr(os, "getpid", lambda: -1)
    before = threading.active_count()
    refusals.sample(refused())

    assert refusals._writer is not of_the_parent
    assert threading.active_count() == before + 1
