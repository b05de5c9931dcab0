"""Handing a bell over costs a request nothing, whatever the broker does."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from statistics import median

import pytest
from celery import Celery

import celeryconfig
from tasks import publisher
from tasks.publisher import Publisher
from tests.support import chain
from tests.support.timing import seconds


def _app(broker_url: str) -> Celery:
    """An application with the front's own limits for publishing."""
    app = Celery("front", broker=broker_url)
    app.conf.update(celeryconfig.PUBLISHER)
    return app


def test_what_is_handed_over_is_rung_in_its_order() -> None:
    rung: list[int] = []
    done = threading.Event()
    ours = Publisher()
    for number in range(50):
        ours.hand_over(lambda number=number: rung.append(number))  # type: ignore[misc] # mypy cannot tell a default from an argument
    ours.hand_over(done.set)
    assert done.wait(5)
    assert rung == list(range(50))


@pytest.fixture
def visits(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """What was rung in which visit; a visit is followed by a rest that only the end of the process cuts short."""
    found: list[list[int]] = []

    @contextmanager
    def visit() -> Iterator[None]:
        found.append([])
        yield

    monkeypatch.setattr(publisher, "one_visit", visit)
    monkeypatch.setattr(publisher, "PAUSE_S", 600.0)
    return found


def test_the_first_message_goes_at_once_and_what_comes_after_it_together(visits: list[list[int]]) -> None:
    ours, first = Publisher(), threading.Event()
    ours.hand_over(first.set)
    assert first.wait(5)
    for number in range(5):
        ours.hand_over(lambda number=number: visits[-1].append(number))  # type: ignore[misc] # mypy cannot tell a default from an argument
        time.sleep(0.01)  # one that does not rest takes it by now
    ours.drain(5)
    assert visits == [[], [0, 1, 2, 3, 4]]


def test_a_process_that_ends_publishes_what_waits_but_does_not_wait_for_ever(visits: list[list[int]]) -> None:
    ours, over = Publisher(), threading.Event()
    ours.drain(5)
    ours.hand_over(lambda: visits[-1].append(0))
    ours.drain(5)
    assert visits == [[0]]
    ours.hand_over(over.wait)  # type: ignore[arg-type] # what it answers is nobody's
    ours.drain(0.05)
    over.set()


@pytest.mark.parametrize("broker_url", ["refusing", "hanging"])
def test_a_broker_that_does_not_answer_costs_the_caller_nothing(
    broker_url: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher, "SPARED_S", 0.0)
    app, ours, tried, over = _app(request.getfixturevalue(broker_url)), Publisher(), threading.Event(), threading.Event()

    def ring() -> None:
        tried.set()
        if not over.is_set():
            app.send_task("transcript.transcribe", args=("run",))

    def publish() -> None:
        with suppress(Exception):  # whatever the client raises
            ring()

    publishing = min(seconds(publish) for _ in range(3))
    tried.clear()
    ours.hand_over(lambda: None)
    handing_over = median(seconds(lambda: ours.hand_over(ring)) for _ in range(100))
    assert tried.wait(5)
    over.set()
    done = threading.Event()
    ours.hand_over(done.set)
    assert done.wait(5)
    assert handing_over < publishing / 5


@pytest.mark.parametrize("broker_url", ["refusing", "hanging"])
def test_one_publish_to_a_dead_broker_is_given_up_soon(broker_url: str, request: pytest.FixtureRequest) -> None:
    app = _app(request.getfixturevalue(broker_url))
    with pytest.raises(Exception):  # noqa: B017, PT011 - whatever the client raises; the first time it loads its parts, too
        app.send_task("transcript.transcribe", args=("run",))
    # how long a worker, which has the time, waits for one answer of its broker
    patience_s = celeryconfig.broker_transport_options["socket_timeout"]
    with chain.within(0, patience_s / 2), pytest.raises(Exception):  # noqa: B017, PT011 - as above
        app.send_task("transcript.transcribe", args=("run",))


def test_a_bell_that_cannot_be_rung_does_not_end_the_thread(capsys: pytest.CaptureFixture[str]) -> None:
    ours, done = Publisher(), threading.Event()

    def fail() -> None:
        raise ValueError("canary with a toothache")

    ours.hand_over(fail, run="of a caller")
    ours.hand_over(fail)
    ours.hand_over(done.set)
    assert done.wait(5)
    output = "".join(capsys.readouterr())
    assert output.count("doorbell_not_rung") == 1, "what rings for nothing is missed by nobody"
    assert "canary" not in output


def test_it_says_what_was_behind_the_error_that_kombu_calls_everything(
    refusing: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher, "SPARED_S", 0.0)
    app, ours, done = _app(refusing), Publisher(), threading.Event()
    ours.hand_over(lambda: app.send_task("transcript.transcribe", args=("run",)), run="of a caller")
    while not done.is_set():
        ours.hand_over(done.set)
        done.wait(0.05)
    assert "kombu.exceptions.OperationalError from redis.exceptions.ConnectionError" in capsys.readouterr().out


def test_a_full_queue_drops_and_does_not_block(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(publisher, "CAPACITY", 3)
    ours, release, rung = Publisher(), threading.Event(), list[int]()
    taken = threading.Event()

    def hold() -> None:
        taken.set()
        release.wait(5)

    ours.hand_over(hold)
    assert taken.wait(5)
    for number in range(10):
        ours.hand_over(lambda number=number: rung.append(number))  # type: ignore[misc] # as above
    done = threading.Event()
    release.set()
    while not done.is_set():
        ours.hand_over(done.set)
        done.wait(0.05)
    assert rung == [0, 1, 2]
    assert "doorbell_dropped" in capsys.readouterr().out


def test_a_process_that_was_forked_has_a_thread_of_its_own() -> None:
    ours = Publisher()
    ours.hand_over(lambda: None)
    read, write = os.pipe()
    child = os.fork()
    if not child:
        ours.hand_over(lambda: _tell(write))
        time.sleep(5)
        os._exit(1)
    os.close(write)
    with os.fdopen(read) as told:
        assert told.read() == "rung"
    os.waitpid(child, 0)


def _tell(write: int) -> None:
    os.write(write, b"rung")
    os._exit(0)


def test_many_first_callers_start_one_thread() -> None:
    before = sum(thread.name == "publisher" for thread in threading.enumerate())
    ours, barrier, rung = Publisher(), threading.Barrier(8), list[int]()

    def first(number: int) -> None:
        barrier.wait(5)
        ours.hand_over(lambda: rung.append(number))

    callers = [threading.Thread(target=first, args=(number,)) for number in range(8)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(5)
    done = threading.Event()
    ours.hand_over(done.set)
    assert done.wait(5)
    assert sorted(rung) == list(range(8))
    assert sum(thread.name == "publisher" for thread in threading.enumerate()) == before + 1


def test_a_broker_that_fails_is_spared_for_a_moment(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publisher, "SPARED_S", 60.0)
    ours = Publisher()
    tried: list[float] = []

    def ring() -> None:
        tried.append(time.monotonic())
        raise ConnectionRefusedError

    for number in range(20):
        ours.hand_over(ring, run=str(number))
    said = ""
    while said.count("doorbell_not_rung") < 20:
        said += capsys.readouterr().out
        time.sleep(0.01)
    ours.hand_over(ring, run="later")
    while "later" not in said:
        said += capsys.readouterr().out
        time.sleep(0.01)
    assert len(tried) == 1
    assert '"tried":false,"run":"later"' in said


def test_a_broker_that_is_back_is_rung_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publisher, "SPARED_S", 0.05)
    ours, done = Publisher(), threading.Event()

    def refuse() -> None:
        raise ConnectionRefusedError

    ours.hand_over(refuse)
    for _ in range(100):
        ours.hand_over(done.set)
        if done.wait(0.05):
            return
    raise AssertionError("it is never tried again")
