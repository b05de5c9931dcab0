"""Numbers before the words that they count."""

import pytest

from domain.counting import counted, times


@pytest.mark.parametrize(
    ("count", "told"), [(0, "0 runs are dead"), (1, "1 run is dead"), (2, "2 runs are dead"), (1204, "1,204 runs are dead")]
)
def test_a_number_has_the_words_that_go_with_it(count: int, told: str) -> None:
    assert counted(count, "run is dead", "runs are dead") == told


@pytest.mark.parametrize(("count", "told"), [(1, "once"), (2, "2 times"), (1204, "1,204 times")])
def test_how_often(count: int, told: str) -> None:
    assert times(count) == told
