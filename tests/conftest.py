"""The ground of every test: real servers, one migrated database per test process, no network beyond loopback."""

import os
from contextlib import ExitStack

import hypothesis
import pytest

import settings
from db.engine import FRONT, WORK, engine, use
from db.tables.organizations import OrganizationRow
from tests.support import broker, database, memory, servers
from tests.support.deepgram import SECRET_KEY
from tests.support.factories import OrganizationFactory
from tests.support.sessions import session
from tests.support.signing import ACCOUNT_SID, AUTH_TOKEN, PUBLIC_BASE_URL

ENVIRONMENT = {
    "PUBLIC_BASE_URL": PUBLIC_BASE_URL,
    "SECRET_KEY": SECRET_KEY,
    "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
    "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
    "ENVIRONMENT": "test",
    "SEND_SMS": "false",
}
# what a developer's shell may hold and a test must not see: vendors' keys, other brokers, somebody's Sentry
FOREIGN = ("CLOUDAMQP_URL", "TWILIO_ACCOUNTS", "SENTRY_DSN", "OPENAI_API_KEY", "DEEPGRAM_API_KEY", "LOG_LEVEL")
LOOPBACK = "127.0.0.1,::1,localhost"
# how the session's servers are told to xdist's workers
DATABASE_SERVER, REDIS_SERVER = "HOOKLINE_TEST_DATABASE_SERVER", "HOOKLINE_TEST_REDIS_SERVER"
TEMPLATE = "hookline_template"

_ground = ExitStack()
# an example that takes long on a busy machine says nothing of the product
hypothesis.settings.register_profile("patient", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("patient")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Start the servers once, in the process that xdist's workers come from; give each process a database of its own."""
    config.option.allow_hosts = config.option.allow_hosts or LOOPBACK
    config.option.allow_unix_socket = True
    memory.take_temporary_files()
    for name in FOREIGN:
        os.environ.pop(name, None)
    os.environ.update(ENVIRONMENT)
    if not hasattr(config, "workerinput"):
        _start_servers()
    worker = os.environ.get("PYTEST_XDIST_WORKER", "master")
    os.environ["DATABASE_URL"] = database.create(os.environ[DATABASE_SERVER], f"hookline_{worker}", TEMPLATE)
    os.environ["REDIS_URL"] = broker.own_database(os.environ[REDIS_SERVER], worker)
    settings.current.cache_clear()
    # only now: importing wsgi makes the application, and that reads the settings
    config.pluginmanager.import_plugin("tests.support.web")
    config.pluginmanager.import_plugin("tests.support.vendor_fixtures")


def _start_servers() -> None:
    os.environ[DATABASE_SERVER], os.environ[REDIS_SERVER] = _ground.enter_context(servers.running())
    os.environ["REDIS_URL"] = os.environ[REDIS_SERVER]
    os.environ["DATABASE_URL"] = database.create(os.environ[DATABASE_SERVER], TEMPLATE)
    settings.current.cache_clear()
    database.upgrade()


def pytest_unconfigure() -> None:
    """Let go; the servers end with the process that started them."""
    session.remove()
    _ground.close()


@pytest.fixture(autouse=True)
def _clean_ground() -> None:
    """Every test starts with empty tables, an empty broker, a worker's patience with the database, and connections of its own.

    What others have planned on a shared connection, and how they left it, would be counted among a test's visits.
    """
    session.remove()
    use(WORK)
    for profile in (FRONT, WORK):
        engine(profile).dispose()
    database.empty(os.environ["DATABASE_URL"])
    broker.empty(os.environ["REDIS_URL"])


@pytest.fixture
def organization() -> OrganizationRow:
    """The tenant that the test's Twilio account belongs to."""
    return OrganizationFactory.create(slug="test", name="Test Clinic", twilio_account_sid=ACCOUNT_SID)
