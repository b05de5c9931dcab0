"""I4, I8 and I9: what leaves the house leaves it once, recordings are submitted once, and one voice speaks at a time."""

from db.plant.promises.progress import standing_still
from db.plant.promises.promise import NOW, OPEN, RESENT, UNFINISHED, Promise
from db.sql_other_person import is_to_other
from db.tables.effects import PARKED, UNDELIVERED, heard_partly, reason_of
from domain.emergencies.escalation import CALLS_AGAIN_AFTER_S, HELP_LATE_S, LESSER_REASONS, REPLIES_AT_MOST, REPLIES_WITHIN_S

# a call because of too many replies, or because our assistant is not sure, is about something else
_NOT_LESSER = f"NOT IN {LESSER_REASONS}"
# a thread never ends, so it may call again; the times are of two clocks' making, hence a minute less
_SOON = f"""(SELECT channel = 'voice' FROM conversations WHERE id = e.conversation_id)
                OR other.created_at BETWEEN e.created_at - interval '{CALLS_AGAIN_AFTER_S - 60:.0f} seconds' AND e.created_at"""
# Of what nobody heard, or nobody knows whether they did, somebody is called again, and the other person is told. What was heard before its
# turn was over may have called for a turn that took long.
_COUNTS = f"""NOT ({{of}}.kind = 'escalation' AND ({{of}}.state IN ('failed', 'unknown', 'superseded')
                OR {is_to_other("{of}")} OR COALESCE({{of}}.delivery, '') IN ('undelivered', 'failed') OR {heard_partly("{of}")}))"""
_SETTLED = "('sent', 'failed', 'unknown', 'superseded', 'suppressed')"

