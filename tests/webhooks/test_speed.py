"""An hour of speech is answered within 100 ms by the real server."""

import json
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import pytest
import requests
from flask.testing import FlaskClient

from db.tables.organizations import OrganizationRow
from domain.callback_tokens import callback_url
from tests.support import payloads
from tests.support.deepgram import SECRET_KEY, call_back, intake
from tests.support.stored import count

ROUNDS, POSTS = 3, 50
MANY = 1_000
BUDGET_MS = 100

T = TypeVar("T")


def milliseconds(method: str, url: str, session: requests.Session, body: bytes = b"") -> tuple[float, requests.Response]:
    started = time.perf_counter()
    answer = session.request(method, url, data=body, timeout=10)
    assert answer.status_code == 200
    return (time.perf_counter() - started) * 1_000, answer


def median_of_a_round(front: str, url: str, number: int) -> float:
    """Posts as many different calls, each followed by a control request that does nothing; says what both took."""
    webhook, control = [], []
    with requests.Session() as session:
        for call in range(POSTS):
            body = payloads.keyed(payloads.hour_of_speech(), f"00000000-0000-4000-8000-{number * POSTS + call:012d}")
            spent, answer = milliseconds("POST", url, session, body)
            webhook.append(spent)
            control.append(milliseconds("GET", f"{front}/health", session)[0])
    figures = f"median {statistics.median(webhook):.1f} ms, worst {max(webhook):.1f} ms; control {statistics.median(control):.1f} ms"
    print(f"\nwebhook {figures}; {answer.headers['Server-Timing']}")  # noqa: T201 - the figures are what a reader of the run wants to see
    return statistics.median(webhook)


@pytest.mark.alone
def test_webhook_with_an_hour_of_speech_is_answered_within_100_ms(front: str, organization: OrganizationRow) -> None:
    """The machine may be busy with other tests in one round; in one of three it is not."""
    url = callback_url(front, SECRET_KEY, intake(organization.id))
    medians = []
    for number in range(ROUNDS):
        medians.append(median_of_a_round(front, url, number))
        if medians[-1] < BUDGET_MS:
            break

    assert min(medians) < BUDGET_MS, medians
    assert count("runs") == POSTS * len(medians)


@pytest.mark.alone
@pytest.mark.timeout(600)
@pytest.mark.parametrize("words", [133, 10_131], ids=["a normal call", "an hour"])
def test_99_of_100_in_a_thousand_callbacks_are_answered_within_100_ms(front: str, organization: OrganizationRow, words: int) -> None:
    """S1-01, one post after the other, every one with a control request beside it.

    On two shared cores the 99th percentile was 18 ms for a normal call (41 KB) and 72 ms for an hour (3.2 MB), the control's 7 ms. It is
    a tail, and a tail belongs to the machine as much as to the product: what the control's own tail took is the machine's, and a round
    that is late is made again, twice at most. It says nothing of many vendors at once: for those see test_burst.
    """
    url = callback_url(front, SECRET_KEY, intake(organization.id))
    rounds = []
    for number in range(ROUNDS):
        rounds.append(percentile_99_of_a_round(front, url, number, payloads.hour_of_speech(words)))
        if rounds[-1] < BUDGET_MS:
            break

    assert min(rounds) < BUDGET_MS, rounds
    assert count("runs") == MANY * len(rounds)


def percentile_99_of_a_round(front: str, url: str, number: int, body: bytes) -> float:
    """Beyond the control's own; prints the figures of both, and fails at once if even the median is late."""
    webhook, control = [], []
    with requests.Session() as session:
        for call in range(MANY):
            keyed = payloads.keyed(body, f"00000000-0000-4000-8001-{number * MANY + call:012d}")
            webhook.append(milliseconds("POST", url, session, keyed)[0])
            control.append(milliseconds("GET", f"{front}/health", session)[0])
    print(f"\n{MANY} posts of {len(body) / 1e3:.0f} KB: webhook {figures(webhook)}; control {figures(control)}")  # noqa: T201 - as above
    assert statistics.median(webhook) < BUDGET_MS
    return percentile_99(webhook) - percentile_99(control)


def figures(spent: list[float]) -> str:
    return f"median {statistics.median(spent):.1f} ms, p99 {percentile_99(spent):.1f} ms, worst {max(spent):.1f} ms"


def percentile_99(spent: list[float]) -> float:
    return statistics.quantiles(spent, n=100)[98]


def cpu_ms(work: Callable[[], T]) -> tuple[float, T]:
    """What the calling process itself worked: how long it waits, and for whom, is not counted."""
    started = time.process_time()
    found = work()
    return (time.process_time() - started) * 1_000, found


@pytest.mark.alone
def test_a_callback_of_5_mb_costs_the_front_less_than_parsing_it_once_would(client: FlaskClient, organization: OrganizationRow) -> None:
    """S1-03: it takes about half of that work. If it parsed the body too, it could only take more."""
    body = payloads.hour_of_speech(words=16_000)
    webhook, control = [], []
    for call in range(10):
        keyed = payloads.keyed(body, f"00000000-0000-4000-8002-{call:012d}")
        spent, answer = cpu_ms(partial(call_back, client, intake(organization.id), keyed))
        assert answer.status_code == 200
        webhook.append(spent)
        control.append(cpu_ms(partial(json.loads, keyed))[0])
    print(f"\n{len(body) / 1e6:.1f} MB: {min(webhook):.1f} ms of CPU time beside {min(control):.1f} ms to parse it")  # noqa: T201 - as above

    assert len(body) > 5_000_000
    # the least of ten: a neighbour in the caches makes it more, nothing makes it less
    assert min(webhook) < min(control)
