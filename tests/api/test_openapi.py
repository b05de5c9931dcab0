"""The document at /v1/openapi.json is right: whatever is sent by it or against it is answered as it says."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import Any

import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings, strategies
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis.core.result import Ok

import settings as settings_of_the_house
from api import slow
from db import api_keys
from db.tables.conversations import TranscriptRow
from domain.access import Scope
from scripts.openapi import document
from scripts.openapi.breaking import breaking
from tests.support import keys_of_their_own  # noqa: F401 - it hooks itself in
from wsgi import app as application
from wsgi import create_app

EXAMPLES = 15


# no JSON Schema says which numbers may be called and which hours overlap: that is the domain's, which answers 422 with reasons
TOLD = {"operations": [{"include-operation-id": "put_organization", "checks": {"positive_data_acceptance": {"enabled": False}}}]}
# as a client loads it
schema = schemathesis.openapi.from_wsgi("/v1/openapi.json", application, config=schemathesis.Config.from_dict(TOLD))
OPERATIONS = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]


def test_the_document_is_valid_openapi(client: FlaskClient) -> None:
    served = client.get("/v1/openapi.json").get_json()

    assert served["openapi"].startswith("3.1")
    assert served["info"]["version"] == "v1"
    assert list(OpenAPIV31SpecValidator(served).iter_errors()) == []


def test_all_who_ask_at_once_get_the_same_document(client: FlaskClient) -> None:
    """It is written when it is first asked for."""
    served = client.get("/v1/openapi.json").get_json()
    app = create_app()
    with ThreadPoolExecutor(4) as askers:
        answers = list(askers.map(lambda _: app.test_client().get("/v1/openapi.json").get_json(), range(4)))
    assert answers == [served] * 4


def test_the_document_is_the_one_that_was_promised(app: Flask) -> None:
    promised, now = document.kept(), document.served(app)

    assert promised
    assert breaking(promised, now) == [], "whoever goes by docs/openapi.json would be broken"
    assert promised == now, "the API has grown: `make openapi` writes it down"


@pytest.fixture
def _somebody_hears(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """There is a transcriber to be asked."""
    monkeypatch.setenv("DEEPGRAM_API_KEY", "nobody-is-asked")
    settings_of_the_house.current.cache_clear()
    yield
    monkeypatch.undo()
    settings_of_the_house.current.cache_clear()


@pytest.fixture
def _places_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tester never closes an answer that is streamed."""
    monkeypatch.setattr(slow, "_free", BoundedSemaphore(10_000))


@pytest.mark.usefixtures("_somebody_hears", "_places_for_all")
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_every_answer_is_one_that_the_document_names(
    operation: schemathesis.APIOperation[Any, Any, Any, Any], finished: TranscriptRow
) -> None:
    _, key = api_keys.create(finished.organization_id, "contract", Scope.ADMIN)

    @given(case=strategies.one_of(*(operation.as_strategy(generation_mode=mode) for mode in schemathesis.GenerationMode)))
    @settings(max_examples=EXAMPLES, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
    def check(case: schemathesis.Case[Any]) -> None:
        # nobody works here: whoever would wait for an answer waits for nothing
        case.call_and_validate(headers={"Authorization": f"Bearer {key}", "Prefer": "wait=0"})

    check()
