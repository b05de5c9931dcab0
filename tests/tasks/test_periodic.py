"""What beat rings for happens once per interval, however many schedulers there are."""

from functools import partial

import celeryconfig
from tasks import app
from tasks.periodic import tidy
from tests.support import chain
from tests.support.plant_factories import KeptAnswerFactory, WorkerFactory
from tests.support.stored import count, rows


def test_tidying_forgets_silent_workers_and_old_answers() -> None:
    WorkerFactory.create()
    rows("UPDATE workers SET seen_at = clock_timestamp() - interval '2 days' RETURNING name")
    KeptAnswerFactory.create()
    KeptAnswerFactory.create()
    rows(
        "UPDATE kept_answers SET created_at = clock_timestamp() - interval '2 hours'"
        " WHERE key = (SELECT key FROM kept_answers ORDER BY key LIMIT 1) RETURNING key"
    )
    assert tidy() == "workers 1, answers 1, bodies 0, transcripts 0, jobs 0"
    assert (count("workers"), count("kept_answers")) == (0, 1)


def test_two_schedulers_tidy_once() -> None:
    outcomes = chain.at_once([partial(tidy)] * 3)
    assert sorted(outcomes) == [
        "another scheduler's turn",
        "another scheduler's turn",
        "workers 0, answers 0, bodies 0, transcripts 0, jobs 0",
    ]


def test_every_periodic_task_expires_when_its_next_one_is_due() -> None:
    app.loader.import_default_modules()
    for entry in celeryconfig.beat_schedule.values():
        assert entry["options"] == {"expires": entry["schedule"]}
        assert entry["task"] in app.tasks
