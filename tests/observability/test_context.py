"""What the work at hand is about: known from when it is said to the end of the work, and of the vendor only while it is asked."""

from collections.abc import Iterator
from contextvars import copy_context

import pytest

from observability import context


@pytest.fixture(autouse=True)
def work() -> Iterator[None]:
    context.begin()
    yield
    context.end()


def test_what_is_not_known_yet_is_empty() -> None:
    assert dict(context.current()) == {"organization": "", "conversation": "", "integration": ""}


def test_what_becomes_known_while_a_vendor_is_asked_stays_known() -> None:
    context.about(integration="twilio")
    with context.asking("deepgram"):
        context.about(subject="a call", conversation=None)
        assert context.current()["integration"] == "deepgram"
    assert dict(context.current()) == {"organization": "", "conversation": "", "integration": "twilio", "subject": "a call"}


def test_whoever_took_the_context_along_keeps_what_was_known_by_then() -> None:
    context.about(subject="a call")
    taken_along = copy_context()
    context.end()
    assert not context.current()
    assert taken_along.run(context.current)["subject"] == "a call"
