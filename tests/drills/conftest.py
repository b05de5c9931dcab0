"""A house that is harmed from outside only, and the commands that a person would type."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
from flask.testing import FlaskClient

from db import api_keys
from db.tables.organizations import OrganizationRow
from tests.support import commands, processes
from tests.support.factories import OrganizationFactory

if TYPE_CHECKING:
    from tests.support.alerts import Alerts

PATIENCE_S = 120.0


@dataclass(frozen=True, slots=True)
class Told:
    """What `why` says, as a program reads it."""

    exit_code: int
    code: str
    sentence: str
    evidence: list[str]
    fix: str | None
    command: str | None


def typed(command: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run a command as it is printed, to its end."""
    return commands.typed(command, {**processes.surroundings(processes.ROOT), **environment})


Why = Callable[..., Told]


@pytest.fixture
def why(organization: OrganizationRow) -> Why:
    """Ask why, as a process of its own."""

    def ask(name: object, **environment: str) -> Told:
        done = typed(f"celery -A tasks why --json --org {organization.slug} {name}", **environment)
        assert "Traceback" not in done.stderr, done.stderr
        told: dict[str, Any] = json.loads(done.stdout)
        return Told(done.returncode, told["code"], told["sentence"], told["evidence"], told["fix"], told["command"])

    return ask


@pytest.fixture
def until_told(why: Why) -> Callable[[object, str], Told]:
    """Ask again until the cause has this code; fails with the last answer."""

    def ask(name: object, code: str) -> Told:
        answers: list[Told] = []

        def look() -> Told | None:
            answers.append(why(name))
            return answers[-1] if answers[-1].code == code else None

        try:
            return processes.until(look, code, timeout_s=PATIENCE_S)
        except AssertionError as error:
            raise AssertionError(f"{error}; the last answer was {answers[-1]}") from None

    return ask


def obeyed(told: Told) -> None:
    """Type the command that was printed; it has to work."""
    assert told.command
    done = typed(told.command)
    assert done.returncode == 0, f"{told.command}\n{done.stdout}{done.stderr}"


@pytest.fixture
def alerts(client: FlaskClient, organization: OrganizationRow) -> "Alerts":
    """Prometheus, as it were; there is a tenant beside whoever runs the plant."""
    _, key = api_keys.create(OrganizationFactory.create(slug="default").id, "prometheus")
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    # only now: the product reads its settings when it is imported, and this file is loaded before there are any
    watching: Alerts = import_module("tests.support.alerts").Alerts(client)
    return watching
