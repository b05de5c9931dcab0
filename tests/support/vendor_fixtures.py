"""A house whose vendors are the twin; loaded by the conftest once the settings are in place."""

from collections.abc import Iterator

import pytest

import settings
from db.tables.organizations import OrganizationRow
from providers import registry
from providers.local.messenger import LocalMessenger
from scripts import twin as twins
from scripts.twin.client import TwinClient
from scripts.twin.config import Config
from tests.support import front, vendor_house
from tests.support.invariants import assert_they_hold
from tests.support.signing import ACCOUNT_SID, AUTH_TOKEN, PUBLIC_BASE_URL
from tests.support.stored import rows
from tests.support.vendor_house import SPEED, House
from webhooks import tenants

# a slow machine must not be taken for a hanging vendor
TIMEOUT_S = 15


@pytest.fixture
def stays_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is sent is recorded, calls for help as well, which no setting keeps here."""
    monkeypatch.setattr(registry, "_twilio_messenger", LocalMessenger)


@pytest.fixture(scope="session")
def one_front() -> Iterator[str]:
    """The web application, where vendors can call it."""
    with front.listening() as url:
        yield url


@pytest.fixture(scope="session")
def one_twin(one_front: str) -> Iterator[TwinClient]:
    """The vendors of this house."""
    with twins.running(Config({ACCOUNT_SID: AUTH_TOKEN}, routes={PUBLIC_BASE_URL: one_front})) as client:
        yield client


@pytest.fixture
def house(one_twin: TwinClient, one_front: str, organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """Everything is well so far; the organization answers calls by SMS. Whatever was done to it, the promises hold in the end."""
    one_twin.reset()
    one_twin.speed(SPEED)
    tenants.forget()
    for name, value in {**vendor_house.settings(one_twin), "WORKER_TIMEOUT_SECONDS": TIMEOUT_S}.items():
        monkeypatch.setenv(name, str(value))
    settings.current.cache_clear()
    vendor_house.forget_ports()
    rows("UPDATE organizations SET settings = settings || '{\"answers_calls_by_sms\": true}' RETURNING id")
    yield House(one_twin, organization, one_front)
    monkeypatch.undo()
    assert_they_hold()
    settings.current.cache_clear()
    vendor_house.forget_ports()
