"""A command that is printed can be typed: it is what the Procfile starts, and it is found in the words around it."""

import pytest
from honcho.environ import parse_procfile

from domain.diagnosis import repairs
from tests.architecture.source import ROOT

PROCFILE = parse_procfile((ROOT / "Procfile").read_text(encoding="utf-8")).processes


@pytest.mark.parametrize(("name", "queue", "concurrency"), [("worker", "speech", "WORKER"), ("batch", "batch", "BATCH")])
def test_a_worker_is_started_as_the_procfile_does_it(name: str, queue: str, concurrency: str) -> None:
    line = PROCFILE[name].replace(f"${{{concurrency}_CONCURRENCY:-{1 if name == 'batch' else 2}}}", "2")
    assert repairs.start_worker(queue) == line


def test_beat_is_started_as_the_procfile_does_it() -> None:
    assert PROCFILE["beat"].startswith(repairs.BEAT)


@pytest.mark.parametrize(
    "command",
    [
        "celery -A tasks reconcile",
        "alembic upgrade head",
        repairs.start_worker("batch"),
        repairs.start_redis("/usr/bin/redis-server", 6379, has_password=True),
        repairs.set_redis("maxmemory-policy", "noeviction"),
        repairs.end_session(4711),
    ],
)
def test_a_command_is_found_behind_the_words_that_explain_it(command: str) -> None:
    assert repairs.command_in(f"set X to what `celery -A tasks doctor` shows, or `make up`; then: {command}") == command


def test_where_nothing_can_be_typed_none_is_found() -> None:
    assert repairs.command_in("restart `web`, then look at `celery -A tasks explain-signature`") is None
