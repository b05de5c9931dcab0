"""I4, I8 and I9: what leaves the house leaves it once, recordings are submitted once, and one voice speaks at a time."""

from db.plant.promises.progress import standing_still
from db.plant.promises.promise import OPEN, RESENT, UNFINISHED, Promise

_SETTLED = "('sent', 'failed', 'unknown', 'superseded', 'suppressed')"

PROMISES = (
    Promise(
        "I4.once",
        "A transcript is answered by one message, and a conversation calls for a person once, unless a person sends it again.",
        "Somebody may have got the same twice: look both up at the vendor by provider_ref; report it with both effect_keys.",
        f"""
        SELECT 'effect' AS what, e.id FROM effects AS e
        WHERE e.id >= :since AND e.kind IN ('sms', 'escalation') AND NOT e.effect_key {RESENT} AND EXISTS (
            SELECT FROM effects AS other WHERE other.conversation_id = e.conversation_id AND other.id <> e.id AND other.kind = e.kind
                AND NOT other.effect_key {RESENT} AND (e.kind = 'escalation' OR other.transcript_id = e.transcript_id))
        """,
    ),
    Promise(
        "I4.message",
        "A message at the vendor stands for one effect.",
        "Two effects count the same message as theirs, so one of them may never have left: compare the vendor's log, then resend.",
        """
        SELECT 'effect' AS what, e.id FROM effects AS e
        WHERE e.id >= :since AND e.provider_ref IS NOT NULL AND e.kind <> 'call_update' AND EXISTS (
            SELECT FROM effects AS other WHERE other.organization_id = e.organization_id AND other.provider_ref = e.provider_ref
                AND other.id <> e.id AND other.kind <> 'call_update')
        """,
    ),
    Promise(
        "I4.ledger",
        "The ledger knows of each effect whether it was begun, when it ended, and under which name the vendor has it.",
        "Nobody can tell from this row whether it was sent: look at the vendor's log before anybody sends it again.",
        f"""
        SELECT 'effect' AS what, e.id FROM effects AS e
        WHERE (e.id >= :since OR e.state IN {UNFINISHED}) AND (
            (e.state = 'sent' AND e.provider_ref IS NULL) OR (e.state = 'sending' AND e.attempts < 1)
            OR (e.state IN {_SETTLED}) <> (e.finished_at IS NOT NULL))
        """,
    ),
    Promise(
        "I4.cause",
        "Only a live run that was persisted sends anything; an escalation alone goes before.",
        "Something left the house, or will, without its cause: report it before anybody retries the run.",
        """
        SELECT 'effect' AS what, e.id FROM effects AS e JOIN runs AS r ON r.id = e.run_id
        WHERE e.id >= :since AND (r.purpose <> 'live' OR (e.kind <> 'escalation' AND r.state <> 'done'))
        """,
    ),
    Promise(
        "I8.number",
        "A recording is submitted no more often than is allowed.",
        "The speech vendor is paid again and again for one recording: stop the workers of the queue speech and report it.",
        f"""
        SELECT 'run' AS what, r.id FROM runs AS r JOIN run_steps AS s ON s.run_id = r.id AND s.stage = 'transcribe'
        WHERE (r.state IN {OPEN} OR r.id >= :since) AND s.submission - s.written_off > CAST(:submitted_at_most AS int)
        """,
    ),
    Promise(
        "I8.paid",
        "One run alone submits a transcript's recording; whoever comes after reads the stored words.",
        "The same recording was paid for by two runs: report it with both run ids.",
        f"""
        SELECT 'run' AS what, r.id FROM runs AS r JOIN run_steps AS s ON s.run_id = r.id AND s.stage = 'transcribe' AND s.submission > 0
        WHERE (r.state IN {OPEN} OR r.id >= :since) AND EXISTS (
            SELECT FROM runs AS other JOIN run_steps AS o ON o.run_id = other.id AND o.stage = 'transcribe' AND o.submission > 0
            WHERE other.transcript_id = r.transcript_id AND other.id <> r.id)
        """,
    ),
    Promise(
        "I8.unheard",
        "No run waits for words that are stored.",
        "A callback came and woke nobody; the run goes on at its due time, much too late. Report it.",
        """
        SELECT 'run' AS what, r.id FROM runs AS r
        WHERE r.state = 'waiting' AND r.stage = 'transcribe' AND r.purpose = 'live' AND EXISTS (
            SELECT FROM webhook_events AS e WHERE e.transcript_id = r.transcript_id AND e.kind IN ('callback', 'answer'))
        """,
    ),
    Promise(
        "I8.debt",
        "A callback that is overdue is noticed.",
        "The words are overdue and nobody asks for them: does a worker with the queue speech run? Look at its log for sweep_failed.",
        standing_still("AND {it}"),
    ),
    Promise(
        "I9.turn",
        "What was said in a conversation is numbered, and no number is given twice.",
        "Nobody can tell which of these was said first: answers may come in the wrong order. Report it.",
        """
        SELECT 'transcript' AS what, t.id FROM transcripts AS t JOIN conversations AS c ON c.id = t.conversation_id
        WHERE t.id >= :since AND (t.turn > c.turns OR EXISTS (
            SELECT FROM transcripts AS other
            WHERE other.conversation_id = t.conversation_id AND other.turn = t.turn AND other.id <> t.id))
        """,
    ),
    Promise(
        "I9.order",
        "No earlier turn is answered after a later one was.",
        "A customer got an answer to something older after the newer one: look at the thread, a person may have to explain.",
        f"""
        SELECT 'effect' AS what, e.id FROM effects AS e JOIN transcripts AS mine ON mine.id = e.transcript_id
        WHERE e.id >= :since AND e.kind = 'sms' AND e.state = 'sent' AND NOT e.effect_key {RESENT} AND EXISTS (
            SELECT FROM effects AS later JOIN transcripts AS t ON t.id = later.transcript_id
            WHERE later.conversation_id = e.conversation_id AND later.kind = 'sms' AND later.state = 'sent' AND t.turn > mine.turn
                AND later.finished_at < e.created_at)
        """,
    ),
    Promise(
        "I9.superseded",
        "A reply gives way only to the reply of a later turn.",
        "A customer got no answer, and nothing in its place: celery -A tasks resend it; report it.",
        """
        SELECT 'effect' AS what, e.id FROM effects AS e
        WHERE e.id >= :since AND e.state = 'superseded' AND NOT EXISTS (
            SELECT FROM transcripts AS mine
            JOIN effects AS later ON later.conversation_id = e.conversation_id AND later.kind = 'sms'
            JOIN transcripts AS t ON t.id = later.transcript_id AND t.turn > mine.turn
            WHERE mine.id = e.transcript_id)
        """,
    ),
    Promise(
        "I9.escalation",
        "A call for a person is never taken back.",
        "Somebody was called, but the conversation no longer says so: look at it now, a caller may be in danger.",
        """
        SELECT 'conversation' AS what, c.id FROM effects AS e JOIN conversations AS c ON c.id = e.conversation_id
        WHERE e.id >= :since AND e.kind = 'escalation' AND (c.escalated_at IS NULL OR c.phase NOT IN ('escalation', 'completed'))
        """,
    ),
)
