"""What was kept for long enough is emptied, chunk by chunk; rows, keys and figures stay, and nothing that is at work is touched."""

import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest

from db import retries, selection
from db.plant import retention
from db.tables.organizations import OrganizationRow
from domain.batches import Selection
from domain.chain import STAGES, Stage
from domain.errors import RefusedError, StepFailed
from domain.privacy.retention import Emptied
from tasks import app
from tasks.retention import empty_old
from tests.support import chain
from tests.support.factories import now
from tests.support.invariants import EVER, assert_they_hold
from tests.support.plant_factories import JobFactory, QuarantineFactory
from tests.support.stored import count, row, rows

Configure = Callable[..., None]
AGED = {
    "webhook_events": "received_at",
    "transcripts": "created_at",
    "quarantine": "received_at",
    "effects": "created_at",
}


def _finished(organization: OrganizationRow, ref: str = "SM1") -> UUID:
    stored = chain.store_sms(organization.id, ref, conversation=ref)
    assert stored.run_id
    assert stored.transcript_id
    for stage in STAGES:
        chain.record(chain.claim(stored.run_id, stage), effects=(chain.sms(stored.transcript_id),) if stage is Stage.PERSIST else ())
    rows("UPDATE effects SET state = 'sent', provider = 'local', provider_ref = id, attempts = 1, finished_at = now() RETURNING id")
    return stored.transcript_id


def _aged(days: int) -> None:
    for table, column in AGED.items():
        rows(f"UPDATE {table} SET {column} = {column} - make_interval(days => %s) RETURNING 1 AS n", days)  # noqa: S608 - the table above


def _words() -> list[str]:
    query = (
        "SELECT text AS words FROM utterances UNION ALL SELECT text FROM replies UNION ALL SELECT body FROM effects"
        " UNION ALL SELECT summary FROM analyses WHERE summary IS NOT NULL UNION ALL SELECT intake::text FROM analyses WHERE intake <> '{}'"
    )
    return [found["words"] for found in rows(query)]


def _bodies() -> list[int]:
    return [found["n"] for found in rows("SELECT octet_length(body) AS n FROM webhook_events ORDER BY received_at, id")]


def test_nothing_is_emptied_where_nobody_said_for_how_long(organization: OrganizationRow) -> None:
    _finished(organization)
    _aged(10_000)
    assert empty_old() == Emptied()
    assert all(_words())
    assert all(_bodies())


def test_old_bodies_are_emptied_and_a_copy_is_still_no_news(organization: OrganizationRow, configured: Configure) -> None:
    configured(RETENTION_DAYS_BODIES=30)
    _finished(organization)
    _aged(31)
    _finished(organization, "SM2")
    before = rows("SELECT id, dedupe_key, body_size, body_sha256 FROM webhook_events ORDER BY received_at, id")
    assert empty_old() == Emptied(bodies=1)
    old, new = _bodies()
    assert (old, new > 0) == (0, True)
    assert rows("SELECT id, dedupe_key, body_size, body_sha256 FROM webhook_events ORDER BY received_at, id") == before
    assert all(_words()), "words have a time of their own"

    again = chain.store_sms(organization.id, "SM1", conversation="SM1")
    assert (again.fresh, again.run_id) == (False, None)
    assert _bodies()[0] == 0
    assert_they_hold()


def test_old_words_are_emptied_everywhere_and_their_figures_stay(organization: OrganizationRow, configured: Configure) -> None:
    configured(RETENTION_DAYS_WORDS=30)
    transcript = _finished(organization)
    rows("UPDATE analyses SET summary = 'a summary', intake = '{\"name\": \"somebody\"}' RETURNING run_id")
    _aged(31)
    spared = _finished(organization, "SM2")
    utterances = row("SELECT count(*) AS n, sum(end_ms) AS ms FROM utterances")
    assert empty_old() == Emptied(words=1)
    assert row("SELECT count(*) AS n, sum(end_ms) AS ms FROM utterances") == utterances
    assert sum(words == "" for words in _words()) == 3, "utterance, reply and effect"
    assert "somebody" not in "".join(_words())
    stands = {str(found["id"]): found["emptied_at"] is not None for found in rows("SELECT id, emptied_at FROM transcripts")}
    assert stands == {str(transcript): True, str(spared): False}
    assert empty_old() == Emptied(), "once is enough"
    assert_they_hold()


