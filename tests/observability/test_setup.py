"""One call sets a process up; without SENTRY_DSN nothing of Sentry is even loaded."""

import os
import subprocess
import sys

import pytest

SAY = "import sys; from observability.setup import setup; setup('worker'); setup('worker'); "


def _loaded(module: str, **environment: str) -> bool:
    code = f"{SAY} print({module!r} in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | environment, capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.strip() == "True"


@pytest.mark.parametrize(("dsn", "loaded"), [({}, False), ({"SENTRY_DSN": "https://public@127.0.0.1:9/1"}, True)])
def test_sentry_is_loaded_only_where_it_is_configured(dsn: dict[str, str], *, loaded: bool) -> None:
    assert _loaded("sentry_sdk", **dsn) is loaded


def test_sentry_does_not_load_the_vendors_clients() -> None:
    assert not _loaded("openai", SENTRY_DSN="https://public@127.0.0.1:9/1")
