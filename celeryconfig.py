"""Celery's settings as plain data, each with the reason that was measured."""

import settings

_settings = settings.current_or_exit()

broker_url = _settings.broker_url
_redis = broker_url.startswith("redis")

# A hard limit far above every socket timeout; no soft limit: it corrupts the pool's pipe when the broker hangs.
task_time_limit = _settings.worker_timeout_s + 30
# a transcription may ask three times, one after the other: what became of the last job, for the recording, for its words
TRANSCRIBE_TIME_LIMIT = 3 * _settings.worker_timeout_s + 30
# asking what we missed is many questions; it stops by itself before this, and goes on next time
RECONCILE_TIME_LIMIT = TRANSCRIBE_TIME_LIMIT
task_annotations = {
    "transcript.transcribe": {"time_limit": TRANSCRIBE_TIME_LIMIT},
    "plant.reconcile": {"time_limit": RECONCILE_TIME_LIMIT},
    # a job may ask twice: for a recording and for its words, or for what is meant and what to answer
    "job.run": {"time_limit": TRANSCRIBE_TIME_LIMIT},
}

# The broker hands a message out again after this long; the shortest value of any process wins, so all read it here.
_visibility_timeout = int(2 * TRANSCRIBE_TIME_LIMIT)

broker_transport_options = (
    {
        "visibility_timeout": _visibility_timeout,
        "unacked_restore_interval": 5,  # the default sweeps every 100 s
        "unacked_restore_throttle": 1,  # and the default lets only every tenth of these sweeps through
        "socket_timeout": 2,  # the default waits for ever
        "socket_connect_timeout": 0.5,
        "socket_keepalive": True,  # a host that vanished is noticed on an idle connection
        "health_check_interval": 10,  # so is one that hangs
    }
    if _redis
    else {"confirm_publish": True}
)
broker_connection_retry_on_startup = True  # a worker may be started before its broker
broker_channel_error_retry = True  # a Redis that is full answers with errors: that is no reason for a worker to end
broker_connection_max_retries = None  # a worker never gives up on its broker
broker_heartbeat = 10  # AMQP only: a broker that vanished is noticed within half a minute

# The front's own limits: it publishes on a thread, and even that thread must not hang.
PUBLISHER = {
    "task_publish_retry": False,  # the sweeper rings again; retries in here took 606 ms when the broker refused
    "broker_connection_timeout": 0.05,
    "broker_pool_acquire_timeout": 0.02,
    "broker_pool_limit": 2,  # one thread publishes
    "broker_transport_options": broker_transport_options
    | ({"socket_timeout": 0.05, "socket_connect_timeout": 0.05, "max_retries": 0} if _redis else {}),
}

include = [
    "tasks.steps.transcribe",
    "tasks.steps.classify_speakers",
    "tasks.steps.generate_reply",
    "tasks.steps.persist",
    "tasks.deliver",
    "tasks.jobs.task",
    "tasks.periodic",
    "tasks.reconciliation.task",
    "tasks.realtime",
    "tasks.worker",
    "tasks.doctor.description",
]

task_serializer = "json"
accept_content = ["json"]  # whoever writes to the broker must not make a worker run what they wrote
task_ignore_result = True  # Postgres is the record; a result backend would be a second one
result_backend = None
task_acks_late = True
task_reject_on_worker_lost = True  # without it a killed child's message is acknowledged and lost
# never loop in the broker: the run's own retries decide
task_acks_on_failure = True
task_acks_on_timeout = True
worker_prefetch_multiplier = 1  # whoever is busy keeps nothing from whoever is free
worker_send_task_events = True  # for Flower; never evidence of completeness
task_send_sent_event = True
worker_consumer = "tasks.consumer:Consumer"  # sends these events ten times a second, not one by one
worker_hijack_root_logger = False  # observability/ owns the logs
worker_cancel_long_running_tasks_on_connection_loss = False  # the lease makes it unnecessary
worker_soft_shutdown_timeout = 8.0  # below the host's grace period; needs REMAP_SIGTERM=SIGQUIT
worker_enable_soft_shutdown_on_idle = True  # a message that comes just then is not cancelled either; it costs an idle worker 8 s
enable_utc = True  # beat's times; leases know only the database's clock
timezone = "UTC"

# A queue is named for the scarce thing that it waits for.
task_create_missing_queues = True
task_default_queue = "records"
# What a person waits for, on the line or in danger, has queues of its own: live turns with all their steps, calls for help with what is
# said into a call. A worker takes from these first (tasks/broker.py).
LIVE_QUEUE, DELIVER_NOW_QUEUE = "live", "deliver_now"
task_routes = {
    "transcript.transcribe": {"queue": "speech"},
    "transcript.classify_speakers": {"queue": "language"},
    "reply.generate": {"queue": "language"},
    "transcript.persist": {"queue": "records"},
    "reply.deliver": {"queue": "deliver"},
    "realtime.mint": {"queue": LIVE_QUEUE},
    "job.run": {"queue": "language"},  # or another one, by what its job waits for (tasks/dispatch.py)
    "plant.tidy": {"queue": "records"},
    "plant.check": {"queue": "records"},
    "plant.reconcile": {"queue": "records"},
}

TIDY_EVERY_S = 300.0
# how long something may be broken before anybody hears of it; beside a million events all queries together take a second
CHECK_EVERY_S = 60.0
# how long a webhook that never came is missed for; each time costs two questions an account
RECONCILE_EVERY_S = 300.0
# where beat keeps its own file is told in the Procfile; it holds no truth: last_run_at is in Postgres
beat_schedule = {
    name: {"task": name, "schedule": every_s, "options": {"expires": every_s}}
    for name, every_s in {"plant.tidy": TIDY_EVERY_S, "plant.check": CHECK_EVERY_S, "plant.reconcile": RECONCILE_EVERY_S}.items()
}
