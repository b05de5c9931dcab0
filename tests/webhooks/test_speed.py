"""An hour of speech is answered within 100 ms by the real server."""

import statistics
import time

import pytest
import requests

from db.tables.organizations import OrganizationRow
from domain.callback_tokens import callback_url
from tests.support import payloads
from tests.support.deepgram import SECRET_KEY, intake
from tests.support.stored import count

ROUNDS, POSTS = 3, 50
BUDGET_MS = 100


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
