"""Locks go conversation → transcript → run → effect: whoever waits for one holds none of the later ones."""

from functools import partial

import pytest

from db.results import publish
from domain.chain import Stage
from domain.runs import Publication
from tests.support import chain
from tests.support.factories import RunFactory
from tests.support.stored import row


@pytest.mark.parametrize("planned", [0, 1])
def test_a_publication_that_waits_for_its_transcript_does_not_hold_its_run(planned: int) -> None:
    run = RunFactory.create(stage=Stage.PERSIST)
    held = chain.claim(run.id, Stage.PERSIST)
    answer = Publication((chain.sms(run.transcript_id),) * planned)
    with chain.holding("SELECT FROM transcripts WHERE id = %s FOR UPDATE", str(run.transcript_id)) as cursor:
        [publishing] = chain.started([partial(publish, held, answer)])
        chain.until_blocked()
        cursor.execute("SELECT id FROM runs WHERE id = %s FOR UPDATE NOWAIT", (str(run.id),))
    assert len(publishing.result(10)) == planned
    assert row("SELECT state FROM runs") == {"state": "done"}
