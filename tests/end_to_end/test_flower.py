"""Flower shows the chain of a call by its conversation id, and nothing that was said in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from db.tables.organizations import OrganizationRow
from scripts.stack import ports
from tests.end_to_end.conftest import Follow
from tests.support import processes
from tests.support.processes import until
from tests.support.vendors import call_back, send_sms

CHAIN = {"transcript.transcribe", "transcript.classify_speakers", "reply.generate", "transcript.persist"}
CUSTOMER = "+14155557734"
WORDS = "zanzibar marmalade"
Tasks = dict[str, dict[str, object]]


@pytest.fixture
def flower(tmp_path: Path) -> Iterator[str]:
    """Flower as the Procfile starts it, watching before anything happens."""
    port = ports.free()
    environment = {
        "PORT": str(port),
        "FLOWER_BASIC_AUTH": "ops:secret",
        "FLOWER_UNAUTHENTICATED_API": "false",
        "FLOWER_ADDRESS": "127.0.0.1",
    }
    with processes.running("flower", tmp_path, processes.ROOT, "", **environment):
        url = f"http://127.0.0.1:{port}"
        until(lambda: _answers(url), "Flower answers")
        yield url


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/api/tasks", auth=("ops", "secret"), timeout=30).ok
    except requests.RequestException:
        return False


def _tasks(flower: str) -> Tasks:
    found: Tasks = requests.get(f"{flower}/api/tasks", params={"limit": 500}, auth=("ops", "secret"), timeout=30).json()
    return found


@pytest.mark.usefixtures("worker")
def test_a_chain_is_found_by_its_conversation_and_shows_no_word_of_it(
    web_url: str, flower: str, organization: OrganizationRow, message_sid: str, follow: Follow
) -> None:
    send_sms(web_url, message_sid, f"My name is {WORDS}, call me back on {CUSTOMER}", customer=CUSTOMER)
    call_back(web_url, organization, {"metadata": {"request_id": "broken"}, "results": {"channels": f"{WORDS} {CUSTOMER}"}})
    conversation = follow(message_sid)["conversation_id"]
    assert follow("broken")["processing_reason"] == "deepgram:unreadable_payload"

    def of_conversation() -> Tasks:
        found = {uuid: task for uuid, task in _tasks(flower).items() if f"conversation:{conversation}" in str(task["args"])}
        return found if {task["name"] for task in found.values() if task["state"] == "SUCCESS"} >= CHAIN else {}

    chain = until(of_conversation, "Flower has the four tasks of the conversation")
    assert len({task["root_id"] for task in chain.values() if task["name"] in CHAIN}) == 1
    failed = [task for task in _tasks(flower).values() if task["state"] == "FAILURE"]
    assert [task["exception"] for task in failed] == ["StepFailed('deepgram:unreadable_payload')"]

    everything = requests.get(f"{flower}/api/tasks", params={"limit": 500}, auth=("ops", "secret"), timeout=30).text
    details = "".join(requests.get(f"{flower}/api/task/info/{uuid}", auth=("ops", "secret"), timeout=30).text for uuid in _tasks(flower))
    for canary in (*WORDS.split(), CUSTOMER, CUSTOMER.removeprefix("+1")):
        assert canary not in everything + details


def test_flower_is_closed_without_credentials(flower: str) -> None:
    assert requests.get(f"{flower}/api/tasks", timeout=30).status_code == 401
    assert requests.get(f"{flower}/tasks", timeout=30).status_code == 401
