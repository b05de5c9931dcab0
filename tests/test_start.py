"""Importing opens no connection and costs the front neither a second nor a vendor's client."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("webhooks", "api", "tasks", "providers", "db", "domain", "observability")
SINGLES = ("settings", "celeryconfig", "wsgi")
NOT_FOR_THE_FRONT = ("openai", "deepgram", "twilio.rest", "sklearn", "numpy", "sentry_sdk", "alembic", "gunicorn")
# what may be measured only where nobody else looks on
COVERAGE = ("COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG", "COV_CORE_SOURCE", "COV_CORE_CONFIG", "COV_CORE_DATAFILE")

GUARDED = """
import importlib, socket, sys
import psycopg2

def refuse(*_, **__):
    raise AssertionError("a connection was opened")

socket.socket.connect = socket.socket.connect_ex = socket.create_connection = refuse
psycopg2.connect = psycopg2._connect = refuse
for name in sys.argv[1:]:
    importlib.import_module(name)
"""
TIMES = 4
TIMED = "import time; started = time.process_time(); import {}; print(time.process_time() - started)"
# the libraries that a front of ours cannot do without: on a busy or slow machine a second is measured in these
UNAVOIDABLE = (
    "flask, celery, marshmallow, sqlalchemy.orm, psycopg2, kombu.transport.redis, flask_smorest, structlog, flask_cors, jwt, limits"
)


def _modules() -> list[str]:
    files = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    return [*SINGLES, *sorted({".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in files})]


def _python(*arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if name not in COVERAGE}
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120)


def test_importing_any_module_opens_no_connection() -> None:
    done = _python("-c", GUARDED, *_modules())
    assert done.returncode == 0, done.stderr


def test_the_guard_notices_a_connection() -> None:
    done = _python("-c", f"{GUARDED}\npsycopg2.connect('')")
    assert "a connection was opened" in done.stderr


def test_front_loads_no_vendors_client_and_nothing_that_only_others_need() -> None:
    done = _python("-c", f"import sys, wsgi; print(*sys.modules.keys() & set({NOT_FOR_THE_FRONT!r}))")
    assert (done.returncode, done.stdout.split()) == (0, []), done.stderr


def test_the_front_collects_garbage_again_once_it_stands() -> None:
    """It leaves that out while it starts."""
    done = _python("-c", "import gc, wsgi; print(gc.isenabled(), gc.get_freeze_count() > 100_000)")
    assert done.stdout.split() == ["True", "True"], done.stderr


@pytest.mark.alone
def test_front_starts_within_a_second() -> None:
    # the machine's moods only ever add to what an import takes
    seconds, unavoidable = (min(times) for times in zip(*((_seconds("wsgi"), _seconds(UNAVOIDABLE)) for _ in range(TIMES)), strict=True))
    assert seconds < max(1.0, 2 * unavoidable), f"importing wsgi took {seconds:.2f} s, {UNAVOIDABLE} alone {unavoidable:.2f} s"


def _seconds(modules: str) -> float:
    """Processor time of an import, the best of three."""
    return min(float(_python("-c", TIMED.format(modules)).stdout) for _ in range(3))
