"""What fails is counted where its outcome is written down, by task, code and outcome."""

from functools import partial
from typing import Any

import pytest

from db import runs
from db.plant import effects, failures, sweep
from db.tables.effects import EffectRow
from db.tables.organizations import OrganizationRow
from domain.chain import EffectState, Stage
from domain.errors import LeaseLost
from domain.runs import Claim, Effect, Wait
from tests.support import chain
from tests.support.factories import EffectFactory
from tests.support.stored import row, rows

CODE = "deepgram:http_503"


def _counted() -> list[tuple[Any, ...]]:
    return [tuple(found.values()) for found in rows("SELECT task, code, outcome, count FROM failure_counts ORDER BY 1, 2, 3")]


def _held(organization: OrganizationRow, ref: str = "RE1") -> Claim:
    stored = chain.store_recording(organization.id, ref)
    assert stored.run_id
    return chain.claim(stored.run_id)


def _effect(entered: EffectRow) -> Effect:
    held = effects.claim(entered.id, lease_s=30)
    assert held
    return held


def test_a_try_that_is_made_again_a_pause_and_an_end_are_told_apart(organization: OrganizationRow) -> None:
    held = _held(organization)
    runs.postpone(held, CODE, delay_s=0, give_back=False)
    held = chain.claim(held.run_id)
    runs.postpone(held, CODE, delay_s=0, give_back=True)
    runs.bury(chain.claim(held.run_id), CODE)
    task = "transcript.transcribe"
    assert _counted() == [(task, CODE, "ended", 1), (task, CODE, "paused", 1), (task, CODE, "retried", 1)]


def test_what_happens_again_is_one_row_that_grows(organization: OrganizationRow) -> None:
    for ref in ("RE1", "RE2", "RE3"):
        runs.bury(_held(organization, ref), CODE)
    assert _counted() == [("transcript.transcribe", CODE, "ended", 3)]


def test_a_submission_that_nobody_acknowledged_is_a_pause(organization: OrganizationRow) -> None:
    runs.wait(_held(organization), Wait("deepgram", 600, "deepgram:timeout"))
    runs.wait(_held(organization, "RE2"), Wait("deepgram", 600))
    assert _counted() == [("transcript.transcribe", "deepgram:timeout", "paused", 1)]


@pytest.mark.parametrize("is_waiting", [True, False])
def test_words_that_will_not_come_end_the_run_whoever_learns_it_first(organization: OrganizationRow, is_waiting: bool) -> None:  # noqa: FBT001 - a case
    held = _held(organization)
    if is_waiting:
        runs.wait(held, Wait("deepgram", 600))
    for _ in range(2):
        chain.store_callback(organization.id, held.transcript_id, failed=True)
    if not is_waiting:
        runs.wait(held, Wait("deepgram", 600))
    assert chain.run_row(held.run_id)["state"] == "dead"
    assert _counted() == [("transcript.transcribe", runs.NO_WORDS, "ended", 1)]


def test_a_run_whose_worker_is_lost_is_counted_when_it_is_buried(organization: OrganizationRow) -> None:
    held = _held(organization)
    past = "clock_timestamp() - interval '1 second'"
    rows(f"UPDATE runs SET lease_until = {past}, next_publish_at = {past} RETURNING id")  # noqa: S608 - our own words
    with sweep.opened() as connection:
        assert sweep.bury_lost(connection, 1) == [(held.run_id, "worker_lost")]
        assert sweep.bury_lost(connection, 1) == []
    assert _counted() == [("transcript.transcribe", "worker_lost", "ended", 1)]


def test_deliveries_are_counted_unless_they_go_well() -> None:
    effects.settle(_effect(EffectFactory.create()), EffectState.SENT, provider="local", ref="local:1")
    assert _counted() == []
    entered = EffectFactory.create()
    effects.postpone(_effect(entered), "twilio:http_503", 0, left_the_house=False)
    effects.postpone(_effect(entered), "twilio:http_429", 0, left_the_house=False, give_back=True)
    effects.settle(_effect(entered), EffectState.FAILED, code="twilio:21610")
    task = "reply.deliver"
    assert _counted() == [
        (task, "twilio:21610", "ended", 1),
        (task, "twilio:http_429", "paused", 1),
        (task, "twilio:http_503", "retried", 1),
    ]


def test_a_late_writer_counts_nothing(organization: OrganizationRow) -> None:
    held = _held(organization)
    rows("UPDATE runs SET lease_token = gen_random_uuid() RETURNING id")
    with pytest.raises(LeaseLost):
        runs.bury(held, CODE)
    assert _counted() == []


def test_many_that_fail_alike_at_once_are_all_counted(organization: OrganizationRow) -> None:
    held = [_held(organization, f"RE{number}") for number in range(8)]
    chain.at_once([partial(runs.postpone, claim, CODE, delay_s=0, give_back=False) for claim in held])
    assert _counted() == [("transcript.transcribe", CODE, "retried", 8)]


def test_a_code_is_a_word_and_no_sentence(organization: OrganizationRow) -> None:
    runs.bury(_held(organization), "x" * 500)
    assert row("SELECT length(code) AS n FROM failure_counts")["n"] == failures.CODE_CHARS


def test_each_stage_is_named_by_its_task(organization: OrganizationRow) -> None:
    stored = chain.store_sms(organization.id)
    assert stored.run_id
    chain.bring_to(stored.run_id, Stage.GENERATE_REPLY)
    runs.bury(chain.claim(stored.run_id, Stage.GENERATE_REPLY), "openai:gone")
    assert _counted() == [("reply.generate", "openai:gone", "ended", 1)]
