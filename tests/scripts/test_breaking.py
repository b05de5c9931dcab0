"""What counts as breaking somebody who goes by the document before."""

from copy import deepcopy
from typing import Any

import pytest

from scripts.openapi.breaking import breaking


def _document() -> dict[str, Any]:
    schemas = {
        "ThingV1": {
            "type": "object",
            "required": ["id", "name"],
            "properties": {
                "id": {"type": "string"},
                "name": {"type": ["string", "null"]},
                "parts": {"type": "array", "items": {"$ref": "#/components/schemas/ThingV1"}},
            },
        },
        "AskedV1": {
            "type": "object",
            "required": ["name"],
            "properties": {"name": {"type": "string", "maxLength": 10}, "kind": {"type": "string", "enum": ["a", "b"]}},
        },
    }
    answer = {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ThingV1"}}}}
    get = {
        "x-scope": "viewer",
        "parameters": [{"in": "query", "name": "limit", "schema": {"type": "integer", "maximum": 100}}],
        "responses": {"200": answer, "404": {"description": ""}},
    }
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/AskedV1"}}}}
    return {
        "paths": {"/v1/things": {"get": get, "post": {"requestBody": body, "responses": {"201": answer}}}},
        "components": {"schemas": schemas},
    }


def _set(document: dict[str, Any], place: str, value: object) -> None:
    *way, last = place.split(" ")
    node: Any = document
    for part in way:
        node = node[int(part) if isinstance(node, list) else part]
    if value is None:
        del node[last]
    else:
        node[last] = value


GET, POST = "paths /v1/things get", "paths /v1/things post"
THING, ASKED = "components schemas ThingV1", "components schemas AskedV1"


def test_the_same_breaks_nobody() -> None:
    assert breaking(_document(), _document()) == []


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("paths /v1/others", {"get": {"responses": {}}}),
        (f"{GET} responses 409", {"description": ""}),
        (f"{THING} properties more", {"type": "string"}),
        (f"{THING} properties name type", "string"),
        (f"{ASKED} properties more", {"type": "string"}),
        (f"{ASKED} properties name type", ["string", "null"]),
        (f"{ASKED} properties name maxLength", 20),
        (f"{ASKED} properties kind enum", ["a", "b", "c"]),
        (f"{ASKED} required", []),
        (f"{GET} parameters", [*_document()["paths"]["/v1/things"]["get"]["parameters"], {"in": "query", "name": "q", "schema": {}}]),
    ],
)
def test_growing_breaks_nobody(place: str, value: object) -> None:
    after = deepcopy(_document())
    _set(after, place, value)

    assert breaking(_document(), after) == []


@pytest.mark.parametrize(
    ("place", "value", "says"),
    [
        ("paths /v1/things", None, "is gone"),
        (POST, None, "is gone"),
        (f"{GET} responses 404", None, "no longer answers 404"),
        (f"{GET} x-scope", "admin", "wider scope"),
        (f"{GET} parameters", [], "query limit is gone"),
        (f"{GET} parameters 0 required", True, "became required"),
        (f"{GET} parameters 0 schema maximum", 50, "narrower maximum"),
        (f"{GET} parameters 0 schema type", "string", "no longer taken"),
        (f"{POST} requestBody required", True, "needs a body"),
        (f"{THING} properties id", None, ".id is gone"),
        (f"{THING} properties id type", ["string", "null"], "null is a new kind of answer"),
        (f"{THING} required", ["id"], ".name may be missing"),
        (f"{ASKED} properties kind", None, ".kind is gone"),
        (f"{ASKED} properties kind enum", ["a"], "fewer words"),
        (f"{ASKED} properties name maxLength", 5, "narrower maxLength"),
        (f"{ASKED} properties name pattern", "x+", "another pattern"),
        (f"{ASKED} required", ["name", "kind"], ".kind became required"),
    ],
)
def test_what_would_break_somebody_is_named(place: str, value: object, says: str) -> None:
    after = deepcopy(_document())
    _set(after, place, value)

    found = breaking(_document(), after)

    assert any(says in sentence for sentence in found), found
