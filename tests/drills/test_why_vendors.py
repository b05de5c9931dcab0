"""A vendor that says no, or nothing: `why` names what it says, and what is printed brings the work to its end once the vendor is well."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from db.tables.organizations import OrganizationRow
from tests.drills.conftest import Told, obeyed
from tests.support import chain, processes
from tests.support.processes import until
from tests.support.stored import row, rows
from tests.support.vendor_house import House

pytestmark = pytest.mark.timeout(600)
UntilTold = Callable[[object, str], Told]
# nobody stands in: what waits for the model is seen to wait
WAITS = {"CLASSIFY_WHEN_DOWN": "wait", "REPLY_WHEN_DOWN": "wait"}


@pytest.fixture(autouse=True)
def _nobody_stands_in(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in WAITS.items():
        monkeypatch.setenv(name, value)


def _is_done() -> bool:
    return bool(rows("SELECT id FROM runs WHERE state = 'done'")) and not rows(
        "SELECT id FROM effects WHERE state IN ('pending', 'sending')"
    )


@pytest.mark.parametrize(
    ("status", "how", "code", "word"),
    [
        ("429", {}, "vendor_rate_limited", "429"),
        ("429", {"code": "insufficient_quota"}, "vendor_quota_out", "quota is used up"),
        ("503", {}, "circuit_open", "circuit is open"),
    ],
)
def test_a_vendor_that_says_no(
    house: House, tmp_path: Path, until_told: UntilTold, status: str, how: dict[str, str], code: str, word: str
) -> None:
    house.twin.misbehave("openai", status, **how)
    with processes.worker(tmp_path):
        stored = chain.store_sms(house.organization.id, "SM1")
        told = until_told(stored.run_id, code)
        assert told.exit_code == 1
        assert "OpenAI" in told.sentence
        assert word in told.sentence
        assert "SM1" in told.sentence
        house.twin.behave()
        obeyed(told)
        until(_is_done, "it is done")
    assert row("SELECT count(*) AS n FROM effects")["n"] == 1


def test_a_key_that_is_wrong(house: House, tmp_path: Path, until_told: UntilTold, monkeypatch: pytest.MonkeyPatch) -> None:
    right = os.environ["OPENAI_API_KEY"]
    monkeypatch.setenv("OPENAI_API_KEY", "sk-somebody-elses")
    with processes.worker(tmp_path):
        stored = chain.store_sms(house.organization.id, "SM1")
        told = until_told(stored.run_id, "vendor_key_wrong")
        assert "OpenAI" in told.sentence
        assert "key" in told.sentence
        assert told.fix
        assert "OPENAI_API_KEY" in told.fix
    monkeypatch.setenv("OPENAI_API_KEY", right)
    with processes.worker(tmp_path):
        obeyed(told)
        until(_is_done, "it is done")


def test_a_callback_that_never_comes(house: House, tmp_path: Path, until_told: UntilTold, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEEPGRAM_OVERDUE_SECONDS", "1")
    house.twin.misbehave("deepgram", "drop")
    stored = house.recorded(seconds=0.5)
    rows("UPDATE transcripts SET duration_ms = 500 RETURNING id")
    with processes.worker(tmp_path):
        until(lambda: rows("SELECT id FROM runs WHERE state = 'dead'"), "both submissions were in vain")
        told = until_told(stored.run_id, "callback_lost")
        assert "callback" in told.sentence
        assert "Deepgram" in told.sentence
        assert "PUBLIC_BASE_URL" in str(told.fix)
        house.twin.behave()
        obeyed(told)
        until(_is_done, "it is done")


def test_nobody_who_could_transcribe(organization: OrganizationRow, tmp_path: Path, until_told: UntilTold) -> None:
    stored = chain.store_recording(organization.id, "RE1")
    with processes.worker(tmp_path):
        told = until_told(stored.run_id, "no_transcriber")
    assert told.command == "celery -A tasks setup"
    assert "DEEPGRAM_API_KEY" in str(told.fix)
