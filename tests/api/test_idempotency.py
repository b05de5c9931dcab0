"""The same Idempotency-Key is the same job; and while a vendor is down whoever waits is told, and may come again."""

from functools import partial
from typing import Any

import pytest
from flask.testing import FlaskClient

from domain.errors import RetryableError, VendorPausedError
from tests.support import acting, chain
from tests.support.acting import ACTS, TEXT, TURN, ask, stored
from tests.support.fake_vendors import FakeModel
from tests.support.stored import count, row, rows


class TestIdempotencyKey:
    """The same key is the same job."""

    @pytest.mark.usefixtures("model")
    @pytest.mark.parametrize(("path", "asked"), ACTS)
    def test_the_same_request_twice_is_done_once(self, api_client: FlaskClient, path: str, asked: dict[str, Any]) -> None:
        first, second = (ask(api_client, path, asked, key="key-1") for _ in range(2))
        assert (first.status_code, second.status_code, count("jobs")) == (200, 200, 1)
        assert (first.get_json(), first.headers["Content-Location"]) == (second.get_json(), second.headers["Content-Location"])

    @pytest.mark.usefixtures("at_work")
    def test_another_request_under_the_same_key_is_refused(self, api_client: FlaskClient) -> None:
        ask(api_client, "/v1/classify-intent", {"text": TEXT}, key="key-1")
        for path, asked in (("/v1/classify-intent", {"text": "Goodbye."}), ("/v1/generate-reply", {"text": TEXT})):
            answer = ask(api_client, path, asked, key="key-1")
            assert (answer.status_code, answer.get_json()["code"]) == (422, "idempotency_key_reused")
        assert count("jobs") == 1

    def test_of_many_at_once_one_is_entered(self, api_client: FlaskClient) -> None:
        authorization = api_client.environ_base["HTTP_AUTHORIZATION"]

        def attempt() -> str:
            own = api_client.application.test_client()
            own.environ_base["HTTP_AUTHORIZATION"] = authorization
            return str(ask(own, "/v1/classify-intent", {"text": TEXT}, "key-1", "wait=0").get_json()["id"])

        assert len(set(chain.at_once([partial(attempt) for _ in range(4)]))) == 1
        assert count("jobs") == 1

    def test_keys_are_each_organizations_own(self, api_client: FlaskClient) -> None:
        other = partial(acting.stranger(api_client), method="POST")
        headers = {"Idempotency-Key": "key-1", "Prefer": "wait=0"}
        assert api_client.post("/v1/turn", json=TURN, headers=headers).status_code == 202
        assert other("/v1/turn", json=TURN, headers=headers).status_code == 202
        assert count("jobs") == 2

    def test_a_key_is_free_again_after_its_day(self, api_client: FlaskClient) -> None:
        ask(api_client, "/v1/classify-intent", {"text": TEXT}, "key-1", "wait=0")
        rows("UPDATE jobs SET expires_at = clock_timestamp() RETURNING id")
        assert ask(api_client, "/v1/classify-intent", {"text": "Goodbye."}, "key-1", "wait=0").status_code == 202

    @pytest.mark.parametrize("key", ["", "x" * 256, "käse"])
    def test_what_is_no_key_is_refused(self, api_client: FlaskClient, key: str) -> None:
        assert ask(api_client, "/v1/classify-intent", {"text": TEXT}, key=key).status_code == 400


class TestVendorDown:
    """Whoever waits is told; nobody is left with a job that they do not look at any more."""

    def test_a_reply_that_waits_for_the_model_is_a_503_that_can_be_asked_again(self, api_client: FlaskClient, model: FakeModel) -> None:
        model.fails = VendorPausedError("openai:insufficient_quota", 300)
        answer = ask(api_client, "/v1/turn", TURN, key="key-1")
        assert (answer.status_code, answer.get_json()["code"]) == (503, "job_failed")
        assert 200 < int(answer.headers["Retry-After"]) <= 300
        assert "openai:insufficient_quota" in answer.get_json()["detail"]
        assert row("SELECT state, idempotency_key FROM jobs") == {"state": "failed", "idempotency_key": None}
        model.fails = None
        rows("DELETE FROM vendor_health RETURNING vendor")
        assert ask(api_client, "/v1/turn", TURN, key="key-1").status_code == 200

    def test_who_does_not_wait_has_a_job_that_goes_on(self, api_client: FlaskClient, model: FakeModel) -> None:
        model.fails = VendorPausedError("openai:rate_limited", 30)
        answer = ask(api_client, "/v1/turn", TURN, prefer="respond-async")
        assert answer.status_code == 202
        job = api_client.get(answer.headers["Location"]).get_json()
        assert (job["state"], job["error_code"]) == ("pending", "openai:rate_limited")
        assert 0 < job["retry_in_s"] <= 30

    def test_an_intent_is_told_by_the_engine_of_the_house(self, api_client: FlaskClient, model: FakeModel) -> None:
        model.fails = VendorPausedError("openai:insufficient_quota", 300)
        told = ask(api_client, "/v1/classify-intent", {"text": TEXT}).get_json()
        assert (told["engine"], told["stands_in_for"], told["intent"]) == ("local", "openai:insufficient_quota", "book_appointment")

    def test_a_job_that_failed_is_told_to_whoever_waits(
        self, api_client: FlaskClient, model: FakeModel, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("tasks.jobs.task.max_attempts", lambda: 1)
        model.fails = RetryableError("openai:http_503")
        answer = ask(api_client, "/v1/turn", TURN)
        assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)
        assert stored(answer.headers["Content-Location"].rpartition("/")[2])["error_code"] == "openai:http_503"
