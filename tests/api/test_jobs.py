"""/v1/jobs and /v1/models."""

import json
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

import settings
from db import api_keys
from db.tables.organizations import OrganizationRow
from domain.access import Scope
from tests.support import acting, chain, vendor_house
from tests.support.acting import TEXT, ask
from tests.support.stored import count, row, rows
from tests.support.vendor_house import House

ASKED = [("classify-intent", {"text": TEXT}), ("generate-reply", {"text": TEXT})]
WEEK = {"since": "2026-01-01T00:00:00Z", "until": "2026-01-08T00:00:00Z"}


@pytest.mark.parametrize(("name", "asked"), ASKED)
def test_a_job_is_accepted_and_looked_at(api_client: FlaskClient, name: str, asked: dict[str, Any]) -> None:
    answer = ask(api_client, f"/v1/jobs/{name}", asked)
    assert answer.status_code == 202
    assert api_client.get(answer.headers["Location"]).get_json() == answer.get_json()
    assert acting.work(answer.get_json()["id"]) == "done"
    job = api_client.get(answer.headers["Location"]).get_json()
    assert (job["state"], job["kind"], job["result"]["intent"]) == ("succeeded", name.replace("-", "_"), "book_appointment")
    assert job["created_at"] <= job["started_at"] <= job["finished_at"] < job["expires_at"]


def test_a_job_of_others_is_as_unknown_as_one_that_never_was(api_client: FlaskClient, organization: OrganizationRow) -> None:
    job = acting.entered(organization.id)
    assert acting.stranger(api_client)(f"/v1/jobs/{job.id}").status_code == 404
    assert api_client.get(f"/v1/jobs/{uuid4()}").status_code == 404
    rows("UPDATE jobs SET expires_at = clock_timestamp() RETURNING id")
    assert api_client.get(f"/v1/jobs/{job.id}").status_code == 404, "its day is over, whether it was tidied away or not"


class TestReprocess:
    """A batch is asked for, said yes to, and made."""

    def test_nothing_to_do_makes_no_batch(self, api_client: FlaskClient) -> None:
        answer = ask(api_client, "/v1/jobs/reprocess", WEEK)
        acting.work(answer.get_json()["id"])
        told = api_client.get(answer.headers["Location"]).get_json()["result"]
        assert (told["opened"], told["batch"], told["plan"]["runs"], count("batches")) == (False, None, 0, 0)

    @pytest.mark.usefixtures("finished")
    def test_what_costs_nothing_is_made_and_written_down(self, api_client: FlaskClient) -> None:
        answer = ask(api_client, "/v1/jobs/reprocess", {"since": "2000-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z"})
        assert acting.work(answer.get_json()["id"]) == "done"
        told = api_client.get(answer.headers["Location"]).get_json()["result"]
        assert (told["opened"], told["plan"]["runs"], told["plan"]["calls"]) == (True, 1, 0)
        assert row("SELECT count(*) AS n FROM runs WHERE purpose = 'reprocess'") == {"n": 1}
        batch = row("SELECT id FROM batches")["id"]
        assert rows("SELECT act, subject_id FROM audits ORDER BY at") == [
            {"act": "conversations.reprocess", "subject_id": answer.get_json()["id"]},
            {"act": "batch.begin", "subject_id": batch},
        ]

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"where": ["colour=red"]}, "where"),
            ({"since": "yesterday"}, "since"),
            ({"from_step": "persist"}, "from_step"),
            ({"confirm": {"usd": "much", "calls": 1}}, "confirm"),
        ],
    )
    def test_what_cannot_be_is_refused_by_field(self, api_client: FlaskClient, change: dict[str, Any], field: str) -> None:
        answer = ask(api_client, "/v1/jobs/reprocess", WEEK | change)
        assert (answer.status_code, list(answer.get_json()["errors"])) == (422, [field])

    def test_it_takes_an_administrator(self, client: FlaskClient, organization: OrganizationRow) -> None:
        _, key = api_keys.create(organization.id, "operator", Scope.OPERATOR)
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
        assert ask(client, "/v1/jobs/reprocess", WEEK).status_code == 403
        assert ask(client, "/v1/jobs/classify-intent", {"text": TEXT}).status_code == 202