def test_what_somebody_works_on_keeps_its_words_until_it_has_ended(organization: OrganizationRow, configured: Configure) -> None:
    configured(RETENTION_DAYS_BODIES=7, RETENTION_DAYS_WORDS=7)
    stored = chain.store_sms(organization.id, "SM1")
    assert stored.run_id
    _aged(30)
    assert empty_old() == Emptied()
    for stage in STAGES:
        chain.record(chain.claim(stored.run_id, stage))
    assert empty_old() == Emptied(bodies=1, words=1)


def test_a_pass_goes_on_where_the_one_before_stopped(
    organization: OrganizationRow, configured: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    configured(RETENTION_DAYS_BODIES=7)
    monkeypatch.setattr(retention, "CHUNK", 2)
    for number in range(5):
        _finished(organization, f"SM{number}")
    _aged(8)
    assert retention.empty_bodies(7) == 2
    assert not empty_old(pass_s=0).is_through
    assert empty_old() == Emptied(bodies=3)
    assert set(_bodies()) == {0}


def test_a_backlog_of_bodies_keeps_no_job_past_its_day(configured: Configure, monkeypatch: pytest.MonkeyPatch) -> None:
    """A first pass over years used up its time, pass after pass, and what was asked of the API lay there with its words."""
    configured(RETENTION_DAYS_BODIES=7)
    JobFactory.create(state="succeeded", expires_at=now() - timedelta(minutes=5))

    def empty_slowly(_: int) -> int:
        time.sleep(0.3)
        return retention.CHUNK

    monkeypatch.setattr(retention, "empty_bodies", empty_slowly)
    assert empty_old(pass_s=0.2).jobs == 1
    assert count("jobs") == 0


def test_two_at_once_empty_each_row_once(organization: OrganizationRow) -> None:
    for number in range(6):
        _finished(organization, f"SM{number}")
    _aged(8)
    assert sum(chain.at_once([partial(retention.empty_bodies, 7)] * 3)) == 6
    assert sum(chain.at_once([partial(retention.empty_words, 7)] * 3)) == 6


@pytest.mark.usefixtures("organization")
def test_refused_deliveries_go_with_the_bodies(configured: Configure) -> None:
    configured(RETENTION_DAYS_BODIES=7)
    QuarantineFactory.create()
    _aged(8)
    QuarantineFactory.create()
    assert empty_old().refusals == 1


def test_emptied_words_are_not_filled_again(organization: OrganizationRow) -> None:
    _finished(organization)
    run = row("SELECT id FROM runs")["id"]
    _aged(8)
    retention.empty_words(7)
    assert selection.count(organization.id, Selection(EVER, EVER.replace(year=2200))) == 0
    rows("UPDATE runs SET state = 'dead', last_error = 'unexpected:ValueError' RETURNING id")
    with pytest.raises(RefusedError, match="not kept any more"):
        retries.reopen(organization.id, UUID(str(run)), by="ada")


def test_a_run_over_an_emptied_delivery_ends_and_says_why(organization: OrganizationRow) -> None:
    stored = chain.store_sms(organization.id, "SM1")
    rows("UPDATE webhook_events SET body = '' RETURNING id")
    app.loader.import_default_modules()
    with pytest.raises(StepFailed, match="words_not_kept"):
        app.tasks["transcript.transcribe"](str(stored.run_id))


@pytest.mark.parametrize("table", ["webhook_events", "transcripts"])
def test_the_oldest_that_is_kept_is_found_by_an_index(organization: OrganizationRow, table: str) -> None:
    _finished(organization)
    condition = {"webhook_events": "octet_length(body) > 0 AND received_at", "transcripts": "emptied_at IS NULL AND created_at"}[table]
    column = condition.rpartition(" ")[2]
    query = f"SELECT id FROM {table} WHERE {condition} < now() ORDER BY {column} LIMIT 200"  # noqa: S608 - the table above
    # of one row any plan is good; without this choice the index is taken if it can serve
    plan = "\n".join(found["QUERY PLAN"] for found in rows(f"SET enable_seqscan = off; SET enable_sort = off; EXPLAIN {query}"))
    assert f"Index Scan using ix_{table}_kept" in plan
