"""The document at /v1/openapi.json is right: whatever is sent by it or against it is answered as it says."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings, strategies
from openapi_spec_validator import OpenAPIV31SpecValidator

from api import cursors
from db import api_keys
from db.tables.conversations import TranscriptRow
from domain.access import Scope
from scripts.openapi import document
from scripts.openapi.breaking import breaking
from wsgi import app as application

EXAMPLES = 25


TOLD = {
    # whoever leaves out If-Match is told 428, as RFC 6585 has it
    "checks": {"missing_required_header": {"expected-statuses": [400, 401, 403, 406, 415, 422, 428]}},
    # no JSON Schema says which numbers may be called and which hours overlap: that is the domain's, which answers 422 with reasons
    "operations": [{"include-operation-id": "put_organization", "checks": {"positive_data_acceptance": {"enabled": False}}}],
}
# as a client loads it
schema = schemathesis.openapi.from_wsgi("/v1/openapi.json", application, config=schemathesis.Config.from_dict(TOLD))
# which words a page before may have given
_VALUES: dict[type, strategies.SearchStrategy[Any]] = {
    datetime: strategies.datetimes(timezones=strategies.just(UTC)),
    UUID: strategies.uuids(),
    int: strategies.integers(0, 10_000),
    float: strategies.floats(0, 1),
}
for kinds in ((datetime, UUID), (UUID, int), (float, datetime, UUID, int)):
    schemathesis.openapi.format(
        cursors.format_of(kinds), strategies.builds(cursors.encode, strategies.tuples(*(_VALUES[kind] for kind in kinds)))
    )


def test_the_document_is_valid_openapi(client: FlaskClient) -> None:
    served = client.get("/v1/openapi.json").get_json()

    assert served["openapi"].startswith("3.1")
    assert served["info"]["version"] == "v1"
    assert list(OpenAPIV31SpecValidator(served).iter_errors()) == []


def test_the_document_is_the_one_that_was_promised(app: Flask) -> None:
    promised, now = document.kept(), document.served(app)

    assert promised
    assert breaking(promised, now) == [], "whoever goes by docs/openapi.json would be broken"
    assert promised == now, "the API has grown: `make openapi` writes it down"


@schema.parametrize()
@settings(max_examples=EXAMPLES, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_one_that_the_document_names(case: schemathesis.Case[Any], finished: TranscriptRow) -> None:
    _, key = api_keys.create(finished.organization_id, "contract", Scope.ADMIN)
    case.call_and_validate(headers={"Authorization": f"Bearer {key}"})
