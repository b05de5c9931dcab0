"""Empties everything that is kept of a caller: words, bodies, numbers. Rows, ids, times and counts stay, and one row proves it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

import orjson
from sqlalchemy import Connection, text

from db import audits
from db.engine import engine
from db.opt_outs import hashed, key
from db.outage import reported
from db.sql_sms import LAST_WORD_COUNTS
from db.tables.base import new_id

_TRANSCRIPTS = "SELECT id FROM transcripts WHERE organization_id = :org AND conversation_id = :conversation"
_RUNS = "SELECT r.id FROM transcripts AS t JOIN runs AS r ON r.transcript_id = t.id WHERE t.organization_id = :org AND t.conversation_id = :conversation"  # noqa: E501 - one condition
_OF_RUNS = f"run_id IN ({_RUNS})"


@dataclass(frozen=True, slots=True)
class _Vault:
    """A table that holds something of a caller: which rows are a conversation's, which of them hold something, and how it is emptied."""

    table: str
    of: str
    holds: str
    empty: str


# the number goes last: whoever is interrupted finds the rest by it
VAULTS = (
    _Vault(
        "webhook_events",
        f"(conversation_id = :conversation OR transcript_id IN ({_TRANSCRIPTS}))",
        "(octet_length(body) > 0 OR headers <> '{}')",
        "body = '', body_sha256 = '', headers = '{}'",
    ),
    _Vault("utterances", _OF_RUNS, "text <> ''", "text = ''"),
    _Vault("analyses", _OF_RUNS, "(summary IS NOT NULL OR intake <> '{}')", "summary = NULL, intake = '{}'"),
    _Vault("replies", _OF_RUNS, "text <> ''", "text = ''"),
    _Vault("effects", "conversation_id = :conversation", "(target <> '' OR body <> '')", "target = '', body = ''"),
    _Vault("audits", f"subject_id IN (SELECT CAST(:conversation AS uuid) UNION {_TRANSCRIPTS})", "reason IS NOT NULL", "reason = NULL"),
    _Vault("conversations", "id = :conversation", "(their_number IS NOT NULL OR intake IS NOT NULL)", "their_number = NULL, intake = NULL"),
)

