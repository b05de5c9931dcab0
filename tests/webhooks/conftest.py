"""A front that remembers nothing of the test before."""

import importlib

import pytest
from flask import Flask

from webhooks import gate, refusals, tenants


@pytest.fixture(scope="session")
def app() -> Flask:
    application = Flask("front")
    application.register_blueprint(importlib.import_module("webhooks.blueprint").webhooks)
    return application


@pytest.fixture(autouse=True)
def _fresh_front(monkeypatch: pytest.MonkeyPatch) -> None:
    tenants.forget()
    monkeypatch.setattr(gate, "database", gate.Gate())
    # refusals of other tests would wait in the same bounded queue
    monkeypatch.setattr(refusals, "_writer", refusals._Writer())
