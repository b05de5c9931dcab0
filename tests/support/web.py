"""Callers of the web application, and workers that are quick; loaded by the conftest once the settings are in place."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api import metrics, probes
from db import api_keys
from db.engine import FRONT, WORK, use
from db.tables.organizations import OrganizationRow
from domain.access import Scope
from providers import registry
from tests.support import acting
from tests.support.fake_vendors import FakeModel
from webhooks import tenants
from wsgi import app as application


@pytest.fixture(scope="session")
def app() -> Flask:
    """The web application as gunicorn gets it."""
    return application


@pytest.fixture
def client(app: Flask) -> Iterator[FlaskClient]:
    """A caller without credentials, served with the front's own impatience with the database."""
    use(FRONT)
    metrics.forget()
    probes.forget()
    # a test before had organizations of its own
    tenants.forget()
    yield app.test_client()
    use(WORK)


@pytest.fixture
def api_client(client: FlaskClient, organization: OrganizationRow) -> FlaskClient:
    """A caller with an API key of ``organization``."""
    key_id, key = api_keys.create(organization.id, "test", Scope.ADMIN)
    # as one that is in use: that is written down once a minute, and not in every test that counts statements
    api_keys.note_use(organization.id, key_id)
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    return client


@pytest.fixture
def at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs are done at once."""
    acting.at_once(monkeypatch)


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch, at_work: None) -> FakeModel:
    """A model that answers everything, so far."""
    fake = FakeModel()
    monkeypatch.setattr(registry, "classifier", lambda: fake)
    monkeypatch.setattr(registry, "reply_writer", lambda: fake)
    return fake
