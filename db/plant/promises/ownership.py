"""I2 and I3: a run has one owner at a time, and its results are there exactly when it has left their stage."""

from db.plant.promises.promise import ASKED, NOW, OPEN, UNFINISHED, Promise

# no setting lets a task last longer than half of it
_LONGEST_LEASE = "interval '1 hour'"
# both times are the row's own defaults: nobody has moved it since it was opened, and it never waited
_NEVER_MOVED = "r.stage_since < r.created_at + interval '1 millisecond'"
_LOOKED_AT = f"(r.state IN {OPEN} OR r.id >= :since)"

PROMISES = (
    Promise(
        "I2.run",
        "A transcript has one open live run at most.",
        "Two runs work on the same words and may answer twice: is the index uq_runs_one_open_live_run there and valid? Report it.",
        f"""
        SELECT 'run' AS what, r.id FROM runs AS r
        WHERE r.purpose = 'live' AND r.state IN {OPEN} AND EXISTS (
            SELECT FROM runs AS other WHERE other.transcript_id = r.transcript_id AND other.id <> r.id
                AND other.purpose = 'live' AND other.state IN {OPEN})
        """,
    ),
    Promise(
        "I2.lease",
        "A lease has a token and an end, and only what is being worked on is leased.",
        "Two workers may take this for theirs, or none ever again: report it with the row's lease_token, lease_until and state.",
        f"""
        SELECT 'run' AS what, r.id FROM runs AS r
        WHERE {_LOOKED_AT} AND ((r.lease_token IS NULL) <> (r.lease_until IS NULL) OR r.attempts < 0
            OR (r.lease_token IS NOT NULL AND r.state <> 'ready'))
        UNION ALL
        SELECT 'effect', e.id FROM effects AS e
        WHERE (e.state IN {UNFINISHED} OR e.id >= :since) AND ((e.lease_token IS NULL) <> (e.lease_until IS NULL) OR e.attempts < 0
            OR (e.lease_token IS NOT NULL AND e.state <> 'sending'))
        """,
    ),
    Promise(
        "I2.length",
        "A lease ends soon after the time limit of its task; nothing renews it.",
        "Nobody else can take this over for more than an hour: is the database's clock right? Report it.",
        f"""
        SELECT 'run' AS what, r.id FROM runs AS r WHERE r.state IN {OPEN} AND r.lease_until > {NOW} + {_LONGEST_LEASE}
        UNION ALL
        SELECT 'effect', e.id FROM effects AS e WHERE e.state IN {UNFINISHED} AND e.lease_until > {NOW} + {_LONGEST_LEASE}
        """,
    ),
    Promise(
        "I2.jobs",
        "A job of the API is leased exactly while it runs, and not for longer than its task may last.",
        "It is over or waits and somebody holds it, or runs and nobody has it: report it with its lease_token, lease_until and state.",
        f"""
        SELECT 'job' AS what, j.id FROM jobs AS j
        WHERE (j.state IN {ASKED} OR j.id >= :since) AND ((j.lease_token IS NULL) <> (j.lease_until IS NULL) OR j.attempts < 0
            OR (j.lease_token IS NOT NULL) <> (j.state = 'running') OR j.lease_until > {NOW} + {_LONGEST_LEASE})
        """,
    ),
    Promise(
        "I3.early",
        "A result is committed together with the run's next stage, never before.",
        "A worker wrote a result without its lease, or half of a commit: report it with the run's run_steps.",
        f"""
        SELECT 'run' AS what, r.id FROM runs AS r
        WHERE r.state <> 'done' AND {_LOOKED_AT} AND (
            (r.stage = 'transcribe' AND {_NEVER_MOVED} AND EXISTS (SELECT FROM utterances AS u WHERE u.run_id = r.id))
            OR (r.stage IN ('transcribe', 'classify_speakers') AND EXISTS (
                SELECT FROM analyses AS a WHERE a.run_id = r.id AND a.created_at >= r.stage_since))
            OR (r.stage <> 'persist' AND EXISTS (SELECT FROM replies AS p WHERE p.run_id = r.id AND p.created_at >= r.stage_since)))
        """,
    ),
    Promise(
        "I3.missing",
        "A run that has left a stage has that stage's result.",
        "A stage moved on without its result: celery -A tasks retry, from that stage, once the run is dead; report it.",
        f"""
        SELECT 'run' AS what, r.id FROM runs AS r
        WHERE {_LOOKED_AT} AND (
            (r.stage IN ('generate_reply', 'persist') AND NOT EXISTS (SELECT FROM analyses AS a WHERE a.run_id = r.id))
            OR (r.stage = 'persist' AND NOT EXISTS (SELECT FROM replies AS p WHERE p.run_id = r.id)))
        """,
    ),
    Promise(
        "I3.pointer",
        "A transcript shows a finished run of its own.",
        "Readers see a run that is not finished or somebody else's: celery -A tasks promote a finished run of it; report it.",
        """
        SELECT 'transcript' AS what, t.id FROM transcripts AS t JOIN runs AS r ON r.id = t.current_run_id
        WHERE t.id IN (SELECT id FROM transcripts WHERE id >= :since UNION SELECT transcript_id FROM promotions WHERE id >= :since)
            AND (r.state <> 'done' OR r.transcript_id <> t.id OR r.organization_id <> t.organization_id)
        """,
    ),
    Promise(
        "I3.shown",
        "A transcript is completed and shows a run exactly when a live run of it has finished.",
        "Either readers see no result though there is one, or none is there: celery -A tasks promote its finished run; report it.",
        """
        SELECT 'transcript' AS what, t.id FROM runs AS r JOIN transcripts AS t ON t.id = r.transcript_id
        WHERE r.id >= :since AND r.purpose = 'live' AND r.state = 'done'
            AND (t.status <> 'completed' OR t.processing_status <> 'completed' OR t.current_run_id IS NULL)
        UNION
        SELECT 'transcript', t.id FROM transcripts AS t
        WHERE t.id >= :since AND t.processing_status = 'completed' AND NOT EXISTS (
            SELECT FROM runs AS r WHERE r.transcript_id = t.id AND r.purpose = 'live' AND r.state = 'done')
        """,
    ),
)
