"""Who is silent, and who has only been replaced."""

import pytest

from domain.diagnosis.crew import JUST_SEEN_S, SILENT_AFTER_S, Worker, namesakes, silent, unheard

GONE = Worker("worker@old/1", ("speech",), started_s=9_000, seen_s=300)


def there(name: str, started_s: float) -> Worker:
    return Worker(name, ("speech",), started_s, 0.5)


def test_a_worker_that_nobody_replaced_is_silent() -> None:
    assert silent([GONE, there("batch@old/2", 100)]) == [GONE]


@pytest.mark.parametrize("name", ["worker@old/2", "worker@new/2"])
def test_a_worker_that_was_restarted_or_deployed_anew_is_not(name: str) -> None:
    assert silent([GONE, there(name, 290)]) == []


def test_a_worker_beside_others_of_its_kind_that_were_there_before_is_silent() -> None:
    assert silent([GONE, there("worker@other/2", 8_000)]) == [GONE]


def test_a_worker_is_there_until_it_was_not_seen_for_a_while() -> None:
    assert Worker("worker@a/1", (), 100, SILENT_AFTER_S).is_there
    assert not Worker("worker@a/1", (), 100, SILENT_AFTER_S + 1).is_there


def test_a_queue_is_heard_if_anybody_listens() -> None:
    assert unheard(["speech", "deliver"], [["speech"], []]) == ["deliver"]


def test_two_that_live_under_one_name_are_told_and_one_that_was_killed_and_came_back_is_not() -> None:
    killed = Worker("worker@a/1", ("speech",), 900, JUST_SEEN_S + 1)
    seen = [killed, there("worker@a/2", 3), there("worker@b/3", 3)]
    assert namesakes(seen) == {}
    assert list(namesakes([*seen, there("worker@b/4", 1)])) == ["worker@b"]
