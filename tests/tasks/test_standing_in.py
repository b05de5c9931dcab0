"""While a language model is away the offline engine stands in, or the run waits; what was degraded is marked and done again."""

from collections.abc import Callable

import pytest

from db.bodies import pack
from db.tables.organizations import OrganizationRow
from domain.chain import Stage
from domain.errors import RetryableError, StepFailed, UnusableAnswerError, VendorPausedError
from domain.vendors import Vendor
from tasks import standing_in
from tests.support.fake_vendors import MODEL_REPLY, USAGE
from tests.support.model_house import ModelHouse as House
from tests.support.plant_factories import UsageDayFactory
from tests.support.stored import row, rows
from tests.support.vendor_state import due_now, opened

CLASSIFY, REPLY = Stage.CLASSIFY_SPEAKERS, Stage.GENERATE_REPLY
DOWN = RetryableError("openai:503")
QUOTA = VendorPausedError("openai:insufficient_quota", 300, for_everybody=False)


@pytest.fixture
def house(organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch) -> House:
    """A model that answers everything, so far."""
    return House(organization, monkeypatch)


def _day_is_used_up(house: House) -> None:
    rows(
        "INSERT INTO usage_days (organization_id, day, llm_tokens)"
        " VALUES (%s, (clock_timestamp() AT TIME ZONE 'UTC')::date, 20000000) RETURNING day",
        str(house.organization_id),
    )


def test_a_model_that_answers_needs_nobody_to_stand_in(house: House) -> None:
    for stage in Stage:
        assert house.work(stage) == "done"
    assert house.marks() == (False, None, "openai")
    assert house.run()["prompt_version"] == "understanding-1+reply-1"
    assert (house.step(CLASSIFY)["usage"], house.step(CLASSIFY)["error_code"]) == (USAGE, None)
    assert row("SELECT text, engine FROM replies") == {"text": MODEL_REPLY, "engine": "openai"}


class TestDegrade:
    """Classification goes on without the model."""

    @pytest.mark.parametrize("error", [QUOTA, VendorPausedError("openai:rate_limited", standing_in.PATIENCE_S + 1)])
    def test_a_long_pause_is_not_waited_for(self, house: House, error: Exception) -> None:
        house.bring_to(CLASSIFY)
        house.model.fails = error
        assert house.work(CLASSIFY) == "done"
        assert house.marks() == (True, "openai", "local")
        assert house.step(CLASSIFY)["error_code"] == str(error)
        assert row("SELECT engine FROM analyses") == {"engine": "local"}

    def test_an_open_circuit_is_not_waited_for_nor_asked(self, house: House) -> None:
        house.bring_to(CLASSIFY)
        opened(seconds=60)
        assert house.work(CLASSIFY) == "done"
        assert (house.marks(), house.model.asked) == ((True, "openai", "local"), [])

    def test_a_pause_that_is_soon_over_is_waited_for(self, house: House) -> None:
        house.bring_to(CLASSIFY)
        house.model.fails = VendorPausedError("openai:rate_limited", standing_in.PATIENCE_S, for_everybody=False)
        assert house.work(CLASSIFY) == "paused for 6 s: openai:rate_limited"
        assert house.run()["attempts"] == 0
        house.model.fails = None
        due_now()
        assert (house.work(CLASSIFY), house.marks()) == ("done", (False, None, "openai"))

    def test_failures_are_tried_again_until_the_last_attempt(self, house: House, configured: Callable[..., None]) -> None:
        configured(WORKER_MAX_RETRIES=2)
        house.bring_to(CLASSIFY)
        house.model.fails = DOWN
        for attempt in (2, 3):
            assert house.work(CLASSIFY).startswith(f"retry {attempt} in")
            assert not house.run()["degraded"]
            due_now()
        assert house.work(CLASSIFY) == "done"
        assert (house.marks(), len(house.model.asked)) == ((True, "openai", "local"), 3)

    def test_a_reply_after_a_degraded_classification_does_not_mend_the_mark(self, house: House) -> None:
        house.bring_to(CLASSIFY)
        house.model.fails = QUOTA
        house.work(CLASSIFY)
        house.model.fails = None
        house.work(REPLY)
        assert house.marks() == (True, "openai", "local")
        assert row("SELECT engine FROM replies") == {"engine": "openai"}
        assert house.run()["prompt_version"] == "reply-1"

    def test_a_bug_of_ours_is_stood_in_for_by_nobody(self, house: House) -> None:
        house.bring_to(CLASSIFY)
        house.model.fails = KeyError("canary")
        assert house.work(CLASSIFY).endswith("unexpected:KeyError")
        assert not house.run()["degraded"]

    def test_a_reprocess_run_waits_for_the_model_that_it_is_to_show(self, house: House) -> None:
        house.bring_to(CLASSIFY)
        rows("UPDATE runs SET purpose = 'reprocess' RETURNING id")
        house.model.fails = QUOTA
        assert house.work(CLASSIFY) == "paused for 300 s: openai:insufficient_quota"
        assert not house.run()["degraded"]

    def test_whoever_is_in_danger_does_not_wait_even_for_a_short_pause(self, house: House) -> None:
        rows("UPDATE webhook_events SET body = %s RETURNING id", pack(b"Body=I+have+chest+pain+and+cannot+breathe").data)
        house.bring_to(CLASSIFY)
        assert row("SELECT escalation_reason IS NOT NULL AS called FROM conversations") == {"called": True}, "before any model is asked"
        house.model.fails = RetryableError("openai:503", 1)
        assert house.work(CLASSIFY) == "done"
        assert house.marks() == (True, "openai", "local")


