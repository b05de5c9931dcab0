"""What waits or streams leaves three quarters of the threads to those who answer vendors."""

import os
import subprocess
import sys
from contextlib import ExitStack

import pytest

from api import slow


def test_places_run_out_and_come_back() -> None:
    with ExitStack() as held:
        assert [held.enter_context(slow.slot()) for _ in range(slow.PLACES)] == [True] * slow.PLACES
        with slow.slot() as granted:
            assert granted is False
        with slow.slot() as granted:
            assert granted is False, "who was refused gave nothing back"
    with slow.slot() as granted:
        assert granted is True


def test_a_place_comes_back_from_whatever_breaks() -> None:
    def work() -> None:
        with slow.slot() as granted:
            raise RuntimeError(granted)

    for _ in range(slow.PLACES + 1):
        with pytest.raises(RuntimeError, match="True"):
            work()


@pytest.mark.parametrize(("threads", "places"), [("1", "1"), ("4", "1"), ("7", "1"), ("16", "4")])
def test_a_quarter_of_the_threads_and_never_none(threads: str, places: str) -> None:
    environment = os.environ | {"WEB_THREADS": threads}
    told = subprocess.run(
        [sys.executable, "-c", "from api import slow; print(slow.PLACES)"], env=environment, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == places
