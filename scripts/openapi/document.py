"""The document as an application serves it, and as it is kept."""

import json
from typing import Any

from flask import Flask

from scripts.stack.places import ROOT

PLACE = ROOT / "docs" / "openapi.json"
ADDRESS = "/v1/openapi.json"


def served(app: Flask) -> dict[str, Any]:
    """As a client gets it."""
    found: dict[str, Any] = app.test_client().get(ADDRESS).get_json()
    return found


def kept() -> dict[str, Any] | None:
    """As it was promised; None if it never was."""
    found: dict[str, Any] | None = json.loads(PLACE.read_text(encoding="utf-8")) if PLACE.exists() else None
    return found


def keep(document: dict[str, Any]) -> None:
    """Promise this from now on."""
    PLACE.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", encoding="utf-8")
