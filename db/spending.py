"""What an organization's day (UTC) took of its limits: speech is reserved before a submission, tokens are counted after the answer."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Row, text

from db.engine import engine
from db.one_trip import Statement, commit
from db.outage import reported

_TODAY = "(clock_timestamp() AT TIME ZONE 'UTC')::date"
# one moment for the seconds and for the submission that took them, so that at midnight both are of the same day
_THIS_DAY = "(transaction_timestamp() AT TIME ZONE 'UTC')::date"
_RESERVE = f"""
INSERT INTO usage_days AS u (organization_id, day, speech_seconds) SELECT :org, {_THIS_DAY}, CAST(:seconds AS bigint)
WHERE CAST(:seconds AS bigint) <= CAST(:limit AS bigint)
ON CONFLICT (organization_id, day) DO UPDATE SET speech_seconds = u.speech_seconds + :seconds WHERE u.speech_seconds + :seconds <= :limit
RETURNING transaction_timestamp() AS taken_at
"""
_GIVE_BACK = """
UPDATE usage_days SET speech_seconds = GREATEST(0, speech_seconds - :seconds)
WHERE organization_id = :org AND day = (CAST(:at AS timestamptz) AT TIME ZONE 'UTC')::date
"""
_SETTLE = f"""
INSERT INTO usage_days AS u (organization_id, day, speech_seconds)
SELECT :org, {_TODAY}, :seconds FROM run_steps
WHERE organization_id = :org AND run_id = :run AND stage = 'transcribe' AND withdrawn > 0 AND reserved_seconds = 0
ON CONFLICT (organization_id, day) DO UPDATE SET speech_seconds = u.speech_seconds + excluded.speech_seconds
"""
_COUNT = f"""
INSERT INTO usage_days AS u (organization_id, day, llm_tokens) VALUES (:org, {_TODAY}, :tokens)
ON CONFLICT (organization_id, day) DO UPDATE SET llm_tokens = u.llm_tokens + :tokens
"""
_LEFT = f"""
SELECT COALESCE(sum(speech_seconds), 0) AS speech_seconds, COALESCE(sum(llm_tokens), 0) AS llm_tokens,
    EXTRACT(EPOCH FROM (date_trunc('day', clock_timestamp() AT TIME ZONE 'UTC') + interval '1 day')
        - (clock_timestamp() AT TIME ZONE 'UTC')) AS day_ends_s
FROM usage_days WHERE organization_id = :org AND day = {_TODAY}
"""
_DAYS = f"""
SELECT day, speech_seconds, llm_tokens FROM usage_days
WHERE organization_id = :org AND day > {_TODAY} - CAST(:days AS int) ORDER BY day DESC
"""


@dataclass(frozen=True, slots=True)
class Today:
    """What an organization used today, and in how many seconds the day (UTC) ends."""

    speech_seconds: int
    llm_tokens: int
    ends_s: float


def reserved_speech(organization_id: UUID, seconds: int, limit: int) -> Statement:
    """Take seconds from today's limit, inside the transaction that writes the submission down.

    The row says when (``taken_at``); there is none if there are not as many left.
    """
    return Statement(_RESERVE, {"org": organization_id, "seconds": seconds, "limit": limit})


def settled_speech(organization_id: UUID, run_id: UUID, seconds: int) -> Statement:
    """Count words that came of a submission which was refused, and whose seconds were given back: the vendor had taken it after all."""
    return Statement(_SETTLE, {"org": organization_id, "run": run_id, "seconds": seconds})


def given_back_speech(organization_id: UUID, seconds: int, at: object) -> Statement:
    """Return seconds to the day on which they were taken."""
    return Statement(_GIVE_BACK, {"org": organization_id, "seconds": seconds, "at": at})


def counted_tokens(organization_id: UUID, tokens: int) -> list[Statement]:
    """Add what a language model took, inside the transaction that writes its answer down; nothing if it took nothing."""
    return [Statement(_COUNT, {"org": organization_id, "tokens": tokens})] if tokens else []


def read_today(organization_id: UUID) -> Today:
    """What the day has taken so far. Raises StoreUnavailable."""
    [row] = commit(Statement(_LEFT, {"org": organization_id}))
    return Today(int(row.speech_seconds), int(row.llm_tokens), float(row.day_ends_s))


def read_days(organization_id: UUID, days: int) -> list[Row[tuple[object, int, int]]]:
    """The latest days that used anything: ``day``, ``speech_seconds``, ``llm_tokens``. Raises StoreUnavailable."""
    with reported(), engine().connect() as connection:
        return list(connection.execute(text(_DAYS), {"org": organization_id, "days": days}).all())
