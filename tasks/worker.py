"""What a worker does beside tasks: logs, Sentry, the sweeper and the lookout in its parent, and what it leaves in order at its end."""

import signal

import structlog
from celery.signals import setup_logging, worker_init, worker_process_init, worker_ready, worker_shutdown, worker_shutting_down
from celery.worker import WorkController
from celery.worker.consumer import Consumer

from db.plant import progress, sweep, workers
from domain.errors import StoreUnavailable
from observability import setup
from providers import registry
from tasks import app, broker, identity, watch
from tasks.ending import Ending
from tasks.lookout import Lookout
from tasks.sweeper import Sweeper

log = structlog.get_logger()

# Whoever ends waits no longer than this for its sweeper; on a busy machine the pass at hand took more than two seconds.
SIGNING_OFF_S = 6.0

_threads: list[Sweeper | Lookout] = []


@setup_logging.connect
def _speak_json(**_: object) -> None:
    setup.setup("worker")


@worker_init.connect
def _import_before_the_fork(sender: WorkController, **_: object) -> None:
    identity.begin(sender.hostname)
    watch.reap()
    registry.preload()


@worker_process_init.connect
def _speak_json_in_child(**_: object) -> None:
    setup.setup("worker")


@worker_process_init.connect
def _be_ended_by_a_timer(**_: object) -> None:
    # a child that takes another one's place has inherited what its parent follows its own end with, and would only note that its time is up
    signal.signal(signal.SIGALRM, signal.SIG_DFL)


@worker_ready.connect
def _start_sweeping(sender: Consumer, **_: object) -> None:
    queues = [queue.name for queue in sender.task_consumer.queues]
    for thread in (Sweeper(identity.of(sender.hostname), queues), Lookout()):
        _threads.append(thread)
        thread.start()


@worker_ready.connect
def _end_between_two_turns(sender: Consumer, **_: object) -> None:
    Ending().follow(sender.hub)


@worker_ready.connect
def _say_if_the_name_is_taken(sender: Consumer, **_: object) -> None:
    try:
        with sweep.opened() as store:
            is_taken = workers.is_name_taken(store, identity.of(sender.hostname))
    except StoreUnavailable:
        return  # the sweeper says that the database is away
    if is_taken:
        log.warning("worker_name_taken", worker=sender.hostname, advice="if the other one still runs, give one of them another name (-n)")


@worker_ready.connect
def _say_if_the_broker_may_evict(**_: object) -> None:
    with app.connection_for_write() as connection:
        policy = broker.eviction_policy(connection)
    if policy not in {None, "noeviction"}:
        log.warning("broker_may_evict", policy=policy, advice="set Redis' maxmemory-policy to noeviction, else a full one drops messages")


@worker_shutting_down.connect
def _leave_in_order(sender: str, how: str, **_: object) -> None:
    for thread in _threads:
        thread.stop()
    # A cold shutdown has just ended the children that were still at work, and Celery says nothing more of it before the process ends; a
    # warm one lets them finish first, and they settle themselves.
    if how == "Cold":
        _hand_back_what_was_cancelled(sender)
        _let_the_sweeper_sign_off()


@worker_shutdown.connect
def _let_the_sweeper_sign_off(**_: object) -> None:
    # whoever is ended by Celery's own command (`control shutdown`) hears of it only here
    for thread in _threads:
        thread.stop()
    for thread in _threads:
        if isinstance(thread, Sweeper):
            thread.join(SIGNING_OFF_S)


def _hand_back_what_was_cancelled(sender: str) -> None:
    try:
        with sweep.opened() as store:
            runs = progress.hand_back(store, identity.of(sender))
    except StoreUnavailable as error:
        log.warning("runs_not_handed_back", worker=sender, error=str(error), consequence="they go on when their leases have run out")
        return
    if runs:
        log.info("runs_handed_back", worker=sender, runs=[str(run) for run in runs])
