"""What the last hour was like, as families of figures: ``hookline_recent_…``. What slides out of the hour is counted no more."""

from collections.abc import Iterable, Iterator
from itertools import product

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from api.families import gauge, single
from db.plant.trends import Counts, Trends
from domain.chain import EffectKind, EffectState, Purpose, RunState
from domain.jobs import JobKind, JobState
from domain.speech import Urgency
from domain.statuses import ProcessingStatus, TranscriptStatus

RUN_STATES = (*RunState, "dismissed")
EFFECT_STATES = (*EffectState, "undelivered")


class RecentFigures(Collector):
    """Told at a scrape from what was read; None if it could not be read in time."""

    def __init__(self, read: Trends | None) -> None:
        """Tell these."""
        self._read = read

    def collect(self) -> Iterator[Metric]:
        """One family after the other; without a reading only that there is none."""
        yield single("recent_unread", "1: the last hour could not be read in time, and is left out", self._read is None)
        if self._read:
            yield from _chain(self._read)
            yield from _taken(self._read)
            yield from _told(self._read)


def _chain(read: Trends) -> Iterator[Metric]:
    statuses = _all(read.transcripts, TranscriptStatus, ProcessingStatus)
    yield gauge("recent_transcripts", "Transcripts, by both statuses", ("status", "processing_status"), statuses)
    yield gauge("recent_runs", "Runs, by why they are and how they stand", ("purpose", "state"), _all(read.runs, Purpose, RUN_STATES))
    yield single("recent_runs_degraded", "Runs in which an engine stood in for another", read.degraded)
    yield gauge("recent_step_seconds", "How long a step's last try took", ("stage", "quantile"), read.worked_s)
    yield gauge("recent_step_wait_seconds", "From when a step was due to its last try", ("stage", "quantile"), read.waited_s)


def _taken(read: Trends) -> Iterator[Metric]:
    yield gauge("recent_usage", "What vendors counted, by their units", ("provider", "unit"), read.usage)
    yield gauge("recent_price_usd", "What that costs by your prices", ("provider",), read.price_usd)
    yield gauge(
        "recent_model_answers", "Answers of models: asked for, or kept from before", ("source",), _all(read.answers, ("asked", "kept"))
    )


def _told(read: Trends) -> Iterator[Metric]:
    yield gauge("recent_utterances", "Utterances whose recognition is at most as sure as `le`", ("le",), read.heard)
    yield gauge("recent_effects", "Effects, by how they stand", ("kind", "state"), _all(read.effects, EffectKind, EFFECT_STATES))
    yield gauge(
        "recent_safety_findings",
        "Runs with a finding, by its urgency",
        ("urgency",),
        _all(read.findings, (Urgency.HIGH, Urgency.EMERGENCY)),
    )
    outcomes = _all(read.callbacks, ("arrived", "resubmitted", "awaited", "lost"))
    yield gauge("recent_callbacks", "Recordings that were submitted, by what came back", ("outcome",), outcomes)
    yield gauge("recent_jobs", "What was asked of the API, by how it stands", ("kind", "state"), _all(read.jobs, JobKind, JobState))


def _all(found: Counts, *values: Iterable[str]) -> Counts:
    """What was found, and 0 for every other value that the labels may have."""
    return {tuple(map(str, each)): 0.0 for each in product(*values)} | dict(found)