class TestPaidFor:
    """What costs something is planned, and made only by who agrees to that plan."""

    CALLS = 2

    @pytest.fixture(autouse=True)
    def _answered_by_a_model(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        """Two people wrote, and were answered by a model whose prices are known."""
        prices = {f"openai:{settings.current().openai.model_cheap}": {"input_tokens": 2e-6, "output_tokens": 8e-6}}
        monkeypatch.setenv("PRICES", json.dumps(prices))
        settings.current.cache_clear()
        vendor_house.forget_ports()
        for number in range(self.CALLS):
            body = urlencode({"Body": f"I would like to book {number + 1} tables for tonight please"}).encode()
            house.work_off(chain.store_sms(house.organization.id, f"SM{number}", conversation=f"thread {number}", body=body))

    @staticmethod
    def _told(client: FlaskClient, confirm: object = None) -> dict[str, Any]:
        """The result of the job that was asked for with this yes, or none."""
        asked = {"since": "2000-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z", "prompt": "reply-3"}
        answer = ask(client, "/v1/jobs/reprocess", asked | ({"confirm": confirm} if confirm else {}))
        assert acting.work(answer.get_json()["id"]) == "done"
        told: dict[str, Any] = client.get(answer.headers["Location"]).get_json()["result"]
        return told

    def test_without_a_yes_there_is_a_price_and_nothing_else(self, api_client: FlaskClient) -> None:
        told = self._told(api_client)
        assert (told["plan"]["runs"], told["plan"]["calls"], told["plan"]["unpriced_calls"]) == (self.CALLS, self.CALLS, 0)
        assert float(told["plan"]["usd"]) > 0
        assert (told["opened"], told["batch"], count("batches"), self._runs()) == (False, None, 0, 0)

    def test_the_yes_to_another_plan_opens_nothing_and_says_so(self, api_client: FlaskClient) -> None:
        plan = self._told(api_client)["plan"]
        for less in ({"usd": plan["usd"], "calls": self.CALLS - 1}, {"usd": "0.000001", "calls": self.CALLS}):
            told = self._told(api_client, less)
            assert (told["opened"], told["batch"], told["plan"]) == (False, None, plan), "it says what it would take, again"
        assert (count("batches"), self._runs()) == (0, 0)

    def test_the_yes_to_the_plan_itself_opens_it(self, api_client: FlaskClient, house: House) -> None:
        plan = self._told(api_client)["plan"]
        paid = len(house.paid("responses"))
        told = self._told(api_client, {"usd": plan["usd"], "calls": plan["calls"]})
        assert (told["opened"], told["plan"], count("batches"), self._runs()) == (True, plan, 1, self.CALLS)
        assert len(house.paid("responses")) == paid, "whoever works the batch off pays, not whoever opens it"
        assert self._told(api_client, {"usd": plan["usd"], "calls": plan["calls"]})["batch"] == told["batch"]
        assert self._runs() == self.CALLS, "saying yes twice opens it once"

    @staticmethod
    def _runs() -> int:
        return int(row("SELECT count(*) AS n FROM runs WHERE purpose = 'reprocess'")["n"])


def test_models_say_when_they_are_asked(api_client: FlaskClient) -> None:
    openai = settings.current().openai
    items = {item["tier"]: item for item in api_client.get("/v1/models").get_json()["items"]}
    assert (items["cheap"]["id"], items["critical"]["id"]) == (openai.model_cheap, openai.model_critical)
    assert (items["cheap"]["policy"]["critical"], items["critical"]["policy"]["critical"]) == (False, True)
    assert (items["offline"]["is_asked"], items["cheap"]["is_asked"]) == (True, False), "there is no key here"
