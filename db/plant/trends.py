"""What the last hour was like: windowed figures for /metrics, bounded by the ids of finished work, which grow with time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, text

from db.engine import engine
from db.outage import reported
from db.tables.base import first_id

WINDOW = timedelta(hours=1)
# upper bounds of recognition confidence, as a histogram has them
CONFIDENCE = (0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)

TRANSCRIPTS = "SELECT status, processing_status, count(*) AS n FROM transcripts WHERE id >= :since GROUP BY status, processing_status"
# what a person has dismissed counts as dead no more
RUNS = """
SELECT purpose, CASE WHEN state = 'dead' AND settled_at IS NOT NULL THEN 'dismissed' ELSE state END AS state, count(*) AS n,
    count(*) FILTER (WHERE degraded) AS degraded
FROM runs WHERE id >= :since GROUP BY 1, 2
"""
STEPS = """
SELECT stage,
    percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY EXTRACT(EPOCH FROM finished_at - started_at)) AS worked_s,
    percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY EXTRACT(EPOCH FROM started_at - queued_at)) AS waited_s
FROM run_steps WHERE run_id >= :since AND finished_at >= started_at AND error_code IS NULL GROUP BY stage
"""
USAGE = """
SELECT provider, unit, sum(CAST(amount AS numeric)) AS amount FROM run_steps, jsonb_each_text(usage) AS u (unit, amount)
WHERE run_id >= :since AND provider IS NOT NULL GROUP BY provider, unit
"""
PRICES = "SELECT provider, sum(price_usd) AS usd FROM run_steps WHERE run_id >= :since AND price_usd IS NOT NULL GROUP BY provider"
# an answer that was paid for before names what it saved instead of what it took
ANSWERS = """
SELECT CASE WHEN usage ? 'saved_input_tokens' THEN 'kept' ELSE 'asked' END AS source, count(*) AS n
FROM run_steps WHERE run_id >= :since AND stage IN ('classify_speakers', 'generate_reply') AND provider = 'openai'
    AND finished_at IS NOT NULL AND error_code IS NULL GROUP BY 1
"""
HEARD = """
SELECT width_bucket(confidence, CAST(:bounds AS float[])) AS bucket, count(*) AS n
FROM utterances WHERE run_id >= :since AND confidence IS NOT NULL GROUP BY 1
"""
# an SMS that the network did not bring to its telephone was sent, and helps nobody
EFFECTS = """
SELECT kind, CASE WHEN state = 'sent' AND delivery IN ('undelivered', 'failed') THEN 'undelivered' ELSE state END AS state, count(*) AS n
FROM effects WHERE id >= :since GROUP BY 1, 2
"""
FINDINGS = """
SELECT finding ->> 'urgency' AS urgency, count(DISTINCT a.run_id) AS n
FROM analyses AS a, jsonb_array_elements(a.safety) AS finding WHERE a.run_id >= :since GROUP BY 1
"""
CALLBACKS = """
SELECT CASE WHEN r.stage <> 'transcribe' OR r.state = 'done' THEN CASE WHEN s.submission = 1 THEN 'arrived' ELSE 'resubmitted' END
    WHEN r.state = 'dead' THEN 'lost' ELSE 'awaited' END AS outcome, count(*) AS n
FROM run_steps AS s JOIN runs AS r ON r.id = s.run_id
WHERE s.run_id >= :since AND r.id >= :since AND s.stage = 'transcribe' AND s.submission > 0 GROUP BY 1
"""
JOBS = "SELECT kind, state, count(*) AS n FROM jobs WHERE id >= :since GROUP BY kind, state"
STATEMENTS = (TRANSCRIPTS, RUNS, STEPS, USAGE, PRICES, ANSWERS, HEARD, EFFECTS, FINDINGS, CALLBACKS, JOBS)

_QUANTILES = ("0.5", "0.95", "0.99")

Counts = Mapping[tuple[str, ...], float]


@dataclass(frozen=True, slots=True)
class Trends:
    """Of what began within WINDOW, by the values of the labels that api/lately.py names. Times in seconds, prices in US dollars.

    ``heard`` is cumulative, by upper bound; ``worked_s`` and ``waited_s`` are by stage and quantile.
    """

    transcripts: Counts
    runs: Counts
    degraded: float
    worked_s: Counts
    waited_s: Counts
    usage: Counts
    price_usd: Counts
    answers: Counts
    heard: Counts
    effects: Counts
    findings: Counts
    callbacks: Counts
    jobs: Counts


def read() -> Trends:
    """All of them, within the process's own limits for a statement. Raises StoreUnavailable, also if one takes longer."""
    told = {"since": first_id(datetime.now(UTC) - WINDOW)}
    with reported(), engine().connect() as connection:
        runs = connection.execute(text(RUNS), told).all()
        steps = connection.execute(text(STEPS), told).all()
        return Trends(
            transcripts=_counted(connection, TRANSCRIPTS, told),
            runs={(row.purpose, row.state): row.n for row in runs},
            degraded=sum(row.degraded for row in runs),
            worked_s={(row.stage, quantile): float(s) for row in steps for quantile, s in zip(_QUANTILES, row.worked_s, strict=True)},
            waited_s={(row.stage, quantile): float(s) for row in steps for quantile, s in zip(_QUANTILES, row.waited_s, strict=True)},
            usage=_counted(connection, USAGE, told),
            price_usd=_counted(connection, PRICES, told),
            answers=_counted(connection, ANSWERS, told),
            heard=_heard(connection, told),
            effects=_counted(connection, EFFECTS, told),
            findings=_counted(connection, FINDINGS, told),
            callbacks=_counted(connection, CALLBACKS, told),
            jobs=_counted(connection, JOBS, told),
        )


def _counted(connection: Connection, statement: str, told: Mapping[str, object]) -> Counts:
    """The last column by the ones before it."""
    return {tuple(str(label) for label in labels): float(n) for *labels, n in connection.execute(text(statement), told)}


def _heard(connection: Connection, told: Mapping[str, object]) -> Counts:
    """Cumulative: each bound with all that is not above it."""
    # PostgreSQL counts a value that equals a bound into the bucket above it: a hair more, and it is in the one below
    found = connection.execute(text(HEARD), {**told, "bounds": [bound + 1e-9 for bound in CONFIDENCE]})
    buckets = {row.bucket: int(row.n) for row in found}
    bounds = {str(bound): place for place, bound in enumerate(CONFIDENCE)} | {"+Inf": len(CONFIDENCE)}
    return {(bound,): float(sum(n for bucket, n in buckets.items() if bucket <= place)) for bound, place in bounds.items()}
