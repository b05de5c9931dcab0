"""/metrics: the plant's own figures, for Prometheus. They are of all organizations, so not every key may read them."""

import threading
import time
from dataclasses import dataclass

import structlog
from flask import Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from api.auth import of_the_plant
from api.lately import RecentFigures
from api.smorest import Blueprint
from api.standing import StandingFigures
from db.plant import figures, trends
from db.plant.figures import Figures
from db.plant.trends import Trends
from domain.access import Scope
from domain.errors import StoreUnavailable
from domain.load import Load
from observability import access_figures, answer_times
from tasks import dispatch

log = structlog.get_logger()

metrics = Blueprint("metrics", __name__, description="Figures for Prometheus")

# whoever asks more often hears the same again: however many ask, PostgreSQL and the broker are asked once in so many seconds by a process
KEPT_S = 2.0
# a scrape must not hang on a broker that does
BROKER_TIMEOUT_S = 0.5


@dataclass(frozen=True, slots=True)
class _Reading:
    figures: Figures
    trends: Trends | None
    load: Load
    until: float  # monotonic


class _Kept:
    lock = threading.Lock()
    reading: _Reading | None = None


@metrics.get("/metrics")
@metrics.allows(Scope.VIEWER)
@of_the_plant
@metrics.response(200, content_type="text/plain")
def get_metrics() -> Response:
    """What is due, what failed, which promises are broken, what the last hour was like. Only for keys of the organization `default`."""
    read = _reading()
    registry = CollectorRegistry()
    registry.register(StandingFigures(read.figures, read.load))
    registry.register(RecentFigures(read.trends))
    answer_times.register(registry)
    access_figures.register(registry)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def forget() -> None:
    """Read anew at the next scrape."""
    _Kept.reading = None


def _reading() -> _Reading:
    with _Kept.lock:
        if _Kept.reading is None or _Kept.reading.until < time.monotonic():
            _Kept.reading = None
            _Kept.reading = _Reading(figures.read(), _trends(), dispatch.broker_load(BROKER_TIMEOUT_S), time.monotonic() + KEPT_S)
        return _Kept.reading


def _trends() -> Trends | None:
    # what tells of trouble must not be silent because the hour was busy
    try:
        return trends.read()
    except StoreUnavailable as error:
        log.warning("trends_not_read", error=str(error))
        return None
