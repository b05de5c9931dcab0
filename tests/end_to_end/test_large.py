"""The longest calls go all the way: ten megabytes in one callback (S1-26)."""

import requests

from benchmarks.harness.processes import Process
from db.tables.organizations import OrganizationRow
from tests.end_to_end.conftest import Follow
from tests.support.payloads import hour_of_speech, keyed
from tests.support.vendors import intake

WORDS = 32_000
UTTERANCES = WORDS // 20


def test_ten_megabytes_are_taken_and_worked_off(web_url: str, worker: Process, follow: Follow, organization: OrganizationRow) -> None:
    body = keyed(hour_of_speech(words=WORDS), "ten-megabytes")
    url, credentials = intake(web_url, organization)
    assert len(body) > 10_000_000
    assert requests.post(url, data=body, auth=credentials, timeout=30).status_code == 200

    found = follow("ten-megabytes")
    assert (found["status"], found["processing_status"]) == ("completed", "completed"), found
    assert len(found["utterances"]) == UTTERANCES
