"""Each promise is broken on its own, by hand, in a house that is well; the check names that one and no other."""

from collections.abc import Callable
from operator import attrgetter

import pytest
from sqlalchemy import Connection

from db.engine import WORK, engine
from db.plant import invariants
from db.plant.invariants import PROMISES
from db.tables import Base
from db.tables.base import new_id
from db.tables.organizations import OrganizationRow
from tasks.invariants import rules
from tests.support.invariants import EVER
from tests.support.lived_in import LivedIn

Break = Callable[[LivedIn, Connection], int]


def _statement(statement: str, *names: str) -> Break:
    """A statement about ids of the house: ``waiting.run``."""

    def change(house: LivedIn, connection: Connection) -> int:
        return connection.exec_driver_sql(statement, tuple(str(attrgetter(name)(house)) for name in names)).rowcount

    return change


def _run(place: str, change: str) -> Break:
    return _statement(f"UPDATE runs SET {change} WHERE id = %s", f"{place}.run")  # noqa: S608 - our own words, here and below


def _transcript(place: str, change: str) -> Break:
    return _statement(f"UPDATE transcripts SET {change} WHERE id = %s", f"{place}.transcript")  # noqa: S608 - our own words


def _conversation(place: str, change: str) -> Break:
    return _statement(f"UPDATE conversations SET {change} WHERE id = %s", f"{place}.conversation")  # noqa: S608 - our own words


def _effect(place: str, change: str) -> Break:
    return _statement(f"UPDATE effects SET {change} WHERE transcript_id = %s AND kind = 'sms'", f"{place}.transcript")  # noqa: S608 - our own words


def _said(place: str, change: str) -> Break:
    return _statement(f"UPDATE effects SET {change} WHERE transcript_id = %s AND kind = 'call_update'", f"{place}.transcript")  # noqa: S608 - our own words


def _job(place: str, change: str) -> Break:
    return _statement(f"UPDATE jobs SET {change} WHERE id = %s", place)  # noqa: S608 - our own words


def _urgent(change: str) -> Break:
    return _statement(f"UPDATE effects SET {change} WHERE kind = 'escalation' AND conversation_id = %s", "urgent.conversation")  # noqa: S608 - our own words


def _copy(table: str, column: str, like: str, **changes: str) -> Break:
    """A row of a table once more, with other values in some columns: SQL, or the name of an id behind an @."""
    values = {one.name: one.name for one in Base.metadata.tables[table].columns} | changes
    names = [value[1:] for value in values.values() if value.startswith("@")]
    chosen = ", ".join("CAST(%s AS uuid)" if value.startswith("@") else value for value in values.values())
    return _statement(f"INSERT INTO {table} ({', '.join(values)}) SELECT {chosen} FROM {table} WHERE {column} = %s LIMIT 1", *names, like)  # noqa: S608 - our own words


def _both(first: Break, second: Break) -> Break:
    return lambda house, connection: first(house, connection) and second(house, connection)


NEW = f"CAST('{new_id()}' AS uuid)"
NOW = "clock_timestamp()"
LONG_AGO = f"{NOW} - interval '2 minutes'"
# never claimed, however often it was rung for
IN_VAIN = f"next_publish_at = {NOW} + interval '9 s', not_before = {LONG_AGO} - interval '1 s', stage_since = {LONG_AGO} - interval '1 s'"
FAR = f"{NOW} + interval '8 days'"
LEASED = f"lease_token = gen_random_uuid(), lease_until = {NOW}"
RINGS_AGAIN = "status = 'ringing', vendor_status = 'ringing', sequence = 1, ended = false"
AGAIN: dict[str, str] = {
    "id": NEW,
    "purpose": "'reprocess'",
    "stage": "'transcribe'",
    "state": "'dead'",
    "last_error": "'x'",
    "finished_at": NOW,
}