_BY_NUMBER = "SELECT id FROM conversations WHERE organization_id = :org AND their_number = ANY(:numbers) ORDER BY id"
_BY_ID = "SELECT id FROM conversations WHERE organization_id = :org AND id = :conversation"
_STANDS = "SELECT ended OR channel = 'sms' AS is_over FROM conversations WHERE organization_id = :org AND id = :conversation"
_AT_VENDORS = """
SELECT provider_ref AS ref FROM conversations WHERE organization_id = :org AND id = :conversation AND channel = 'voice'
UNION SELECT source_ref FROM transcripts WHERE organization_id = :org AND conversation_id = :conversation
UNION SELECT provider_ref FROM effects WHERE organization_id = :org AND conversation_id = :conversation AND kind <> 'call_update'
    AND provider = 'twilio' AND provider_ref IS NOT NULL
ORDER BY 1
"""
# Conversation → transcript → run → effect, as everywhere. A worker that is at it loses its lease, and with it all that it found.
_STOP = (
    "UPDATE conversations SET erased_at = clock_timestamp(), updated_at = clock_timestamp() WHERE organization_id = :org AND id = :conversation",  # noqa: E501 - one statement, one line
    """
    UPDATE transcripts AS t SET emptied_at = COALESCE(emptied_at, clock_timestamp()), updated_at = clock_timestamp(),
        status = CASE WHEN t.status <> 'completed' AND open.is_open THEN 'failed' ELSE t.status END,
        status_reason = CASE WHEN t.status <> 'completed' AND open.is_open THEN 'erased' ELSE t.status_reason END,
        processing_status = CASE WHEN t.processing_status <> 'completed' AND open.is_open THEN 'failed' ELSE t.processing_status END,
        processing_reason = CASE WHEN t.processing_status <> 'completed' AND open.is_open THEN 'erased' ELSE t.processing_reason END
    FROM (
        SELECT id, EXISTS (
            SELECT FROM runs WHERE runs.transcript_id = transcripts.id AND purpose = 'live' AND state IN ('ready', 'waiting')) AS is_open
        FROM transcripts WHERE organization_id = :org AND conversation_id = :conversation) AS open
    WHERE t.organization_id = :org AND t.id = open.id
    """,
    f"""
    UPDATE runs SET state = 'dead', last_error = 'erased', waiting_for = NULL, lease_token = NULL, lease_until = NULL,
        finished_at = clock_timestamp(), settled_at = clock_timestamp(), settled_by = :by
    WHERE organization_id = :org AND id IN ({_RUNS}) AND state IN ('ready', 'waiting')
    """,
    f"UPDATE runs SET redo_with = NULL WHERE organization_id = :org AND redo_with IS NOT NULL AND id IN ({_RUNS})",
    """
    UPDATE effects SET state = 'suppressed', last_error = 'erased', finished_at = clock_timestamp()
    WHERE organization_id = :org AND conversation_id = :conversation AND state = 'pending' AND kind <> 'escalation'
    """,
)
# what may just be leaving the house; a call for help is let go out first
_IN_FLIGHT = """
SELECT count(*) FROM effects WHERE organization_id = :org AND conversation_id = ANY(:conversations) AND state IN ('pending', 'sending')
"""
_GIVE_UP = """
UPDATE effects SET state = CASE state WHEN 'pending' THEN 'suppressed' ELSE 'unknown' END, last_error = 'erased', lease_token = NULL,
    lease_until = NULL, finished_at = clock_timestamp(), settled_at = clock_timestamp(), settled_by = :by
WHERE organization_id = :org AND conversation_id = :conversation AND state IN ('pending', 'sending')
"""
_KEEP_STOPPED = f"""
INSERT INTO opt_outs AS o (organization_id, our_number, their_number, stopped, told_at)
SELECT organization_id, our_number, {hashed("their_number")}, stopped, told_at FROM opt_outs
WHERE organization_id = :org AND their_number = ANY(:numbers)
{LAST_WORD_COUNTS.format(changed_by="NULL")}
"""
_FORGET_OPT_OUTS = (
    "DELETE FROM opt_outs WHERE organization_id = :org AND (their_number = ANY(:numbers) OR (their_number LIKE 'hmac:%' AND NOT stopped))"
)
_FORGET_ANSWERS = "DELETE FROM kept_answers WHERE organization_id = :org"
# What was asked of the API names nobody: whose words it holds cannot be told, unless it names the conversation. Who is at it loses its
# lease, and with it the answer.
_FORGET_JOBS = "DELETE FROM jobs WHERE organization_id = :org"
_FORGET_JOBS_OF_IT = "DELETE FROM jobs WHERE organization_id = :org AND conversation_id = :conversation"
_BEGIN = """
INSERT INTO erasures (id, organization_id, actor, reason, number_hmac, conversation_id, plan_sha256)
VALUES (:id, :org, :by, :reason, :hmac, :conversation, :plan)
"""
_COUNT = "UPDATE erasures SET counts = CAST(:counts AS jsonb), finished_at = clock_timestamp() WHERE organization_id = :org AND id = :id"
_PROVEN = """
UPDATE erasures SET proven_at = clock_timestamp()
WHERE organization_id = :org AND finished_at IS NOT NULL AND (number_hmac = :hmac OR conversation_id = CAST(:conversation AS uuid))
"""


@dataclass(frozen=True, slots=True)
class Whom:
    """A caller of an organization: by number, which has several spellings at the vendors, or by one conversation."""

    numbers: tuple[str, ...] = ()
    number_hmac: bytes | None = None
    conversation_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be emptied: conversations, how many rows of each table, and what of it vendors have under which names."""

    conversations: tuple[UUID, ...]
    counts: Mapping[str, int]
    unfinished_calls: int
    at_vendors: tuple[str, ...]

    @property
    def sha256(self) -> bytes:
        """The plan's own mark, which the proof holds."""
        return sha256(orjson.dumps([[str(found) for found in self.conversations], dict(self.counts)], option=orjson.OPT_SORT_KEYS)).digest()


def plan(organization_id: UUID, whom: Whom) -> Plan:
    """What is there of a caller. Raises StoreUnavailable."""
    counts = dict.fromkeys((vault.table for vault in VAULTS), 0)
    unfinished, refs = 0, []
    with reported(), engine().connect() as connection:
        found = _conversations(connection, organization_id, whom)
        for conversation in found:
            mine = {"org": organization_id, "conversation": conversation}
            for vault in VAULTS:
                query = f"SELECT count(*) FROM {vault.table} WHERE organization_id = :org AND {vault.of} AND {vault.holds}"
                counts[vault.table] += int(connection.scalar(text(query), mine) or 0)
            unfinished += not connection.scalar(text(_STANDS), mine)
            refs += list(connection.scalars(text(_AT_VENDORS), mine))
    return Plan(tuple(found), counts, unfinished, tuple(refs))


