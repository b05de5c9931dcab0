"""What was used and what it cost: the vendors' own figures, added over every try, at the prices that were set."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

import settings
from db import runs, spending, submissions
from db.results import record_assessment, record_reply, record_transcription
from db.tables.organizations import OrganizationRow
from domain.chain import Stage
from domain.errors import LeaseLost
from domain.runs import Assessment, Claim, Transcription
from domain.speech import Engine
from tests.support import chain
from tests.support.factories import OrganizationFactory, RunFactory
from tests.support.plant_factories import UsageDayFactory
from tests.support.stored import row, rows

MODEL = Engine("openai", "model-1", {"input_tokens": 100, "output_tokens": 20})
PRICES = {"openai:model-1": {"input_tokens": 0.1, "output_tokens": 0.2}, "deepgram:nova-3": {"speech_seconds": 0.00007}}


@pytest.fixture
def priced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prices that are easy to reckon with."""
    current = settings.current()
    changed = replace(current, spend=replace(current.spend, prices=PRICES))
    monkeypatch.setattr(settings, "current", lambda: changed)


@pytest.fixture
def classifying() -> Claim:
    """A run that a model is asked for."""
    return chain.claim(RunFactory.create(stage=Stage.CLASSIFY_SPEAKERS).id, Stage.CLASSIFY_SPEAKERS)


def _understood(claim: Claim, by: Engine) -> None:
    analysis = chain.analysis()
    record_assessment(claim, Assessment(replace(analysis, understanding=replace(analysis.understanding, engine=by))))


def _heard(claim: Claim, seconds: int = 60) -> None:
    record_transcription(claim, Transcription(chain.utterances(), "deepgram", "nova-3", "job-1", {"speech_seconds": seconds}))


def _step(stage: str = "classify_speakers") -> dict[str, Any]:
    return row("SELECT usage, price_usd, provider, model FROM run_steps WHERE stage = %s", stage)


def _tokens_today() -> int:
    return int(row("SELECT COALESCE(sum(llm_tokens), 0) AS n FROM usage_days")["n"])


class TestSteps:
    """The figures of one step."""

    @pytest.mark.usefixtures("priced")
    def test_a_step_has_its_usage_and_its_price(self, classifying: Claim) -> None:
        _understood(classifying, MODEL)
        assert _step() == {"usage": dict(MODEL.usage), "price_usd": Decimal(14), "provider": "openai", "model": "model-1"}

    @pytest.mark.usefixtures("priced")
    def test_what_was_answered_in_vain_is_paid_all_the_same(self, classifying: Claim) -> None:
        runs.note_wasted(classifying, replace(MODEL, usage={"input_tokens": 100, "output_tokens": 5, "reasoning_tokens": 3}))
        _understood(classifying, Engine("local", "small", {"tokens": 7}, stands_in_for="openai:truncated"))
        assert _step()["usage"] == {"input_tokens": 100, "output_tokens": 5, "reasoning_tokens": 3, "tokens": 7}
        assert _step()["price_usd"] == Decimal(11)
        assert (_step()["provider"], _tokens_today()) == ("local", 105)

    @pytest.mark.usefixtures("priced")
    def test_usage_and_price_add_over_tries(self, classifying: Claim) -> None:
        for _ in range(3):
            runs.note_wasted(classifying, MODEL)
        assert (_step()["usage"], _step()["price_usd"]) == ({"input_tokens": 300, "output_tokens": 60}, Decimal(42))
        assert _tokens_today() == 360

    def test_a_try_without_an_answer_costs_nothing(self, classifying: Claim) -> None:
        runs.postpone(classifying, "openai:503", delay_s=0, give_back=False)
        assert (_step()["usage"], _step()["price_usd"], _tokens_today()) == ({}, None, 0)

    def test_without_a_price_the_usage_stands_alone(self, classifying: Claim) -> None:
        _understood(classifying, MODEL)
        assert (_step()["usage"], _step()["price_usd"]) == (dict(MODEL.usage), None)

    @pytest.mark.usefixtures("priced")
    def test_an_answer_that_was_kept_costs_nothing(self, classifying: Claim) -> None:
        _understood(classifying, replace(MODEL, usage={"cached_tokens": 120}, cached=True))
        assert (_step()["usage"], _step()["price_usd"], _tokens_today()) == ({"cached_tokens": 120}, Decimal(0), 0)

    def test_tokens_of_every_stage_are_counted_against_the_day(self, classifying: Claim) -> None:
        _understood(classifying, MODEL)
        record_reply(chain.claim(classifying.run_id, Stage.GENERATE_REPLY), replace(chain.reply(), engine=MODEL))
        assert _tokens_today() == 240

    def test_what_a_late_writer_took_is_not_counted(self, classifying: Claim) -> None:
        rows("UPDATE runs SET lease_token = gen_random_uuid() RETURNING id")
        with pytest.raises(LeaseLost):
            _understood(classifying, MODEL)
        assert _tokens_today() == 0