CASES: list[tuple[str, str, Break]] = [
    ("I1.run", "a run is lost", _statement("DELETE FROM runs WHERE id = %s", "fresh.run")),
    (
        "I1.event",
        "a delivery is lost",
        _statement("UPDATE webhook_events SET transcript_id = NULL WHERE transcript_id = %s", "fresh.transcript"),
    ),
    ("I1.kin", "a run is of another turn", _run("answered", "turn = 7")),
    ("I1.durable", "answered before it is on disk", _statement("SET LOCAL synchronous_commit = off")),
    (
        "I2.run",
        "the index that forbids two open runs is gone",
        _both(_statement("DROP INDEX uq_runs_one_open_live_run"), _copy("runs", "id", "fresh.run", id=NEW)),
    ),
    ("I2.lease", "a token without an end", _run("fresh", "lease_token = gen_random_uuid()")),
    ("I2.lease", "leased while it waits", _run("waiting", LEASED)),
    ("I2.lease", "given back more than was taken", _run("fresh", "attempts = -1")),
    ("I2.lease", "an effect that is sent and leased", _effect("alone", LEASED)),
    ("I2.length", "leased for two hours", _run("leased", f"lease_until = {NOW} + interval '2 hours'")),
    ("I2.jobs", "over, and somebody has it", _job("job_done", LEASED)),
    ("I2.jobs", "failed, and somebody has it", _job("job_failed", LEASED)),
    ("I2.jobs", "waits, and somebody has it", _job("job", f"lease_token = gen_random_uuid(), lease_until = {NOW} + interval '9 s'")),
    ("I2.jobs", "at work, and nobody has it", _job("job_at_work", "lease_token = NULL, lease_until = NULL")),
    ("I2.jobs", "leased for two hours", _job("job_at_work", f"lease_until = {NOW} + interval '2 hours'")),
    ("I3.early", "words before their commit", _copy("utterances", "run_id", "answered.run", run_id="@leased.run")),
    (
        "I3.early",
        "an analysis before its commit",
        _copy("analyses", "run_id", "answered.run", run_id="@at_classify.run", created_at=NOW),
    ),
    ("I3.early", "a reply before its commit", _copy("replies", "run_id", "answered.run", run_id="@at_reply.run", created_at=NOW)),
    ("I3.missing", "an analysis is gone", _statement("DELETE FROM analyses WHERE run_id = %s", "at_reply.run")),
    ("I3.missing", "a reply is gone", _statement("DELETE FROM replies WHERE run_id = %s", "answered.run")),
    (
        "I3.pointer",
        "another transcript's run is shown",
        _statement("UPDATE transcripts SET current_run_id = %s WHERE id = %s", "answered.run", "alone.transcript"),
    ),
    (
        "I3.pointer",
        "an unfinished run is shown",
        _statement("UPDATE transcripts SET current_run_id = %s WHERE id = %s", "at_reply.run", "at_reply.transcript"),
    ),
    ("I3.shown", "a finished run that nobody sees", _transcript("alone", "current_run_id = NULL")),
    ("I3.shown", "finished, but not told", _transcript("alone", "processing_status = 'processing'")),
    ("I3.shown", "told, but not finished", _transcript("at_reply", "processing_status = 'completed'")),
    ("I4.once", "a second answer", _copy("effects", "id", "reported", id=NEW, effect_key="'another'", provider_ref="'another'")),
    (
        "I4.once",
        "a second call for a person",
        _copy("effects", "conversation_id", "urgent.conversation", id=NEW, effect_key="'another'", provider_ref="'another'"),
    ),
    (
        "I4.once",
        "a second reply in a call",
        _copy("effects", "transcript_id", "spoken.transcript", id=NEW, effect_key="'another'"),
    ),
    (
        "I4.limit",
        "as many answers as two machines give each other",
        _statement(
            "INSERT INTO effects (id, organization_id, conversation_id, effect_key, kind, target, body, state, attempts, provider_ref,"
            " trace_id, finished_at) SELECT gen_random_uuid(), organization_id, id, 'x' || n, 'sms', 'x', 'x', 'sent', 1, 'x' || n, 'x',"
            " clock_timestamp() FROM conversations, generate_series(1, 31) AS n WHERE id = %s",
            "alone.conversation",
        ),
    ),
    (
        "I4.message",
        "one message for two effects",
        _statement(
            "UPDATE effects SET provider_ref = 'the same' WHERE transcript_id IN (%s, %s)", "alone.transcript", "answered.transcript"
        ),
    ),
    ("I4.ledger", "sent, and nobody knows as what", _effect("alone", "provider_ref = NULL")),
    ("I4.ledger", "sent, and nobody knows when", _effect("alone", "finished_at = NULL")),
    ("I4.ledger", "ended before it began", _effect("pending", f"finished_at = {NOW}")),
    ("I4.ledger", "being sent by nobody", _effect("pending", "state = 'sending'")),
    (
        "I4.cause",
        "sent by a run that died",
        _statement("UPDATE effects SET run_id = %s WHERE transcript_id = %s", "dead.run", "alone.transcript"),
    ),
    (
        "I4.cause",
        "an alarm of a run that shall send nothing",
        _both(
            _copy("runs", "id", "urgent.run", **AGAIN),
            _statement(f"UPDATE effects SET run_id = {NEW} WHERE kind = 'escalation' AND conversation_id = %s", "urgent.conversation"),  # noqa: S608 - our own words
        ),
    ),
    (
        "I4.help",
        "a call for help that has not left",
        _urgent("state = 'pending', finished_at = NULL, created_at = now() - interval '3 min'"),
    ),
    ("I4.help", "a call for help that failed", _urgent("state = 'failed', last_error = 'x'")),
    ("I4.help", "a call for help that nobody knows of", _urgent("state = 'unknown', last_error = 'x'")),
    ("I4.help", "a call for help that did not arrive", _urgent("delivery = 'undelivered', delivery_rank = 8")),
    ("I5.runs", "overdue, and nobody rings", _run("fresh", f"next_publish_at = {LONG_AGO}")),
    ("I5.runs", "rung for in vain", _run("fresh", IN_VAIN)),
    ("I5.effects", "not sent, and nobody rings", _effect("pending", f"next_publish_at = {LONG_AGO}")),
    ("I5.effects", "rung for in vain", _effect("pending", f"not_before = {LONG_AGO} - interval '1 s'")),
    ("I5.jobs", "overdue, and nobody rings", _job("job", f"next_publish_at = {LONG_AGO}")),
    ("I5.jobs", "rung for in vain", _job("job", f"not_before = {LONG_AGO} - interval '1 s'")),
    (
        "I5.jobs",
        "lost with its worker, and nobody takes it",
        _job("job_at_work", f"not_before = {LONG_AGO} - interval '9 s', lease_until = {LONG_AGO} - interval '1 s'"),
    ),
    ("I5.due", "waiting for a week", _run("waiting", f"next_publish_at = {FAR}")),
    ("I5.due", "waiting for nothing", _run("waiting", "waiting_for = NULL")),
    ("I5.due", "an effect for next week", _effect("pending", f"not_before = {FAR}")),
    ("I6.end", "dead without a reason", _run("dead", "last_error = NULL")),
    ("I6.end", "dead, and nobody knows since when", _run("dead", "finished_at = NULL")),
    ("I6.end", "done, and nobody knows since when", _run("alone", "finished_at = NULL")),
    ("I6.end", "not sent, without a reason", _effect("alone", "state = 'unknown'")),
    ("I6.end", "withheld without a reason", _effect("alone", "state = 'suppressed'")),
    ("I6.end", "a job that failed without a reason", _job("job_failed", "error_code = NULL")),
    ("I6.end", "a job that succeeded without a result", _job("job_done", "result = NULL")),
    ("I6.end", "a job that is over, and nobody knows since when", _job("job_done", "finished_at = NULL")),
    ("I6.reason", "speech failed without a reason", _transcript("dead", "status_reason = NULL")),
    ("I6.reason", "the work failed without a reason", _transcript("dead_in_classify", "processing_reason = NULL")),
    ("I6.told", "still waiting for a dead run", _transcript("dead_in_classify", "processing_status = 'processing'")),
    ("I6.open", "given up while it goes on", _transcript("at_reply", "processing_status = 'failed', processing_reason = 'x'")),
    ("I7.call", "a call that rings again", _conversation("recording", RINGS_AGAIN)),
    ("I7.delivery", "delivered, and then queued", _statement("UPDATE effects SET delivery_rank = 3 WHERE id = %s", "reported")),
    ("I7.words", "words that are said to have failed", _transcript("fresh", "status = 'processing'")),
    ("I8.number", "submitted five times", _statement("UPDATE run_steps SET submission = 5 WHERE run_id = %s", "waiting.run")),
    (
        "I8.paid",
        "submitted by two runs",
        _both(
            _copy("runs", "id", "recording.run", **AGAIN),
            _copy("run_steps", "run_id", "recording.run", run_id=NEW, stage="'transcribe'", submission="1"),
        ),
    ),
    (
        "I8.unheard",
        "words that woke nobody",
        _statement("UPDATE webhook_events SET kind = 'answer' WHERE transcript_id = %s", "waiting.transcript"),
    ),
    ("I8.debt", "overdue, and nobody asks", _run("waiting", f"next_publish_at = {LONG_AGO}")),
    (
        "I9.turn",
        "two that are the first",
        _both(
            _transcript("answered_later", "turn = 1"),
            _run("answered_later", "turn = 1"),
        ),
    ),
    ("I9.turn", "more turns than were given", _conversation("alone", "turns = 0")),
    ("I9.order", "an answer to something older", _effect("answered_later", f"finished_at = {NOW} - interval '1 minute'")),
    ("I9.order", "an answer to an earlier turn of a call", _said("spoken_later", f"finished_at = {NOW} - interval '1 minute'")),
    ("I9.live", "a turn without a reply", _statement("DELETE FROM effects WHERE transcript_id = %s", "spoken.transcript")),
    ("I9.way", "not said, and nobody knows why", _said("spoken", "state = 'superseded', last_error = NULL")),
    ("I9.way", "gave way to an end that never was", _said("spoken", "state = 'superseded', last_error = 'call_ended'")),
    ("I9.way", "gave way to a turn that never was", _said("spoken_later", "state = 'superseded', last_error = 'later_turn'")),
    ("I9.ended", "said into a call that had ended", _conversation("spoken", f"ended_at = {LONG_AGO}")),
    ("I9.superseded", "gave way to nobody", _effect("alone", "state = 'superseded'")),
    ("I9.escalation", "the call for a person is taken back", _conversation("urgent", "phase = 'greeting'")),
    ("I9.escalation", "nobody was ever called", _conversation("urgent", "escalated_at = NULL")),
]


def _broken(connection: Connection) -> dict[str, int]:
    return {finding.promise.name: finding.count for finding in invariants.look(connection, rules(), since=EVER) if not finding.holds}


def test_what_breaks_a_promise_is_named(organization: OrganizationRow, subtests: pytest.Subtests) -> None:
    house = LivedIn(organization.id)
    with engine(WORK).connect() as connection:
        for name, how, breaks in CASES:
            with subtests.test(f"{name}: {how}"):
                assert breaks(house, connection), "nothing was broken"
                assert list(_broken(connection)) == [name]
            connection.rollback()
        assert _broken(connection) == {}


@pytest.mark.parametrize("change", ["state = 'failed', last_error = 'x'", "delivery = 'failed'"])
def test_a_call_for_help_that_a_person_has_settled_breaks_nothing(organization: OrganizationRow, change: str) -> None:
    house = LivedIn(organization.id)
    with engine(WORK).connect() as connection:
        assert _urgent(f"{change}, settled_at = {NOW}, settled_by = 'ann'")(house, connection)
        assert _broken(connection) == {}


def test_every_promise_has_been_broken() -> None:
    assert {promise.name for promise in PROMISES} == {name for name, *_ in CASES}
