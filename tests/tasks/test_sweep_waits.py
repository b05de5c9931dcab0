"""How old a stage is for whoever loses patience with it: what waited for something outside begins anew."""

import pytest
from kombu.connection import Connection

from db import runs
from domain.runs import MISSING_EVENTS, Wait
from tasks import sweeper
from tests.support import chain
from tests.support.factories import RunFactory
from tests.support.stored import rows

_DUE = """
UPDATE runs SET next_publish_at = clock_timestamp() - interval '1 second', not_before = clock_timestamp() - interval '1 second',
    stage_since = clock_timestamp() - interval '60 hours' RETURNING id"""


@pytest.mark.parametrize(("reason", "age_h"), [("no_transcriber", 0), ("deepgram", 0), (MISSING_EVENTS, 60)])
def test_for_what_has_waited_the_stage_begins_anew(broker: Connection, reason: str, age_h: int) -> None:
    """Days without a transcriber used up the patience with it: at its first bad hour all that had waited died within minutes."""
    run = RunFactory.create()
    runs.wait(chain.claim(run.id), Wait(reason, 3_600))
    rows(_DUE)
    assert sweeper.sweep_once(broker, "worker@test", ["speech"]) == 1
    assert chain.claim(run.id).stage_age_s == pytest.approx(age_h * 3_600, abs=600)


def test_what_only_backed_off_is_as_old_as_it_was(broker: Connection) -> None:
    run = RunFactory.create()
    runs.postpone(chain.claim(run.id), "openai:429", delay_s=30, give_back=True)
    rows(_DUE)
    assert sweeper.sweep_once(broker, "worker@test", ["speech"]) == 1
    assert chain.claim(run.id).stage_age_s > 59 * 3_600
