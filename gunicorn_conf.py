"""How gunicorn serves the front: threads, one import for all workers, limits; PORT and WEB_CONCURRENCY come from the host."""

import contextlib
import os
import shutil
import tempfile
from uuid import UUID

from gunicorn.arbiter import Arbiter  # type: ignore[import-untyped]  # gunicorn ships no types
from gunicorn.workers.base import Worker  # type: ignore[import-untyped]  # gunicorn ships no types
from werkzeug.test import Client

import settings
from db import engine, organizations
from domain.errors import StoreUnavailable

wsgi_app = "wsgi:app"
bind = f"0.0.0.0:{settings.count_or_exit('PORT', 8000)}"  # a host's router reaches us from outside; the local stack narrows it to loopback

worker_class = "webhooks.handover.Worker"  # threads
workers = settings.count_or_exit("WEB_CONCURRENCY", 2)
threads = settings.count_or_exit("WEB_THREADS", 4)
preload_app = True  # without it, every reload answered above 100 ms while the workers imported anew

# A worker that gives no sign for so many seconds is replaced. It does not end a slow request: a thread reads a head for as long as the
# sender likes, and workers x threads + a few half-sent heads stop us. A buffering proxy or router has to stand in front (docs/deploy.md).
timeout = 30
graceful_timeout = 20  # below the 30 s that a host grants between SIGTERM and SIGKILL
keepalive = 75  # longer than the router's own idle time, so that it never meets a connection we are closing
backlog = 512  # what waits longer than a vendor's patience is better refused at once
max_requests = 0  # a worker does not grow; recycling would only add cold starts
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108, PTH112  # the heartbeat file must not wait for a disk

_NOBODY = UUID(int=0)
_OURS = "hookline-figures-"
# Each process counts its answers' times in a file here, and any of them tells all at /metrics (observability/answer_times.py); a folder
# that the host names is left as it is. The library looks for it when the application is imported, so it is set here.
_figures = os.environ.get("PROMETHEUS_MULTIPROC_DIR") or tempfile.mkdtemp(prefix=_OURS, dir=worker_tmp_dir)
os.makedirs(_figures, exist_ok=True)  # noqa: PTH103 - as above
os.environ["PROMETHEUS_MULTIPROC_DIR"] = _figures

limit_request_line = 8190
limit_request_fields = 60
limit_request_field_size = 8190

accesslog = None  # it would write path tokens; the application logs route templates instead
errorlog = "-"
control_socket_disable = True  # one shared file per user: two stacks on a machine would take it from each other


def post_worker_init(worker: Worker) -> None:
    """Open connections and prepare the first query now, not in the first webhooks (120 ms more, cold)."""
    stranger = {"Authorization": f"Bearer hk_{'0' * 32}_{'0' * 20}"}
    Client(worker.wsgi).get("/v1/transcripts", headers=stranger)  # refused by whatever surface serves; with the database down it is a 503
    with contextlib.suppress(StoreUnavailable):
        organizations.find(_NOBODY)  # what a webhook asks first, where nobody serves the API either
        engine.open_connections(threads)


def on_exit(_server: Arbiter) -> None:
    """Forget what was counted, but leave a folder that the host has named."""
    if os.path.basename(_figures).startswith(_OURS):  # noqa: PTH119 - as above
        shutil.rmtree(_figures, ignore_errors=True)
