"""A task runs under the trace id of its stamp."""

from types import SimpleNamespace

from celery.signals import task_postrun, task_prerun

from observability import celery_trace, trace


class _Task:
    def __init__(self, stamps: dict[str, object] | None) -> None:
        self.request = SimpleNamespace(stamps=stamps)


def _run(stamps: dict[str, object] | None) -> tuple[str, str]:
    celery_trace.install()
    task = _Task(stamps)
    task_prerun.send(sender=task, task=task)
    during = trace.current()
    task_postrun.send(sender=task, task=task)
    return during, trace.current()


def test_task_speaks_under_the_trace_of_its_chain_and_leaves_it_afterwards() -> None:
    assert _run({"trace_id": ["trace-of-the-chain"]}) == ("trace-of-the-chain", "")
    assert _run({"trace_id": "trace-of-a-lone-task"}) == ("trace-of-a-lone-task", "")


def test_task_without_a_stamp_has_a_trace_of_its_own() -> None:
    first, second = _run(None)[0], _run({})[0]
    assert len(first) == len(second) == 32
    assert first != second
