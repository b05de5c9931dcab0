"""What a worker that the Procfile starts says of its own settings: nothing on the way from celeryconfig to it has changed one."""

import pytest

import celeryconfig
from benchmarks.harness.processes import Process
from tasks import app
from tests.support.processes import until

# REMAP_SIGTERM, the pool and what the command line sets are not among them; secrets come back as stars
MEASURED = (
    "task_acks_late", "task_reject_on_worker_lost", "task_acks_on_failure", "task_acks_on_timeout", "task_ignore_result", "task_time_limit",
    "worker_prefetch_multiplier", "broker_transport_options", "broker_connection_retry_on_startup", "broker_connection_max_retries",
    "worker_cancel_long_running_tasks_on_connection_loss", "worker_soft_shutdown_timeout", "worker_enable_soft_shutdown_on_idle",
    "worker_send_task_events", "task_send_sent_event",
)  # fmt: skip


@pytest.fixture
def told(worker: Process) -> dict[str, object]:
    """What the running worker answers when it is asked for its settings."""
    answers = until(lambda: app.control.inspect(timeout=2).conf(with_defaults=True), "the worker tells its settings")
    [settings] = answers.values()
    return dict(settings)


def test_a_running_worker_has_every_setting_that_was_measured(told: dict[str, object]) -> None:
    assert {name: told[name] for name in MEASURED} == {name: getattr(celeryconfig, name) for name in MEASURED}
    assert told["task_soft_time_limit"] is None
    assert told["result_backend"] is None
