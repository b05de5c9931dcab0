"""Whoever watches the plant in a drill."""

from importlib import import_module
from typing import TYPE_CHECKING

import pytest
from flask.testing import FlaskClient

from db import api_keys
from db.tables.organizations import OrganizationRow
from tests.support.factories import OrganizationFactory

if TYPE_CHECKING:
    from tests.support.alerts import Alerts


@pytest.fixture
def alerts(client: FlaskClient, organization: OrganizationRow) -> "Alerts":
    """Prometheus, as it were; there is a tenant beside whoever runs the plant."""
    _, key = api_keys.create(OrganizationFactory.create(slug="default").id, "prometheus")
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    # only now: the product reads its settings when it is imported, and this file is loaded before there are any
    watching: Alerts = import_module("tests.support.alerts").Alerts(client)
    return watching
