"""A caller who is on the line waits for no vendor: what the model cannot say within seconds, the offline engine says at once."""

import threading
from collections.abc import Callable
from uuid import UUID

import pytest

from db import live
from db.tables.organizations import OrganizationRow
from domain.chain import Stage
from domain.errors import NoAnswerError, RetryableError, VendorPausedError
from domain.telephony import call_flow
from domain.telephony.call_flow import HandOver
from domain.vendors import OPENS_AFTER, Vendor
from tests.support import calling, chain
from tests.support.model_house import ModelHouse as House
from tests.support.plant_factories import UsageDayFactory, VendorPlaceFactory
from tests.support.stored import row, rows
from tests.support.vendor_state import due_now, health, opened

CLASSIFY, REPLY = Stage.CLASSIFY_SPEAKERS, Stage.GENERATE_REPLY
HANGS_S = 30.0


@pytest.fixture(params=["wait", "degrade"])
def house(
    request: pytest.FixtureRequest, organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch, configured: Callable[..., None]
) -> House:
    """A model that answers everything, so far; whatever the settings say of waiting for it."""
    configured(CLASSIFY_WHEN_DOWN=request.param, REPLY_WHEN_DOWN=request.param)
    return House(organization, monkeypatch)


@pytest.fixture
def turn(house: House) -> UUID:
    """Somebody asked something in a call; the run."""
    stored, _ = calling.store_turn(house.organization_id)
    assert stored.run_id
    return stored.run_id


def _answered(house: House, turn: UUID) -> dict[str, object]:
    """Who understood and who answered, each stage at the first try; the reply is there to be said."""
    assert [house.work(stage, turn) for stage in Stage] == ["done"] * 4
    assert calling.reply()["state"] == "pending"
    return row(
        "SELECT a.engine AS understood, p.engine AS answered, r.redo_with FROM runs AS r JOIN analyses AS a ON a.run_id = r.id"
        " JOIN replies AS p ON p.run_id = r.id WHERE r.id = %s AND r.state = 'done'",
        str(turn),
    )


OFFLINE = {"understood": "local", "answered": "local", "redo_with": None}


def test_a_model_that_answers_is_asked(house: House, turn: UUID) -> None:
    assert _answered(house, turn) == {"understood": "openai", "answered": "openai", "redo_with": None}


def test_an_open_circuit_is_not_waited_for(house: House, turn: UUID) -> None:
    opened(seconds=300)
    assert _answered(house, turn) == OFFLINE
    assert house.model.asked == []
    assert house.marks(turn)[0], "and the run says so"


def test_a_day_whose_tokens_are_used_up_is_not_waited_out(house: House, turn: UUID) -> None:
    UsageDayFactory.create(organization_id=house.organization_id, llm_tokens=20_000_000)
    assert _answered(house, turn) == OFFLINE
    assert house.model.asked == []


@pytest.mark.parametrize(
    "error",
    [
        RetryableError("openai:server_error"),
        NoAnswerError("openai:timeout"),
        VendorPausedError("openai:rate_limited", 1),
        VendorPausedError("openai:insufficient_quota", 300, for_everybody=False),
    ],
    ids=str,
)
def test_a_model_that_fails_is_not_asked_again(house: House, turn: UUID, error: Exception) -> None:
    house.model.fails = error
    assert _answered(house, turn) == OFFLINE
    assert len(house.model.asked) == len(set(house.model.asked))


def test_a_model_that_is_busy_with_others_is_not_waited_for(house: House, turn: UUID, configured: Callable[..., None]) -> None:
    configured(OPENAI_CONCURRENCY=1)
    VendorPlaceFactory.create(vendor=Vendor.OPENAI)
    assert _answered(house, turn) == OFFLINE


