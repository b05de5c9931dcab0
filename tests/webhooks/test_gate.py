"""While the database is down, one request at a time asks it; the others are told at once."""

import threading
from collections.abc import Callable

import pytest

from domain.errors import StoreUnavailable
from webhooks import gate
from webhooks.gate import Gate


class Clock:
    """Stands still until it is put forward."""

    def __init__(self) -> None:
        """Some time after the start of the machine."""
        self.now = 1_000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The gate's own time."""
    standing = Clock()
    monkeypatch.setattr(gate, "time", standing)
    return standing


def outage(meanwhile: Callable[[], object] = lambda: None) -> None:
    meanwhile()
    raise StoreUnavailable("down")


def fail(through: Gate, meanwhile: Callable[[], object] = lambda: None) -> None:
    with pytest.raises(StoreUnavailable, match="down"), through.passing():
        outage(meanwhile)


def meet_a_lock(through: Gate, about: str) -> None:
    with pytest.raises(StoreUnavailable, match="held"), through.passing(about):
        raise StoreUnavailable("held", locked=True)


def is_shut(through: Gate, about: str = "") -> bool:
    try:
        with through.passing(about):
            return False
    except StoreUnavailable:
        return True


def test_open_gate_lets_everybody_through() -> None:
    through = Gate()

    assert not any(is_shut(through) for _ in range(10))


def test_failure_shuts_it_for_a_quarter_of_a_second_and_success_opens_it(clock: Clock) -> None:
    through = Gate()
    fail(through)

    assert is_shut(through)
    clock.now += 0.24
    assert is_shut(through)
    clock.now += 0.02
    assert not any(is_shut(through) for _ in range(10))


def test_only_one_request_probes_and_its_failure_shuts_the_gate_again(clock: Clock) -> None:
    through = Gate()
    fail(through)
    clock.now += 0.26
    entered, leave = threading.Event(), threading.Event()

    def linger() -> None:
        entered.set()
        leave.wait(30)

    probe = threading.Thread(target=fail, args=(through, linger))
    probe.start()
    assert entered.wait(30)
    clock.now += 0.26
    assert all(is_shut(through) for _ in range(20))
    leave.set()
    probe.join()

    assert is_shut(through)


def test_probe_that_never_comes_back_is_given_up(clock: Clock) -> None:
    through = Gate(shut_s=0)
    fail(through)

    with through.passing():
        assert is_shut(through)
        clock.now += gate.PROBE_AT_MOST_S
        assert not is_shut(through)


def test_an_error_that_is_no_outage_opens_it() -> None:
    through = Gate(shut_s=0)
    fail(through)

    with pytest.raises(ValueError, match="a bug"), through.passing():
        raise ValueError("a bug")
    assert not is_shut(through)


def test_a_lock_shuts_it_for_its_own_conversation_only(clock: Clock) -> None:
    through = Gate()
    meet_a_lock(through, "one")

    assert not is_shut(through, "other")
    assert is_shut(through, "one")
    clock.now += 0.26
    assert not is_shut(through, "one")
    assert not is_shut(through, "one")


def test_only_one_request_probes_a_locked_conversation(clock: Clock) -> None:
    through = Gate()
    meet_a_lock(through, "one")
    clock.now += 0.26

    with through.passing("one"):
        assert is_shut(through, "one")
        assert not is_shut(through, "other")
    assert not is_shut(through, "one")


def test_locks_on_three_conversations_in_a_row_are_an_outage(clock: Clock) -> None:
    through = Gate()
    for about in ("one", "two"):
        meet_a_lock(through, about)
    assert not is_shut(through), "who only reads meets no lock, and proves nothing"
    meet_a_lock(through, "three")

    assert is_shut(through, "four")
    clock.now += 0.26
    meet_a_lock(through, "four")
    assert is_shut(through, "five"), "the probe met a lock, too"
    clock.now += 0.26
    assert not any(is_shut(through, about) for about in ("five", "six", "seven"))


@pytest.mark.parametrize(
    "abouts", [["one"] * 5, ["one", "two", "", "three", "four"]], ids=["of one conversation", "with a success between"]
)
def test_locks_that_are_not_in_a_row_are_none(clock: Clock, abouts: list[str]) -> None:
    through = Gate()
    for about in abouts:
        if about:
            meet_a_lock(through, about)
        else:
            assert not is_shut(through, "yet another")
        clock.now += 0.26

    assert not is_shut(through, "healthy")


def test_locks_that_lie_far_apart_are_not_in_a_row(clock: Clock) -> None:
    through = Gate()
    for number in range(5):
        meet_a_lock(through, str(number))
        clock.now += 0.6

    assert not is_shut(through, "healthy")
