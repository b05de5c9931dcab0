"""Celery's settings as they take effect: in a worker's application and in a web process, each in a process of its own."""

import json
import subprocess
import sys
from functools import cache
from typing import Any

import pytest

from tests.architecture.source import ROOT

NAMES = (
    "task_acks_late", "task_reject_on_worker_lost", "task_acks_on_failure", "task_acks_on_timeout", "task_ignore_result", "result_backend",
    "worker_prefetch_multiplier", "broker_transport_options", "broker_connection_retry_on_startup", "broker_connection_max_retries",
    "task_time_limit", "task_soft_time_limit", "worker_cancel_long_running_tasks_on_connection_loss", "worker_soft_shutdown_timeout",
    "worker_enable_soft_shutdown_on_idle", "task_publish_retry", "broker_connection_timeout", "broker_pool_acquire_timeout",
    "worker_send_task_events", "task_send_sent_event", "task_serializer", "accept_content", "enable_utc",
)  # fmt: skip
# what the transport really got, not what was configured: the client's own connection is asked
_ASK = """
import json, sys
{start}
from tasks import app
app.loader.import_default_modules()
with app.connection_for_write() as connection:
    client = connection.default_channel.client.connection_pool.connection_kwargs
    found = {{name: app.conf[name] for name in {names!r}}}
    found["socket"] = {{name: client.get(name) for name in ("socket_timeout", "socket_connect_timeout", "health_check_interval")}}
    found["visibility_timeout"] = connection.default_channel.visibility_timeout
    found["connect_timeout"] = connection.connect_timeout
task = app.tasks["transcript.transcribe"]
found["task"] = {{name: getattr(task, name) for name in {task_names!r}}}
print(json.dumps(found))
"""
_TASK_NAMES = ("acks_late", "reject_on_worker_lost", "acks_on_failure", "acks_on_timeout", "ignore_result", "time_limit", "soft_time_limit")


@cache
def _effective(start: str) -> dict[str, Any]:
    script = _ASK.format(start=start, names=NAMES, task_names=_TASK_NAMES)
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-2_000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture
def worker() -> dict[str, Any]:
    """A worker's application."""
    return _effective("")


@pytest.fixture
def web() -> dict[str, Any]:
    """A web process after create_app()."""
    return _effective("import wsgi")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("task_acks_late", True),
        ("task_reject_on_worker_lost", True),
        ("task_acks_on_failure", True),
        ("task_acks_on_timeout", True),
        ("task_ignore_result", True),
        ("result_backend", None),
        ("worker_prefetch_multiplier", 1),
        ("broker_connection_retry_on_startup", True),
        ("broker_connection_max_retries", None),
        ("task_soft_time_limit", None),
        ("worker_cancel_long_running_tasks_on_connection_loss", False),
        ("worker_enable_soft_shutdown_on_idle", True),
        ("worker_send_task_events", True),
        ("task_send_sent_event", True),
        ("task_serializer", "json"),
        ("accept_content", ["json"]),
        ("enable_utc", True),
    ],
)
def test_a_worker_has_the_setting_that_was_measured(worker: dict[str, Any], name: str, value: object) -> None:
    assert worker[name] == value


def test_the_steps_themselves_have_the_settings(worker: dict[str, Any]) -> None:
    on = ("acks_late", "reject_on_worker_lost", "acks_on_failure", "acks_on_timeout", "ignore_result")
    assert {name: worker["task"][name] for name in on} == dict.fromkeys(on, True)
    assert worker["task"]["soft_time_limit"] is None


def test_a_workers_sockets_have_limits(worker: dict[str, Any]) -> None:
    assert worker["socket"] == {"socket_timeout": 2, "socket_connect_timeout": 0.5, "health_check_interval": 10}


def test_a_lost_message_is_handed_out_again_soon(worker: dict[str, Any]) -> None:
    options = worker["broker_transport_options"]
    assert (options["unacked_restore_interval"], options["unacked_restore_throttle"]) == (5, 1)


def test_the_visibility_timeout_is_the_same_in_every_process(worker: dict[str, Any], web: dict[str, Any]) -> None:
    assert worker["visibility_timeout"] == web["visibility_timeout"]
    longest = worker["task"]["time_limit"]
    assert longest > worker["task_time_limit"], "a transcription may ask three times"
    assert 2 * longest <= worker["visibility_timeout"] <= 3 * longest


def test_the_hard_limit_is_far_above_the_limit_of_a_call(worker: dict[str, Any]) -> None:
    assert worker["task_time_limit"] >= 60 + 20


def test_a_worker_has_time_to_end_before_the_host_kills_it(worker: dict[str, Any]) -> None:
    assert 5 <= worker["worker_soft_shutdown_timeout"] < 30
    procfile = (ROOT / "Procfile").read_text(encoding="utf-8")
    workers = [line for line in procfile.splitlines() if "celery -A tasks worker" in line]
    assert len(workers) == 3
    assert all("REMAP_SIGTERM=SIGQUIT" in line for line in workers)


def test_the_front_publishes_impatiently(web: dict[str, Any]) -> None:
    assert web["task_publish_retry"] is False
    assert (web["broker_connection_timeout"], web["broker_pool_acquire_timeout"], web["connect_timeout"]) == (0.05, 0.02, 0.05)
    assert (web["socket"]["socket_timeout"], web["socket"]["socket_connect_timeout"]) == (0.05, 0.05)
    assert web["broker_transport_options"]["max_retries"] == 0


def test_a_worker_publishes_patiently(worker: dict[str, Any]) -> None:
    assert worker["task_publish_retry"] is True
    assert worker["connect_timeout"] > 0.05
