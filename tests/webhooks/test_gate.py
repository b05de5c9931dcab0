"""While the database is down, one request at a time asks it; the others are told at once."""

import threading
import time
from collections.abc import Callable

import pytest

from domain.errors import StoreUnavailable
from webhooks import gate
from webhooks.gate import Gate


def outage(meanwhile: Callable[[], object] = lambda: None) -> None:
    meanwhile()
    raise StoreUnavailable("down")


def fail(through: Gate, meanwhile: Callable[[], object] = lambda: None) -> None:
    with pytest.raises(StoreUnavailable, match="down"), through.passing():
        outage(meanwhile)


def is_shut(through: Gate) -> bool:
    try:
        with through.passing():
            return False
    except StoreUnavailable:
        return True


def test_open_gate_lets_everybody_through() -> None:
    through = Gate()

    assert not any(is_shut(through) for _ in range(10))


def test_failure_shuts_it_for_a_quarter_of_a_second_and_success_opens_it() -> None:
    through = Gate()
    started = time.monotonic()
    fail(through)

    assert is_shut(through)
    while is_shut(through):
        time.sleep(0.005)
    assert 0.24 <= time.monotonic() - started < 1
    assert not is_shut(through)


def test_only_one_request_probes_and_its_failure_shuts_the_gate_again() -> None:
    through = Gate(shut_s=0.05)
    fail(through)
    time.sleep(0.06)
    entered, leave = threading.Event(), threading.Event()

    def linger() -> None:
        entered.set()
        leave.wait(5)

    probe = threading.Thread(target=fail, args=(through, linger))
    probe.start()
    assert entered.wait(5)
    time.sleep(0.06)
    assert all(is_shut(through) for _ in range(20))
    leave.set()
    probe.join()

    assert is_shut(through)


def test_probe_that_never_comes_back_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "PROBE_AT_MOST_S", 0.05)
    through = Gate(shut_s=0)
    fail(through)

    with through.passing():
        assert is_shut(through)
        time.sleep(0.06)
        assert not is_shut(through)


def test_an_error_that_is_no_outage_opens_it() -> None:
    through = Gate(shut_s=0)
    fail(through)

    with pytest.raises(ValueError, match="a bug"), through.passing():
        raise ValueError("a bug")
    assert not is_shut(through)
