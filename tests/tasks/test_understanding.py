"""What the second step finds out of the words and their timings, beside roles and intent."""

import json
from urllib.parse import urlencode

import pytest

from db.tables.organizations import OrganizationRow
from domain.chain import STAGES, TASK_NAMES
from domain.deliveries import Stored
from tasks import app
from tests.support import chain
from tests.support.factories import OrganizationFactory
from tests.support.stored import row

SETTINGS = {
    "intents": {
        "vaccination": ["my dog needs his shots", "does rex need a rabies vaccine", "i want to get my cat vaccinated"],
        "boarding": ["can i leave my dog with you over the holidays", "do you have a kennel", "somebody to watch my dog next week"],
    },
    "intake": {"type": "object", "properties": {"name": {"type": "string"}, "species": {"type": "string", "enum": ["dog", "cat"]}}},
}
UTTERANCES = [
    {"transcript": "Thank you for calling, how can I help you?", "start": 0, "end": 2, "speaker": 0},
    {"transcript": "I'd like to make an appointment please", "start": 3, "end": 5, "speaker": 1},
]


@pytest.fixture
def vet() -> OrganizationRow:
    """An organization that has its own labels and wants to be told something."""
    return OrganizationFactory.create(settings=SETTINGS)


def _worked_off(stored: Stored) -> None:
    app.loader.import_default_modules()
    assert [app.tasks[TASK_NAMES[stage]](str(stored.run_id)) for stage in STAGES] == ["done"] * 4


def test_a_message_is_understood_in_the_organization_s_own_terms(vet: OrganizationRow) -> None:
    text = "Hi, my name is Ann Lee. I want to get my cat vaccinated, this is great"
    _worked_off(chain.store_sms(vet.id, "SM1", body=urlencode({"Body": text, "MessageSid": "SM1"}).encode()))
    found = row("SELECT intent, intake, sentiment, summary, figures FROM analyses")
    assert found["intent"] == "vaccination"
    assert found["intake"] == {"name": "Ann Lee", "species": "cat"}
    assert found["sentiment"] == "positive"
    assert found["summary"] == 'Customer: "I want to get my cat vaccinated, this is great" Intent: vaccination.'
    assert set(found["figures"]) == {"role_channel"}, "a message has no timings; only why its writer is the customer"


def test_a_call_has_the_figures_of_its_timings(organization: OrganizationRow) -> None:
    stored = chain.store_recording(organization.id)
    assert stored.transcript_id
    body = json.dumps({"metadata": {"request_id": "r"}, "results": {"utterances": UTTERANCES}}).encode()
    chain.store_callback(organization.id, stored.transcript_id, body=body)
    _worked_off(stored)
    figures = row("SELECT figures FROM analyses")["figures"]
    assert (figures["talk_ratio_agent"], figures["talk_ratio_customer"]) == (0.5, 0.5)
    assert (figures["longest_silence_ms"], figures["silence_share"]) == (1_000, 0.2)
    assert (figures["turns"], figures["interruptions"]) == (2, 0)
