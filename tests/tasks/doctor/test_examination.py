"""Rooms are looked at together, in bounded time, whatever happens in one of them."""

import threading
from collections.abc import Iterator, Mapping, Sequence

import pytest

import settings
from domain.diagnosis.finding import Finding, Weight
from domain.errors import StoreUnavailable
from tasks.doctor.examination import Room, examine, together

BROKEN = Finding("broken", Weight.BROKEN, "It is broken.")
NOTE = Finding("note", Weight.FINE, "It is as it is.")


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """What a room may hang on."""
    event = threading.Event()
    yield event
    event.set()


def test_a_room_that_hangs_hides_no_other(gate: threading.Event) -> None:
    def hang() -> list[Finding]:
        gate.wait()
        return []

    seen = list(examine([Room("hangs", hang), Room("answers", lambda: [NOTE, BROKEN])], within_s=1.0))
    assert [each.room for each in seen] == ["answers", "hangs"]
    assert [finding.code for finding in together(seen)] == ["broken", "not_checked", "note"]
    assert together(seen)[1].evidence == ("hangs: no answer within 1 s",)


@pytest.mark.parametrize(
    ("error", "said"), [(StoreUnavailable("database:NoAnswer"), "database:NoAnswer"), (KeyError("words of a caller"), "KeyError")]
)
def test_a_room_that_fails_is_told_without_its_words(error: Exception, said: str) -> None:
    def fail() -> list[Finding]:
        raise error

    [seen] = examine([Room("fails", fail)])
    assert seen.unchecked == said


def test_a_room_that_needs_what_is_bad_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    bad: Mapping[str, Sequence[str]] = {"DATABASE_URL": []}
    monkeypatch.setattr(settings, "bad", lambda: bad)
    [seen] = examine([Room("database", lambda: [BROKEN], ("DATABASE_URL",))])
    assert (seen.findings, seen.unchecked) == ((), "needs DATABASE_URL")


def test_a_house_without_findings_has_nothing_unchecked() -> None:
    assert together(list(examine([Room("well", list)]))) == []
