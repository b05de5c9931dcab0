"""How long answers took is counted by vendor and phase, and told by any process for all of them."""

from pathlib import Path

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from db import api_keys
from db.tables.organizations import OrganizationRow
from observability import answer_times
from tests.support import processes
from tests.support.factories import OrganizationFactory
from tests.support.vendors import send_sms

ANSWERS = 24


def _counted(front: str, key: str) -> dict[tuple[str, str], float]:
    """How many answers the histogram holds, by vendor and phase."""
    answer = requests.get(f"{front}/metrics", headers={"Authorization": f"Bearer {key}"}, timeout=10)
    assert answer.status_code == requests.codes.ok, answer.text
    return {
        (sample.labels["provider"], sample.labels["phase"]): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
        if sample.name == "hookline_webhook_answer_seconds_count"
    }


def test_any_process_tells_what_all_of_them_answered(front: str) -> None:
    _, key = api_keys.create(OrganizationFactory.create(slug="default").id, "prometheus")
    for number in range(ANSWERS):
        assert send_sms(front, f"SM{number:032x}", "What time do you open?", "+14155550100").status_code == requests.codes.ok
    # each over a new connection, so that both processes answer some; and each of several scrapes tells all
    for _ in range(4):
        assert _counted(front, key) == {("twilio", phase): ANSWERS for phase in ("answer", "verify", "store", "publish")}


def test_a_refusal_is_counted_too(front: str) -> None:
    _, key = api_keys.create(OrganizationFactory.create(slug="default").id, "prometheus")
    assert requests.post(f"{front}/webhooks/twilio/sms", data={"MessageSid": "SM1"}, timeout=10).status_code == requests.codes.forbidden
    assert _counted(front, key) == {("twilio", "answer"): 1, ("twilio", "verify"): 1}


def test_an_answer_is_given_whatever_becomes_of_the_counting(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(answer_times._times, "labels", refuse)
    answer_times.took("a vendor whose figures are made now", "answer", 0.01)


def test_a_folder_that_is_not_there_is_made(tmp_path: Path, organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch) -> None:
    assert organization.twilio_account_sid
    figures = tmp_path / "not" / "there"
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(figures))
    with processes.web(tmp_path) as front:
        assert send_sms(front, f"SM{0:032x}", "What time do you open?", "+14155550100").status_code == requests.codes.ok
    assert list(figures.glob("*.db"))
