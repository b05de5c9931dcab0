"""An hour of speech is answered within 100 ms by the real server."""

import statistics
import time

import requests

from db.tables.organizations import OrganizationRow
from domain.callback_tokens import callback_url
from tests.support import payloads
from tests.support.deepgram import SECRET_KEY, intake
from tests.support.stored import count

POSTS = 60
BUDGET_MS = 100


def milliseconds(method: str, url: str, session: requests.Session, body: bytes = b"") -> tuple[float, requests.Response]:
    started = time.perf_counter()
    answer = session.request(method, url, data=body, timeout=10)
    return (time.perf_counter() - started) * 1_000, answer


def test_webhook_with_an_hour_of_speech_is_answered_within_100_ms(front: str, organization: OrganizationRow) -> None:
    url = callback_url(front, SECRET_KEY, intake(organization.id))
    webhook, control, stages = [], [], []
    with requests.Session() as session:
        for number in range(POSTS):
            body = payloads.keyed(payloads.hour_of_speech(), f"00000000-0000-4000-8000-{number:012d}")
            spent, answer = milliseconds("POST", url, session, body)
            assert answer.status_code == 200
            webhook.append(spent)
            stages.append(answer.headers["Server-Timing"])
            control.append(milliseconds("GET", f"{front}/health", session)[0])

    typical, floor = statistics.median(webhook), statistics.median(control)
    figures = f"webhook median {typical:.1f} ms, worst {max(webhook):.1f} ms; control median {floor:.1f} ms"
    print(f"\n{figures}; {stages[-1]}")  # noqa: T201 - the figure is what a reader of the run wants to see
    assert typical < BUDGET_MS, figures
    assert count("runs") == POSTS
