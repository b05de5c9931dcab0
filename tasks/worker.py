"""What a worker process does beside tasks: logs, Sentry, and the sweeper in its parent process."""

from celery.signals import setup_logging, worker_init, worker_process_init, worker_ready, worker_shutting_down
from celery.worker.consumer import Consumer

from observability import setup
from providers import registry
from tasks import watch
from tasks.sweeper import Sweeper

_sweepers: list[Sweeper] = []


@setup_logging.connect
def _speak_json(**_: object) -> None:
    setup.setup("worker")


@worker_init.connect
def _import_before_the_fork(**_: object) -> None:
    watch.reap()
    registry.preload()


@worker_process_init.connect
def _speak_json_in_child(**_: object) -> None:
    setup.setup("worker")


@worker_ready.connect
def _start_sweeping(sender: Consumer, **_: object) -> None:
    queues = [queue.name for queue in sender.task_consumer.queues]
    sweeper = Sweeper(sender.hostname, queues)
    _sweepers.append(sweeper)
    sweeper.start()


@worker_shutting_down.connect
def _stop_sweeping(**_: object) -> None:
    for sweeper in _sweepers:
        sweeper.stop()