def begin(organization_id: UUID, whom: Whom, planned: Plan, by: str, reason: str | None) -> UUID:
    """Write down that it begins, and who wants it; the id of the proof. Raises StoreUnavailable."""
    entry = new_id()
    told = {"id": entry, "org": organization_id, "by": by, "reason": reason, "plan": planned.sha256}
    with reported(), engine().begin() as connection:
        connection.execute(text(_BEGIN), told | {"hmac": whom.number_hmac, "conversation": whom.conversation_id})
        audits.record(connection, organization_id, by, "caller.erase", "erasure", entry, reason)
    return entry


def stop(organization_id: UUID, conversation_id: UUID, by: str) -> None:
    """End what is open in a conversation: runs are dead, messages that have not left are not sent. Raises StoreUnavailable."""
    mine = {"org": organization_id, "conversation": conversation_id, "by": by}
    with _committed() as connection:
        for statement in _STOP:
            connection.execute(text(statement), mine)


def count_in_flight(organization_id: UUID, conversation_ids: Sequence[UUID]) -> int:
    """How many effects of these conversations may be leaving the house just now. Raises StoreUnavailable."""
    with reported(), engine().connect() as connection:
        mine = {"org": organization_id, "conversations": list(conversation_ids)}
        return int(connection.scalar(text(_IN_FLIGHT), mine) or 0)


def empty(organization_id: UUID, conversation_id: UUID, by: str) -> dict[str, int]:
    """Empty a conversation that was stopped, in one commit; how many rows of each table. Raises StoreUnavailable."""
    mine = {"org": organization_id, "conversation": conversation_id}
    with _committed() as connection:
        connection.execute(text("SELECT FROM conversations WHERE organization_id = :org AND id = :conversation FOR UPDATE"), mine)
        connection.execute(text(_GIVE_UP), mine | {"by": by})
        jobs = connection.execute(text(_FORGET_JOBS_OF_IT), mine).rowcount
        return {vault.table: _emptied(connection, vault, mine) for vault in VAULTS} | ({"jobs": jobs} if jobs else {})


def forget_number(organization_id: UUID, whom: Whom) -> dict[str, int]:
    """Turn the number's opt-outs into hashes, and drop kept answers and jobs, which name nobody. Raises StoreUnavailable."""
    mine = {"org": organization_id, "numbers": list(whom.numbers)} | key()
    with _committed() as connection:
        kept = connection.execute(text(_KEEP_STOPPED), mine).rowcount
        connection.execute(text(_FORGET_OPT_OUTS), mine)
        answers, jobs = (connection.execute(text(statement), mine).rowcount for statement in (_FORGET_ANSWERS, _FORGET_JOBS))
        return {"opt_outs": kept, "kept_answers": answers, "jobs": jobs}


def finish(organization_id: UUID, erasure_id: UUID, counts: Mapping[str, int]) -> None:
    """Write down what was emptied. Raises StoreUnavailable."""
    with _committed() as connection:
        connection.execute(text(_COUNT), {"org": organization_id, "id": erasure_id, "counts": orjson.dumps(dict(counts)).decode()})


def note_proven(organization_id: UUID, whom: Whom) -> int:
    """Write down that nothing was found just now; of how many erasures. Raises StoreUnavailable."""
    with _committed() as connection:
        told = {"org": organization_id, "hmac": whom.number_hmac, "conversation": whom.conversation_id}
        return connection.execute(text(_PROVEN), told).rowcount


def _conversations(connection: Connection, organization_id: UUID, whom: Whom) -> list[UUID]:
    query = _BY_ID if whom.conversation_id else _BY_NUMBER
    told = {"org": organization_id, "conversation": whom.conversation_id, "numbers": list(whom.numbers)}
    return list(connection.scalars(text(query), told))


def _emptied(connection: Connection, vault: _Vault, mine: Mapping[str, object]) -> int:
    statement = f"UPDATE {vault.table} SET {vault.empty} WHERE organization_id = :org AND {vault.of} AND {vault.holds}"
    return connection.execute(text(statement), dict(mine)).rowcount


@contextmanager
def _committed() -> Iterator[Connection]:
    with reported(), engine().begin() as connection:
        yield connection
