"""Answers of language models are found again for a time, by their own organization only; never a reason to fail."""

from uuid import UUID

import pytest

from db import driver
from db.kept_answers import KeptAnswers
from db.tables.organizations import OrganizationRow
from domain.ports import KeptAnswer
from tests.support import chain
from tests.support.factories import OrganizationFactory
from tests.support.stored import count, rows

KEY, TTL = b"k" * 32, 3_600.0
ANSWER = KeptAnswer({"text": "We open at nine \N{PARTY POPPER}"}, "model-1", {"input_tokens": 10, "output_tokens": 5})
SHELF = KeptAnswers()


def _aged(seconds: int) -> None:
    rows("UPDATE kept_answers SET created_at = created_at - make_interval(secs => %s) RETURNING key", seconds)


def test_an_answer_is_found_as_it_was_kept(organization: OrganizationRow) -> None:
    SHELF.keep(organization.id, KEY, ANSWER)
    assert SHELF.find(organization.id, KEY, TTL) == ANSWER


def test_another_question_finds_nothing(organization: OrganizationRow) -> None:
    SHELF.keep(organization.id, KEY, ANSWER)
    assert SHELF.find(organization.id, b"x" * 32, TTL) is None


def test_another_organization_finds_nothing_and_keeps_its_own(organization: OrganizationRow) -> None:
    other = OrganizationFactory.create().id
    SHELF.keep(organization.id, KEY, ANSWER)
    assert SHELF.find(other, KEY, TTL) is None
    SHELF.keep(other, KEY, KeptAnswer({"text": "Other"}, "model-2", {}))
    assert SHELF.find(organization.id, KEY, TTL) == ANSWER


def test_an_answer_is_found_until_it_is_too_old(organization: OrganizationRow) -> None:
    SHELF.keep(organization.id, KEY, ANSWER)
    _aged(3_590)
    assert SHELF.find(organization.id, KEY, TTL) == ANSWER
    _aged(20)
    assert SHELF.find(organization.id, KEY, TTL) is None


def test_a_new_answer_takes_the_place_of_the_old_one(organization: OrganizationRow) -> None:
    newer = KeptAnswer({"text": "At ten"}, "model-2", {"input_tokens": 1})
    SHELF.keep(organization.id, KEY, ANSWER)
    _aged(7_200)
    SHELF.keep(organization.id, KEY, newer)
    assert SHELF.find(organization.id, KEY, TTL) == newer
    assert count("kept_answers") == 1


def test_a_database_that_is_locked_is_no_error(organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "engine", chain.impatient_engine)
    with chain.holding("LOCK TABLE kept_answers"):
        SHELF.keep(organization.id, KEY, ANSWER)
        assert SHELF.find(organization.id, KEY, TTL) is None
    assert count("kept_answers") == 0


@pytest.mark.parametrize("text", ["a\0b", "half a pair \ud83d"], ids=["nul", "surrogate"])
def test_what_the_database_cannot_hold_is_not_kept_and_no_error(organization: OrganizationRow, text: str) -> None:
    SHELF.keep(organization.id, KEY, KeptAnswer({"text": text}, "model-1", {}))
    assert SHELF.find(organization.id, KEY, TTL) is None


def test_an_organization_that_is_gone_keeps_nothing_and_no_error() -> None:
    SHELF.keep(UUID(int=1), KEY, ANSWER)
    assert count("kept_answers") == 0


def test_what_cannot_be_kept_is_told_without_its_words(organization: OrganizationRow, capsys: pytest.CaptureFixture[str]) -> None:
    SHELF.keep(organization.id, KEY, KeptAnswer({"text": "canary\0"}, "model-1", {}))
    output = capsys.readouterr()
    assert "answer_not_kept" in output.out + output.err
    assert "canary" not in output.out + output.err