def test_a_model_that_hangs_has_a_few_seconds(house: House, turn: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    assert 2 * call_flow.MODEL_LIMIT_S < call_flow.WAITS * call_flow.PAUSE_S, "it is asked twice while the caller waits"
    monkeypatch.setattr(call_flow, "MODEL_LIMIT_S", 0.3)
    over = threading.Event()
    house.model.before_answer = lambda: over.wait(HANGS_S)
    with chain.within(0.5, HANGS_S / 2):
        assert _answered(house, turn) == OFFLINE
    over.set()


def test_a_model_that_is_slow_for_callers_is_not_closed_to_whoever_has_minutes(
    house: House, turn: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_flow, "MODEL_LIMIT_S", 0.05)
    over = threading.Event()
    house.model.before_answer = lambda: over.wait(HANGS_S)
    for _ in range(OPENS_AFTER):
        stored, _ = calling.store_turn(house.organization_id)
        assert stored.run_id
        assert [house.work(stage, stored.run_id) for stage in (Stage.TRANSCRIBE, CLASSIFY, REPLY)] == ["done"] * 3
    over.set()
    house.model.before_answer = lambda: None
    assert health()["open_s"] is None
    monkeypatch.setattr(call_flow, "MODEL_LIMIT_S", HANGS_S)
    assert _answered(house, turn) == {"understood": "openai", "answered": "openai", "redo_with": None}


def test_what_nobody_hears_any_more_is_not_done_again(house: House, turn: UUID) -> None:
    opened()
    _answered(house, turn)
    rows("UPDATE vendor_health SET failures = 0, code = NULL, open_until = NULL RETURNING vendor")
    assert house.sweep() == []


@pytest.mark.parametrize("words", ["Cancel.", "Help", "Stop", "End"])
def test_what_the_network_answers_in_a_message_is_an_ordinary_word_on_the_telephone(house: House, words: str) -> None:
    stored, _ = calling.store_turn(house.organization_id, words)
    assert stored.run_id
    assert _answered(house, stored.run_id)["answered"] == "openai"


class TestUnheard:
    """What is answered now will be said to nobody: no model is paid for it."""

    def _told(self, house: House, happens: str) -> UUID:
        to = HandOver("asked_for_person", "+15005550122", is_emergency=False) if happens == "put through" else None
        stored, call = calling.store_turn(house.organization_id, to=to)
        assert stored.run_id
        house.bring_to(REPLY, stored.run_id)
        if happens == "given up":
            live.take_reply(house.organization_id, call, 1, call_flow.WAITS, "trace", gives_up=True)
        if happens == "hung up":
            calling.hang_up(house.organization_id, call)
        return stored.run_id

    @pytest.mark.parametrize("happens", ["put through", "given up", "hung up"])
    def test_approved_words_are_written_and_the_run_ends_well(self, house: House, happens: str) -> None:
        turn = self._told(house, happens)
        assert [house.work(stage, turn) for stage in (REPLY, Stage.PERSIST)] == ["done", "done"]
        assert house.model.asked == ["classify"]
        assert row("SELECT engine FROM replies") == {"engine": "local"}
        assert not house.marks(turn)[0], "nothing was missing"

    def test_who_looks_at_it_again_to_compare_asks_the_model(self, house: House) -> None:
        turn = self._told(house, "hung up")
        rows("UPDATE runs SET purpose = 'reprocess' WHERE id = %s RETURNING id", str(turn))
        assert house.work(REPLY, turn) == "done"
        assert house.model.asked == ["classify", "write"]


class TestOthersWait:
    """Nobody is on the line."""

    @pytest.fixture
    def house(self, organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch) -> House:
        """As it is without a word in the settings."""
        return House(organization, monkeypatch)

    def test_a_message_waits_until_the_circuit_may_close(self, house: House) -> None:
        house.bring_to(REPLY)
        opened(seconds=60)
        assert house.work(REPLY) == "paused for 60 s: openai:503"
        assert chain.seconds_from_now(house.run(), "next_publish_at") > 59

    def test_a_message_has_all_the_time_that_a_model_needs(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(call_flow, "MODEL_LIMIT_S", 0.05)
        house.model.before_answer = lambda: threading.Event().wait(0.3)
        house.bring_to(Stage.PERSIST)
        assert row("SELECT engine FROM replies") == {"engine": "openai"}

    def test_who_looks_at_a_turn_again_to_compare_waits_for_the_model(self, house: House, turn: UUID) -> None:
        rows("UPDATE runs SET purpose = 'reprocess' WHERE id = %s RETURNING id", str(turn))
        house.bring_to(CLASSIFY, turn)
        house.model.fails = VendorPausedError("openai:insufficient_quota", 300, for_everybody=False)
        assert house.work(CLASSIFY, turn) == "paused for 300 s: openai:insufficient_quota"
        house.model.fails = None
        due_now()
        assert house.work(CLASSIFY, turn) == "done"
        opened(seconds=60)
        assert house.work(REPLY, turn) == "paused for 60 s: openai:503"
