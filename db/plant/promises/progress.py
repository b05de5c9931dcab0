"""I5 and I6: whatever is unfinished goes on, and nothing ends without saying so."""

from db.plant.promises.promise import ASKED, NOW, OPEN, UNFINISHED, Promise
from db.tables.effects import LANE

# Overdue for longer than any sweeper pauses. A claim is waited for longer: an earlier turn may hold a later one back for a minute.
_UNRUNG, _UNCLAIMED = "interval '60 seconds'", "interval '120 seconds'"
# whoever is at it works a backlog off, oldest first; who stands for so long is not waiting for his turn
_FORGOTTEN = "interval '1 hour'"
# longer than anything that anybody waits for: the next day, twice a long recording's length, a person's pause
_NEVER = "interval '7 days'"

_ROUTES = """
        routes AS (
            SELECT * FROM unnest(CAST(:purposes AS text[]), CAST(:stages AS text[]), CAST(:lanes AS text[]), CAST(:queues AS text[]))
                AS wanted (purpose, stage, lane, queue))"""
# A backlog is no standstill: a queue is worked at by a worker whose sweeper lives and who claimed something lately or is at it now.
_SERVED = f"""
        served AS (
            SELECT DISTINCT unnest(w.queues) AS queue FROM workers AS w
            WHERE w.seen_at > {NOW} - {_UNRUNG} AND (
                w.last_claim_at > {NOW} - {_UNRUNG}
                OR EXISTS (
                    SELECT FROM runs AS r JOIN run_steps AS s ON s.run_id = r.id AND s.stage = r.stage
                    WHERE r.state IN {OPEN} AND r.lease_until > {NOW} AND s.worker = w.name)
                OR EXISTS (
                    SELECT FROM effects AS e WHERE e.state IN {UNFINISHED} AND e.lease_until > {NOW} AND e.worker = w.name)
                OR EXISTS (
                    SELECT FROM jobs AS j WHERE j.state IN {ASKED} AND j.lease_until > {NOW} AND j.worker = w.name)))"""
# What waits for a batch is not even rung for while live work waits (domain/batches.py): then a worker that is there is enough.
_THERE = f"(SELECT unnest(w.queues) FROM workers AS w WHERE w.seen_at > {NOW} - {_UNRUNG})"
_FREE = f"(lease_until IS NULL OR lease_until < {NOW})"
_DUE_SINCE = "GREATEST(r.not_before, r.stage_since, COALESCE(r.lease_until, r.not_before))"
_TO_BE_SENT_SINCE = "GREATEST(e.not_before, COALESCE(e.lease_until, e.not_before))"
_TO_BE_TAKEN_SINCE = "GREATEST(j.not_before, COALESCE(j.lease_until, j.not_before))"
_AWAITS_WORDS = """(r.state = 'waiting' AND r.stage = 'transcribe' AND EXISTS (
                SELECT FROM run_steps AS s WHERE s.run_id = r.id AND s.stage = 'transcribe' AND s.submission > 0))"""


def standing_still(awaiting_words: str) -> str:
    """Runs that are due and at which nobody is: those that were submitted and wait for their callback ("AND …"), or all others."""
    return f"""
        WITH {_ROUTES}, {_SERVED}
        SELECT 'queue ' || routes.queue || ', run' AS what, r.id FROM runs AS r JOIN routes USING (purpose, stage, lane)
        WHERE r.state IN {OPEN} AND {_FREE} {awaiting_words.format(it=_AWAITS_WORDS)} AND (
            ((r.next_publish_at < {NOW} - {_UNRUNG} OR (r.state = 'ready' AND {_DUE_SINCE} < {NOW} - {_UNCLAIMED}))
                AND routes.queue NOT IN (SELECT queue FROM served)
                AND NOT (r.purpose = 'reprocess' AND routes.queue IN {_THERE}))
            OR (r.purpose = 'live' AND CASE r.state WHEN 'ready' THEN {_DUE_SINCE} ELSE r.next_publish_at END < {NOW} - {_FORGOTTEN}))
        """


