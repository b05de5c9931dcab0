"""What an outage of a vendor must not do: end a call, fetch what nobody takes, keep others out, outlive the mistake that caused it."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from click.testing import CliRunner

import celeryconfig
from db.tables.organizations import OrganizationRow
from domain.chain import Source, Stage
from domain.errors import NoAnswerError, RetryableError
from domain.vendors import OPENS_AFTER, Vendor
from providers import registry
from tasks import step
from tasks.commands.setup import setup
from tests.support import chain
from tests.support.factories import EffectFactory
from tests.support.fake_vendors import raising
from tests.support.plant_factories import VendorPlaceFactory
from tests.support.recording_house import RecordingHouse, used_today
from tests.support.stored import row, rows
from tests.support.vendor_state import due_now, health, opened, pause_over

LOST = NoAnswerError("deepgram:connection_lost")


@pytest.fixture
def house(organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch) -> RecordingHouse:
    """A recorded call that nobody has transcribed."""
    return RecordingHouse(organization, monkeypatch)


def _due_in_s(house: RecordingHouse) -> float:
    return chain.seconds_from_now(chain.run_row(house.run_id), "next_publish_at")


def test_an_hour_of_cut_connections_ends_no_call(house: RecordingHouse) -> None:
    """Nobody knows of a cut call whether it was taken, so each is waited for, twice as long as the one before."""
    house.transcriber.acts = [raising(LOST)] * 3
    waits = []
    for _ in range(3):
        assert house.work() == "waiting for deepgram"
        waits.append(round(_due_in_s(house), -1))
        assert house.run() == ("waiting", "transcribe", "deepgram:connection_lost"), "and it says why"
        house.overdue()
        house.overdue()
    assert waits == [600, 1_200, 2_400]
    assert house.work() == "waiting for deepgram"
    assert house.submissions() == [1, 2, 3, 4]
    house.words(4)
    assert house.work() == "done"


def test_what_nobody_ever_answered_ends_with_that_reason(house: RecordingHouse) -> None:
    house.transcriber.acts = [raising(LOST)] * 4
    for _ in range(4):
        assert house.work() == "waiting for deepgram"
        for _ in range(3):
            house.overdue()
    assert house.work() == "dead: deepgram:never_answered"


def test_while_one_call_finds_out_nobody_fetches_a_recording(house: RecordingHouse) -> None:
    opened(Vendor.DEEPGRAM)
    pause_over(Vendor.DEEPGRAM)
    VendorPlaceFactory.create(vendor=Vendor.DEEPGRAM)
    assert house.work() == "paused for 5 s: deepgram:busy"
    assert (house.recordings.fetched, house.transcriber.sent, used_today()) == ([], [], 0)


def test_words_of_a_submission_that_was_said_to_be_refused_are_charged_for(house: RecordingHouse) -> None:
    house.transcriber.acts = [raising(RetryableError("deepgram:http_500", 1))]
    house.work()
    assert (used_today(), house.step()["withdrawn"]) == (0, 1)
    house.words(1)
    due_now()
    assert house.work() == "done"
    assert (house.step()["usage"], used_today()) == ({"speech_seconds": 60}, 60)


def test_a_transcriber_of_our_own_hears_nothing_too_long_either(house: RecordingHouse) -> None:
    house.transcriber.vendor = None
    rows("UPDATE transcripts SET duration_ms = 36000000 RETURNING id")
    assert house.work() == "dead: spend:recording_too_long"
    assert house.transcriber.sent == []


def test_a_transcription_has_time_for_all_that_it_asks(configured: Callable[..., None]) -> None:
    assert celeryconfig.TRANSCRIBE_TIME_LIMIT >= 3 * 60
    assert step.lease_s(Stage.TRANSCRIBE) > celeryconfig.TRANSCRIBE_TIME_LIMIT
    assert celeryconfig.task_time_limit < step.lease_s(Stage.PERSIST) < step.lease_s(Stage.TRANSCRIBE)


def test_a_release_asks_all_vendors_anew(house: RecordingHouse) -> None:
    opened(Vendor.DEEPGRAM, seconds=300, failures=0, code="deepgram:invalid_auth")
    assert house.work() == "paused for 300 s: deepgram:invalid_auth"
    said = CliRunner().invoke(setup).output
    assert "1 run that waited for a vendor is looked at again now" in said
    assert health(Vendor.DEEPGRAM) == {"failures": 0, "code": None, "open_s": None}
    assert house.work() == "waiting for deepgram"


def test_a_release_wakes_recordings_that_waited_for_a_transcriber(house: RecordingHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as without:
        without.setattr(registry, "transcriber", lambda: None)
        assert house.work() == "waiting for no_transcriber"
    CliRunner().invoke(setup)
    assert _due_in_s(house) <= 0


def test_a_run_that_brings_its_vendor_down_lets_others_try_first(house: RecordingHouse) -> None:
    opened(Vendor.DEEPGRAM, failures=OPENS_AFTER)
    pause_over(Vendor.DEEPGRAM)
    house.transcriber.acts = [raising(RetryableError("deepgram:http_503"))]
    assert house.work() == "paused for 20 s: deepgram:http_503"
    assert health(Vendor.DEEPGRAM)["open_s"] < 11


@pytest.mark.parametrize(
    ("kind", "sends", "accounts", "interrupted", "expected"),
    [
        ("sms", "true", '{"AC1": ["token"]}', False, "twilio"),
        ("sms", "false", '{"AC1": ["token"]}', False, "local"),
        ("sms", "false", '{"AC1": ["token"]}', True, "twilio"),
        ("sms", "true", "{}", False, "local"),
        ("escalation", "true", '{"AC1": ["token"]}', False, "twilio"),
        ("escalation", "false", '{"AC1": ["token"]}', False, "twilio"),
        ("escalation", "true", "{}", False, "local"),
        ("call_update", "false", '{"AC1": ["token"]}', False, "twilio"),
        ("call_update", "true", "{}", False, "local"),
    ],
)
def test_only_whoever_asked_for_it_gets_a_messenger_that_sends_nothing(
    configured: Callable[..., None],
    kind: str,
    sends: str,
    accounts: str,
    interrupted: bool,  # noqa: FBT001  # a table's column
    expected: str,
) -> None:
    """One account that is missing in the settings, or SEND_SMS, which is for replies, must not end anybody's emergencies as `sent`."""
    configured(SEND_SMS=sends, TWILIO_ACCOUNTS=accounts, TWILIO_ACCOUNT_SID="", TWILIO_AUTH_TOKEN="")
    effect = chain.effect(EffectFactory.create(kind=kind), interrupted=interrupted, account=f"AC{uuid4().hex}")
    assert registry.messenger(effect).name == expected


def test_whoever_transcribed_it_a_redo_pays_for_no_words(organization: OrganizationRow, house: RecordingHouse) -> None:
    assert row("SELECT source FROM transcripts") == {"source": Source.TWILIO_RECORDING}
    house.words(1)
    for stage in Stage:
        chain.record(chain.claim(house.run_id, stage))
    rows("UPDATE runs SET degraded = true, redo_with = 'openai' RETURNING id")
    house.overdue()
    successor = row("SELECT id, stage FROM runs WHERE predecessor_id IS NOT NULL")
    assert successor["stage"] == "classify_speakers"
    count = "SELECT count(*) AS n FROM utterances WHERE run_id = %s"
    assert row(count, str(successor["id"])) == row(count, str(house.run_id))
    assert house.transcriber.sent == []
