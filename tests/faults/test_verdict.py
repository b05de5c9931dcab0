"""The harness sees what it is there to see: a loss, a double, an unknown too many, a refusal out of place, a fault that missed."""

from dataclasses import replace

import pytest

from benchmarks.faults import verdict
from benchmarks.faults.evidence import Evidence, without_a_word
from benchmarks.faults.promises import broken_by, late, unproven
from benchmarks.faults.rows import BY_NAME, Row
from benchmarks.faults.traffic import Answer, Sent
from benchmarks.faults.verdict import Ending
from scripts.twin.journal import Entry

PLAIN, KILLED, REFUSING = BY_NAME["none"], BY_NAME["child"], BY_NAME["postgres-restart"]
FINE = Ending(done=1, sent=1, owes_effect=True)
NOTHING_HAPPENED = Evidence(
    window=(100.0, 110.0),
    struck=(),
    ended=(),
    idle_harms=(),
    interrupted=0,
    fenced=0,
    paid_recordings=1,
    recordings=1,
    lost_callbacks=0,
    dropped_callbacks=0,
    gone=(),
    bad_ends=(),
    broken=(),
)


def _broken(ending: Ending | None, row: Row = PLAIN, evidence: Evidence = NOTHING_HAPPENED, **answer: float) -> list[str]:
    sent = Sent([Answer("SM1", int(answer.get("status", 204)), 105.0, answer.get("took_s", 0.01)), Answer("SM2", 204, 101.0, 0.01)])
    endings = {"SM2": FINE} | ({"SM1": ending} if ending else {})
    found = verdict.of(sent, endings)
    found.drain_s = 1.0
    return broken_by(row, found, evidence, refusal_s=1.0)


def test_what_was_done_once_breaks_nothing() -> None:
    assert _broken(FINE) == []


@pytest.mark.parametrize(
    ("ending", "said"),
    [
        (None, "never finished"),
        (Ending(done=0), "never finished"),
        (replace(FINE, sent=0), "never finished"),
        (replace(FINE, done=2), "finished twice"),
        (replace(FINE, sent=2), "finished twice"),
        (replace(FINE, dead="worker_lost"), "dead are 1"),
        (replace(FINE, sent=0, unknown="SM1: outcome_unknown"), "1 unknown"),
    ],
)
def test_every_other_end_is_told(ending: Ending | None, said: str) -> None:
    [told] = _broken(ending)
    assert said in told


def test_only_as_many_may_be_unknown_as_were_cut_off() -> None:
    unknown = replace(FINE, sent=0, unknown="SM1: outcome_unknown")
    assert _broken(unknown, KILLED, replace(NOTHING_HAPPENED, interrupted=1)) == []
    assert len(_broken(unknown, KILLED)) == 1


@pytest.mark.parametrize(
    ("status", "paid", "is_open"),
    [(None, False, True), (500, False, True), (503, False, True), (201, True, False), (None, True, False), (429, False, False)],
)
def test_only_a_vendor_that_says_nothing_clear_leaves_the_outcome_open(status: int | None, paid: bool, is_open: bool) -> None:  # noqa: FBT001 - it is a table
    asked = Entry(1, "", "twilio", "message.create", "in", "POST", "/", "", {}, mode="500", status=status, paid=paid)
    assert without_a_word(asked) is is_open


@pytest.mark.parametrize(("status", "took_s"), [(503, 0.5), (500, 0.1), (0, 15.0)])
def test_nobody_is_refused_without_a_fault(status: int, took_s: float) -> None:
    assert len(_broken(FINE, status=status, took_s=took_s)) == 1


@pytest.mark.parametrize(
    ("status", "took_s", "struck", "is_honest"),
    [(503, 0.5, 104.0, True), (503, 1.5, 104.0, False), (500, 0.1, 104.0, False), (0, 0.1, 104.0, False), (503, 0.5, 108.0, False)],
)
def test_a_refusal_is_honest_if_it_is_quick_and_the_database_is_away(status: int, took_s: float, struck: float, is_honest: bool) -> None:  # noqa: FBT001 - it is a table
    away = replace(NOTHING_HAPPENED, struck=(struck,), ended=(struck + 1.0,))
    assert (_broken(FINE, REFUSING, away, status=status, took_s=took_s) == []) is is_honest


@pytest.mark.parametrize(
    "evidence",
    [
        replace(NOTHING_HAPPENED, paid_recordings=2),
        replace(NOTHING_HAPPENED, gone=("worker",)),
        replace(NOTHING_HAPPENED, bad_ends=("a worker that was asked to end did so with 1",)),
        replace(NOTHING_HAPPENED, broken=("I5.runs  BROKEN once",)),
    ],
    ids=["paid twice", "a process gone", "a bad end", "a promise broken"],
)
def test_what_the_rest_of_the_house_did_is_told(evidence: Evidence) -> None:
    assert len(_broken(FINE, evidence=evidence)) == 1


def test_a_storm_of_bells_is_told() -> None:
    found = verdict.of(Sent([Answer("SM1", 204, 101.0, 0.01), Answer("SM2", 204, 101.0, 0.01)]), {"SM1": FINE, "SM2": FINE})
    found.drain_s, found.republished = 1.0, 80_000
    assert len(broken_by(PLAIN, found, NOTHING_HAPPENED, refusal_s=1.0)) == 1


def test_late_answers_are_excused_only_as_far_as_the_machine_was_late() -> None:
    slow, quick = Answer("SM1", 204, 101.0, 0.5), Answer("SM2", 204, 101.0, 0.01)
    sent = Sent([slow, quick], [quick, quick])
    assert len(late(PLAIN, verdict.of(sent, {}))) == 1
    assert late(PLAIN, verdict.of(replace(sent, control=[slow, quick]), {})) == []


def test_a_run_whose_fault_missed_proves_nothing() -> None:
    assert unproven(PLAIN, replace(NOTHING_HAPPENED, struck=(105.0,))) == []
    assert len(unproven(PLAIN, replace(NOTHING_HAPPENED, struck=(111.0,)))) == 1
    assert len(unproven(PLAIN, replace(NOTHING_HAPPENED, idle_harms=("crash_after_send",)))) == 1
    assert len(unproven(BY_NAME["pause"], NOTHING_HAPPENED)) == 1
    assert len(unproven(BY_NAME["callbacks"], NOTHING_HAPPENED)) == 1