class TestSpeech:
    """Speech is paid by who submits it, not by who reads it."""

    def _claim(self, organization: OrganizationRow, **values: Any) -> Claim:
        stored = chain.store_recording(organization.id)
        if not values:
            assert stored.run_id
            return chain.claim(stored.run_id)
        return chain.claim(RunFactory.create(organization_id=organization.id, transcript_id=stored.transcript_id, **values).id)

    @pytest.mark.usefixtures("priced")
    def test_words_that_were_submitted_are_paid(self, organization: OrganizationRow) -> None:
        held = self._claim(organization)
        submissions.submit(held, 60, 1_000)
        _heard(held)
        assert _step("transcribe") == {
            "usage": {"speech_seconds": 60},
            "price_usd": Decimal("0.0042"),
            "provider": "deepgram",
            "model": "nova-3",
        }

    @pytest.mark.usefixtures("priced")
    @pytest.mark.parametrize("values", [{}, {"purpose": "reprocess"}], ids=["nobody submitted it", "a reprocess run"])
    def test_a_stored_payload_is_read_for_nothing(self, organization: OrganizationRow, values: dict[str, str]) -> None:
        _heard(self._claim(organization, **values))
        assert (_step("transcribe")["usage"], _step("transcribe")["price_usd"]) == ({}, None)

    def test_speech_is_reserved_before_and_not_counted_again_after(self, organization: OrganizationRow) -> None:
        held = self._claim(organization)
        submissions.submit(held, 60, 1_000)
        _heard(held, 59)
        today = spending.read_today(organization.id)
        assert (today.speech_seconds, today.llm_tokens) == (60, 0)


class TestDays:
    """A day is UTC's, on the database's clock."""

    def test_an_unused_day_is_whole(self) -> None:
        today = spending.read_today(OrganizationFactory.create().id)
        assert (today.speech_seconds, today.llm_tokens) == (0, 0)

    def test_a_day_ends_at_midnight_in_utc(self, organization: OrganizationRow) -> None:
        utc = "clock_timestamp() AT TIME ZONE 'UTC'"
        left = row(f"SELECT 86400 - EXTRACT(EPOCH FROM ({utc}) - date_trunc('day', {utc})) AS s")["s"]  # noqa: S608 - the test's own words
        assert abs(spending.read_today(organization.id).ends_s - float(left)) < 5
        assert 0 < spending.read_today(organization.id).ends_s <= 86_400

    @pytest.mark.parametrize("used", [{"llm_tokens": 9}, {"speech_seconds": 9}])
    def test_other_days_and_other_tenants_are_not_todays(self, organization: OrganizationRow, used: dict[str, int]) -> None:
        UsageDayFactory.create(**used)
        UsageDayFactory.create(organization_id=organization.id, day="2026-01-01", **used)
        today = spending.read_today(organization.id)
        assert (today.speech_seconds, today.llm_tokens) == (0, 0)

    def test_days_are_listed_newest_first_and_only_ones_own(self, organization: OrganizationRow) -> None:
        UsageDayFactory.create()
        today = "(clock_timestamp() AT TIME ZONE 'UTC')::date"
        dates = row(f"SELECT {today} AS today, {today} - 1 AS before, {today} - 2 AS old")
        for day in dates.values():
            UsageDayFactory.create(organization_id=organization.id, day=day)
        assert [found.day for found in spending.read_days(organization.id, 2)] == [dates["today"], dates["before"]]


def test_many_answers_at_once_are_all_counted(organization: OrganizationRow) -> None:
    def answered(claim: Claim) -> Callable[[], None]:
        return lambda: runs.note_wasted(claim, MODEL)

    claims = [
        chain.claim(RunFactory.create(organization_id=organization.id, stage=Stage.CLASSIFY_SPEAKERS).id, Stage.CLASSIFY_SPEAKERS)
        for _ in range(6)
    ]
    chain.at_once([answered(claim) for claim in claims])
    assert spending.read_today(organization.id).llm_tokens == 6 * 120
