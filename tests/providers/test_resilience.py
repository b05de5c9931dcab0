"""A port's call has a limit that holds even if the vendor's client hangs (S0-20, S0-22)."""

import math
import threading
import time
from collections.abc import Iterator

import pytest

import settings
from domain.errors import NoAnswerError, PermanentError
from observability.trace import current, traced
from providers.resilience import bounded, limit_s
from tests.support import chain

HANGS_S = 10.0


@pytest.fixture
def _a_moment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("WORKER_TIMEOUT_SECONDS", "0.4")
    settings.current.cache_clear()
    yield
    monkeypatch.undo()
    settings.current.cache_clear()


def test_an_answer_is_passed_on() -> None:
    assert bounded(lambda: "answer") == "answer"


@pytest.mark.parametrize("error", [PermanentError("openai:refused"), TimeoutError("its own"), KeyError("x"), SystemExit()])
def test_an_error_is_passed_on_as_it_is(error: BaseException) -> None:
    def fail() -> None:
        raise error

    with pytest.raises(type(error)) as raised:
        bounded(fail)
    assert raised.value is error


@pytest.mark.usefixtures("_a_moment")
def test_a_call_that_hangs_is_given_up() -> None:
    release = threading.Event()
    with chain.within(0.35, HANGS_S / 2), pytest.raises(NoAnswerError) as raised:
        bounded(lambda: release.wait(HANGS_S))
    release.set()
    assert raised.value.code == "timeout"


def test_who_has_less_time_than_usual_gives_up_earlier() -> None:
    release = threading.Event()
    with chain.within(0.25, HANGS_S / 2), pytest.raises(NoAnswerError):
        bounded(lambda: release.wait(HANGS_S), 0.3)
    release.set()


@pytest.mark.usefixtures("_a_moment")
@pytest.mark.parametrize(("within_s", "told"), [(0.1, 0.1), (99.0, 0.4)])
def test_whoever_is_asked_can_tell_how_long_for(within_s: float, told: float) -> None:
    assert bounded(limit_s, within_s) == told
    assert limit_s() == math.inf


@pytest.mark.usefixtures("_a_moment")
def test_a_late_answer_is_dropped_and_its_thread_ends() -> None:
    release = threading.Event()
    with pytest.raises(NoAnswerError):
        bounded(lambda: release.wait() and "late")
    release.set()
    assert bounded(lambda: "next") == "next"
    _nobody_left()


def test_no_thread_is_left_behind() -> None:
    for _ in range(20):
        bounded(lambda: None)
    _nobody_left(within_s=0)


def test_the_call_runs_under_the_trace_of_its_caller() -> None:
    with traced("trace-of-the-caller"):
        assert bounded(current) == "trace-of-the-caller"


def test_what_the_call_sets_does_not_leak_to_its_caller() -> None:
    with traced("trace-of-the-caller"):
        bounded(lambda: traced("another").__enter__())
        assert current() == "trace-of-the-caller"


def _nobody_left(within_s: float = 20.0) -> None:
    deadline = time.monotonic() + within_s
    while any(thread.name == "port-call" for thread in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