PROMISES = (
    Promise(
        "I4.once",
        "A transcript is answered by one message or in the call; a call calls for a person once, a thread once in half an hour.",
        "Somebody may have got the same twice: look both up at the vendor by provider_ref; report it with both effect_keys.",
        f"""
        SELECT 'effect' AS what, e.id FROM effects AS e
        WHERE e.id >= :since AND NOT e.effect_key {RESENT} AND {reason_of("e")} {_NOT_LESSER} AND {_COUNTS.format(of="e")}
            AND EXISTS (
            SELECT FROM effects AS other WHERE other.conversation_id = e.conversation_id AND other.id <> e.id AND other.kind = e.kind
                AND NOT other.effect_key {RESENT} AND {reason_of("other")} {_NOT_LESSER} AND {_COUNTS.format(of="other")} AND (
                other.transcript_id = e.transcript_id OR (e.kind = 'escalation' AND ({_SOON}))))
        """,
    ),
    Promise(
        "I4.limit",
        "A conversation gets no more replies in a day than are allowed, but for those that a person sends again.",
        "Two machines may be answering each other, at our cost: stop the workers of the queue deliver, look at the thread; report it.",
        f"""
        SELECT 'effect' AS what, e.id FROM effects AS e
        WHERE e.id >= :since AND e.kind = 'sms' AND e.state IN ('pending', 'sending', 'sent', 'unknown') AND NOT e.effect_key {RESENT} AND (
            SELECT count(*) FROM effects AS other
            WHERE other.conversation_id = e.conversation_id AND other.kind = 'sms' AND NOT other.effect_key {RESENT}
                AND other.state IN ('pending', 'sending', 'sent', 'unknown')
                AND other.created_at BETWEEN e.created_at - interval '{REPLIES_WITHIN_S - 60:.0f} seconds' AND e.created_at
        ) > {REPLIES_AT_MOST}
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
        "Only a live run that was persisted sends anything, or a result of a batch that was promoted; an escalation alone goes before.",
        "Something left the house, or will, without its cause: report it before anybody retries the run.",
        """
        SELECT 'effect' AS what, e.id FROM effects AS e JOIN runs AS r ON r.id = e.run_id
        WHERE e.id >= :since AND ((r.purpose <> 'live' AND COALESCE((
                SELECT false FROM promotions AS p
                WHERE p.transcript_id = r.transcript_id AND p.to_run_id = r.id AND p.batch_id = r.batch_id LIMIT 1), true))
            OR (e.kind <> 'escalation' AND r.state <> 'done'))
        """,
    ),
    Promise(
        "I4.help",
        "A call for help leaves within two minutes and reaches its telephone.",
        "Nobody was told that somebody needs them: look at its conversation now. `why` says what keeps it; then dismiss, or resend.",
        f"""
        SELECT 'effect' AS what, e.id FROM effects AS e
        WHERE e.kind = 'escalation' AND e.state IN {UNFINISHED} AND e.created_at < {NOW} - interval '{HELP_LATE_S:.0f} seconds'
        UNION ALL
        SELECT 'effect', id FROM effects WHERE kind = 'escalation' AND {PARKED}
        UNION ALL
        SELECT 'effect', id FROM effects WHERE id >= :since AND {UNDELIVERED} AND settled_at IS NULL
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
        WHERE e.id >= :since AND e.kind IN ('sms', 'call_update') AND e.state = 'sent' AND NOT e.effect_key {RESENT} AND EXISTS (
            SELECT FROM effects AS later JOIN transcripts AS t ON t.id = later.transcript_id
            WHERE later.conversation_id = e.conversation_id AND later.kind = e.kind AND later.state = 'sent' AND t.turn > mine.turn
                AND later.finished_at < e.created_at)
        """,
    ),
    Promise(
        "I9.superseded",
        "A message gives way only to the message of a later turn.",
        "A customer got no answer, and nothing in its place: celery -A tasks resend it; report it.",
        f"""
        SELECT 'effect' AS what, e.id FROM effects AS e
        WHERE e.id >= :since AND e.state = 'superseded' AND e.kind <> 'call_update'
            AND NOT ({heard_partly("e")} AND e.last_error = 'turn_told') AND NOT EXISTS (
            SELECT FROM transcripts AS mine
            JOIN effects AS later ON later.conversation_id = e.conversation_id AND later.kind = 'sms'
            JOIN transcripts AS t ON t.id = later.transcript_id AND t.turn > mine.turn
            WHERE mine.id = e.transcript_id)
        """,
    ),
    Promise(
        "I9.live",
        "What was said in a live call and worked off has its reply in the ledger: said, given way, or never to be said.",
        "A caller may have heard nothing: the call's webhook_events tell what came after; report it with the run's id.",
        """
        SELECT 'transcript' AS what, t.id FROM runs AS r JOIN transcripts AS t ON t.id = r.transcript_id
        WHERE r.id >= :since AND r.purpose = 'live' AND r.state = 'done' AND t.source = 'live_turn' AND NOT EXISTS (
            SELECT FROM effects AS e WHERE e.conversation_id = t.conversation_id AND e.transcript_id = t.id AND e.kind = 'call_update')
        """,
    ),
    Promise(
        "I9.way",
        "What is not said in a live call says why, and the reason is true.",
        "A caller waited for a reply that was there: look at its row and at the call's webhook_events; report it.",
        """
        SELECT 'effect' AS what, e.id FROM effects AS e JOIN conversations AS c ON c.id = e.conversation_id
        WHERE e.id >= :since AND e.kind = 'call_update' AND e.state = 'superseded' AND (
            COALESCE(e.last_error, '') = '' OR (e.last_error = 'call_ended' AND NOT c.ended)
            OR (e.last_error = 'later_turn' AND NOT EXISTS (
                SELECT FROM transcripts AS mine JOIN transcripts AS t ON t.conversation_id = mine.conversation_id
                WHERE mine.id = e.transcript_id AND t.source = 'live_turn' AND t.turn > mine.turn)))
        """,
    ),
    Promise(
        "I9.ended",
        "Nothing is said into a call that had ended before it was written.",
        "A call was changed after its end, or another call in its place: report it with the effect's provider_ref.",
        """
        SELECT 'effect' AS what, e.id FROM effects AS e JOIN conversations AS c ON c.id = e.conversation_id
        WHERE e.id >= :since AND e.kind = 'call_update' AND e.state = 'sent' AND e.created_at > c.ended_at
        """,
    ),
    Promise(
        "I9.escalation",
        "A call for a person is never taken back.",
        "Somebody was called, but the conversation no longer says so: look at it now, a caller may be in danger.",
        f"""
        SELECT 'conversation' AS what, c.id FROM effects AS e JOIN conversations AS c ON c.id = e.conversation_id
        WHERE e.id >= :since AND e.kind = 'escalation' AND (c.escalated_at IS NULL OR c.phase NOT IN ('escalation', 'completed'))
            AND NOT ({heard_partly("e")} AND e.state IN ('pending', 'superseded'))
        """,
    ),
)