class TestWait:
    """A reply is worth waiting for, unless the settings say otherwise."""

    def test_a_reply_waits(self, house: House) -> None:
        house.bring_to(REPLY)
        house.model.fails = QUOTA
        assert house.work(REPLY) == "paused for 300 s: openai:insufficient_quota"
        assert (house.marks(), house.run()["attempts"]) == ((False, None, "openai"), 0)

    def test_a_reply_that_is_never_had_ends_the_run(self, house: House, configured: Callable[..., None]) -> None:
        configured(WORKER_MAX_RETRIES=0)
        house.bring_to(REPLY)
        house.model.fails = DOWN
        with pytest.raises(StepFailed, match="openai:503"):
            house.work(REPLY)

    def test_a_classification_waits_if_it_is_told_to(self, house: House, configured: Callable[..., None]) -> None:
        configured(CLASSIFY_WHEN_DOWN="wait")
        house.bring_to(CLASSIFY)
        house.model.fails = QUOTA
        assert house.work(CLASSIFY) == "paused for 300 s: openai:insufficient_quota"

    def test_a_reply_is_stood_in_for_if_the_settings_say_so(self, house: House, configured: Callable[..., None]) -> None:
        configured(REPLY_WHEN_DOWN="degrade")
        house.bring_to(REPLY)
        opened(seconds=60)
        assert house.work(REPLY) == "done"
        assert house.marks() == (True, "openai", "openai"), "who classified stands; who replied stands with the reply"
        assert row("SELECT engine FROM replies") == {"engine": "local"}


class TestUnusable:
    """The model answered, was paid, and said nothing that can be used."""

    @pytest.mark.parametrize("when_down", ["wait", "degrade"])
    def test_it_is_stood_in_for_at_once_and_left_at_that(self, house: House, configured: Callable[..., None], when_down: str) -> None:
        configured(CLASSIFY_WHEN_DOWN=when_down)
        house.bring_to(CLASSIFY)
        house.model.fails = UnusableAnswerError("openai:truncated", USAGE, "model-1")
        assert house.work(CLASSIFY) == "done"
        assert house.marks() == (True, None, "local")
        assert house.step(CLASSIFY)["error_code"] == "openai:truncated"

    def test_what_it_took_is_counted(self, house: House) -> None:
        house.bring_to(CLASSIFY)
        house.model.fails = UnusableAnswerError("openai:truncated", USAGE, "model-1")
        house.work(CLASSIFY)
        assert USAGE.items() <= house.step(CLASSIFY)["usage"].items()
        assert row("SELECT llm_tokens FROM usage_days") == {"llm_tokens": 15}

    def test_a_refusal_without_figures_is_no_expense(self, house: House) -> None:
        house.bring_to(REPLY)
        house.model.fails = UnusableAnswerError("openai:bad_request")
        assert house.work(REPLY) == "done"
        assert row("SELECT engine FROM replies") == {"engine": "local"}
        assert row("SELECT llm_tokens FROM usage_days") == {"llm_tokens": 15}, "the classification's"


class TestDayLimit:
    """The day's tokens are used up."""

    def test_a_classification_goes_on_without_the_model_and_is_not_done_again(self, house: House) -> None:
        house.bring_to(CLASSIFY)
        _day_is_used_up(house)
        assert house.work(CLASSIFY) == "done"
        assert (house.marks(), house.model.asked) == ((True, None, "local"), [])
        assert house.step(CLASSIFY)["error_code"] == "spend:day_llm_tokens"

    def test_a_reply_waits_until_the_day_ends(self, house: House) -> None:
        house.bring_to(REPLY)
        rows("UPDATE usage_days SET llm_tokens = 20000000 RETURNING day")
        assert house.work(REPLY).endswith("s: spend:day_llm_tokens")
        assert house.run()["attempts"] == 0
        rows("UPDATE usage_days SET day = day - 1 RETURNING day")
        due_now()
        assert house.work(REPLY) == "done"

    def test_another_organizations_day_and_yesterday_are_not_todays(self, house: House) -> None:
        used = {"llm_tokens": 20_000_000}
        UsageDayFactory.create(**used)
        UsageDayFactory.create(organization_id=house.organization_id, day="2026-01-01", **used)
        house.bring_to(REPLY)
        assert house.marks() == (False, None, "openai")


def test_the_offline_engine_alone_needs_no_stand_in(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for vendor in Vendor:
        opened(vendor)
    monkeypatch.undo()
    for stage in Stage:
        assert house.work(stage) == "done"
    assert house.marks() == (False, None, "local")