PROMISES = (
    Promise(
        "I5.runs",
        "Every open run is leased, waits for a time to come, or is due and somebody works its queue off.",
        "Due, and nobody at it: does a worker with its queue run, and reach the broker? Look at its log for sweep_failed; restart it.",
        standing_still("AND NOT {it}"),
    ),
    Promise(
        "I5.effects",
        "Every unfinished effect is leased, waits for a time to come, or is due and somebody works its queue off.",
        "Not sent, and nobody at it: does a worker with its queue (deliver, deliver_now) run, and reach the broker? Restart it.",
        f"""
        WITH {_SERVED.lstrip()}
        SELECT 'effect' AS what, e.id FROM effects AS e
        WHERE e.state IN {UNFINISHED} AND {_FREE} AND (
            ((e.next_publish_at < {NOW} - {_UNRUNG} OR {_TO_BE_SENT_SINCE} < {NOW} - {_UNCLAIMED})
                AND CAST(:deliver_queues AS jsonb) ->> ({LANE}) NOT IN (SELECT queue FROM served))
            OR {_TO_BE_SENT_SINCE} < {NOW} - {_FORGOTTEN})
        """,
    ),
    Promise(
        "I5.jobs",
        "Every open job of the API is leased, waits for a time to come, or is due and somebody works its queue off.",
        "Due, or lost with its worker, and nobody at it: does a worker with its queue (see why ID) run, and reach the broker?",
        f"""
        WITH job_routes AS (
            SELECT * FROM unnest(CAST(:job_kinds AS text[]), CAST(:job_queues AS text[])) AS wanted (kind, queue)), {_SERVED.lstrip()}
        SELECT 'queue ' || job_routes.queue || ', job' AS what, j.id FROM jobs AS j JOIN job_routes USING (kind)
        WHERE j.state IN {ASKED} AND {_FREE} AND j.expires_at > {NOW} AND (
            ((j.next_publish_at < {NOW} - {_UNRUNG} OR {_TO_BE_TAKEN_SINCE} < {NOW} - {_UNCLAIMED})
                AND job_routes.queue NOT IN (SELECT queue FROM served)
                AND NOT (j.kind = 'reprocess' AND job_routes.queue IN {_THERE}))
            OR (j.kind <> 'reprocess' AND {_TO_BE_TAKEN_SINCE} < {NOW} - {_FORGOTTEN}))
        """,
    ),
    Promise(
        "I5.due",
        "Whoever waits knows for what, and for a time that comes.",
        "It waits for nothing, or for more than a week: celery -A tasks setup rings for all that wait for a vendor; report it.",
        f"""
        SELECT 'run' AS what, r.id FROM runs AS r
        WHERE r.state IN {OPEN} AND (GREATEST(r.next_publish_at, r.not_before) > {NOW} + {_NEVER}
            OR (r.state = 'waiting' AND COALESCE(r.waiting_for, '') = ''))
        UNION ALL
        SELECT 'effect', e.id FROM effects AS e
        WHERE e.state IN {UNFINISHED} AND GREATEST(e.next_publish_at, e.not_before) > {NOW} + {_NEVER}
        """,
    ),
    Promise(
        "I6.end",
        "Whatever has ended says when, and whatever has ended badly says why.",
        "It ended in silence: look for its id in the workers' logs, then celery -A tasks retry, or resend for an effect.",
        """
        SELECT 'run' AS what, r.id FROM runs AS r
        WHERE r.state = 'dead' AND (COALESCE(r.last_error, '') = '' OR r.finished_at IS NULL)
        UNION ALL
        SELECT 'run', r.id FROM runs AS r WHERE r.id >= :since AND r.state = 'done' AND r.finished_at IS NULL
        UNION ALL
        SELECT 'effect', e.id FROM effects AS e WHERE e.state IN ('failed', 'unknown') AND COALESCE(e.last_error, '') = ''
        UNION ALL
        SELECT 'effect', e.id FROM effects AS e WHERE e.id >= :since AND e.state = 'suppressed' AND COALESCE(e.last_error, '') = ''
        UNION ALL
        SELECT 'job', j.id FROM jobs AS j WHERE j.id >= :since AND (
            (j.state = 'failed' AND (COALESCE(j.error_code, '') = '' OR j.finished_at IS NULL))
            OR (j.state = 'succeeded' AND (j.result IS NULL OR j.finished_at IS NULL)))
        """,
    ),
    Promise(
        "I6.reason",
        "A transcript that failed says why.",
        "Readers see a failure without a reason: its run's last_error tells it (celery -A tasks parked); report it.",
        """
        SELECT 'transcript' AS what, t.id FROM transcripts AS t
        WHERE t.id >= :since AND ((t.status = 'failed' AND COALESCE(t.status_reason, '') = '')
            OR (t.processing_status = 'failed' AND COALESCE(t.processing_reason, '') = ''))
        """,
    ),
    Promise(
        "I6.told",
        "A transcript whose live run died says that it failed, unless another live run goes on or has finished.",
        "Readers wait for a result that nobody makes: celery -A tasks parked shows the dead run, celery -A tasks retry runs it again.",
        f"""
        SELECT DISTINCT 'transcript' AS what, t.id FROM runs AS r JOIN transcripts AS t ON t.id = r.transcript_id
        WHERE r.state = 'dead' AND r.purpose = 'live' AND t.status <> 'failed' AND t.processing_status NOT IN ('failed', 'completed')
            AND NOT EXISTS (
                SELECT FROM runs AS other WHERE other.transcript_id = t.id AND other.purpose = 'live' AND other.state IN {OPEN})
        """,
    ),
    Promise(
        "I6.open",
        "No transcript is given up while a live run works on it.",
        "Readers see a failure although the run goes on; it ends with the run. Report it.",
        f"""
        SELECT 'transcript' AS what, t.id FROM runs AS r JOIN transcripts AS t ON t.id = r.transcript_id
        WHERE r.purpose = 'live' AND r.state IN {OPEN} AND t.processing_status = 'failed'
        """,
    ),
)
