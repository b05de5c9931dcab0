"""A caller who has said something hears within 100 ms that somebody is there, from the real server."""

import statistics
import time
from urllib.parse import urlencode

import pytest
import requests

from db.tables.organizations import OrganizationRow
from tests.support.calling import DANGER, OURS, THEIRS
from tests.support.signing import ACCOUNT_SID, AUTH_TOKEN, FORM, PUBLIC_BASE_URL, twilio_signature
from tests.support.stored import count

PATH = "/webhooks/twilio/gather?turn=1&silent=0"
ROUNDS, TURNS, BUDGET_MS = 3, 50, 100


def milliseconds(front: str, session: requests.Session, call: int, words: str) -> float:
    told = {"CallSid": f"CA{call:032x}", "CallStatus": "in-progress", "Direction": "inbound", "From": THEIRS, "To": OURS}
    fields = [*told.items(), ("AccountSid", ACCOUNT_SID), ("SpeechResult", words)]
    headers = {"X-Twilio-Signature": twilio_signature(PUBLIC_BASE_URL + PATH, fields, AUTH_TOKEN), "Content-Type": FORM}
    started = time.perf_counter()
    answer = session.post(f"{front}{PATH}", data=urlencode(fields).encode(), headers=headers, timeout=10)
    spent = (time.perf_counter() - started) * 1_000
    assert answer.status_code == 200, answer.text
    return spent


@pytest.mark.alone
@pytest.mark.parametrize("words", ["I would like to change my order, please", DANGER], ids=["harmless", "in danger"])
def test_a_turn_is_answered_within_100_ms(front: str, organization: OrganizationRow, words: str) -> None:
    """The machine may be busy with other tests in one round; in one of three it is not."""
    medians = []
    for number in range(ROUNDS):
        with requests.Session() as session:
            spent = [milliseconds(front, session, number * TURNS + call, words) for call in range(TURNS)]
        medians.append(statistics.median(spent))
        print(f"\n{TURNS} turns: median {medians[-1]:.1f} ms, worst {max(spent):.1f} ms")  # noqa: T201 - the figures are what a reader wants
        if medians[-1] < BUDGET_MS:
            break
    assert min(medians) < BUDGET_MS, medians
    assert count("runs") == TURNS * len(medians)
