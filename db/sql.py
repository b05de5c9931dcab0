"""The front's statements: an event and the state that it implies, in one data-modifying statement each (text messages: db/sql_sms.py).

What PostgreSQL promises and these lean on: all parts see one snapshot; a part that reads another's RETURNING runs after it, which gives
the lock order conversation → transcript → run; ON CONFLICT DO UPDATE locks the row and sees its newest version.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.emergencies.escalation import NAME_CHARS
from domain.lanes import Lane
from domain.numbers import NOBODYS

# A status is moved only by a greater (ended, sequence, name), whatever the order of arrival (I7). The name is compared by bytes.
_OUTRANKS = '(excluded.ended, excluded.sequence, excluded.vendor_status COLLATE "C") > (c.ended, c.sequence, c.vendor_status COLLATE "C")'


def _moved(column: str) -> str:
    return f"{column} = CASE WHEN {_OUTRANKS} THEN excluded.{column} ELSE c.{column} END"


_MOVES = ",\n        ".join(_moved(column) for column in ("status", "status_reason", "ended", "sequence", "vendor_status", "ended_at"))


@dataclass(frozen=True, slots=True)
class More:
    """What a statement writes beside what all do: columns with what a new row gets, and what one that is there already becomes."""

    inserts: Mapping[str, str] = field(default_factory=dict)
    moves: Mapping[str, str] = field(default_factory=dict)
    returns: str = ""

    @property
    def columns(self) -> str:
        """The names, as they follow others."""
        return "".join(f", {name}" for name in self.inserts)

    @property
    def values(self) -> str:
        """What they get, in the same order."""
        return "".join(f", {value}" for value in self.inserts.values())

    @property
    def updates(self) -> str:
        """What they become, as it precedes others."""
        return "".join(f"{name} = {value},\n        " for name, value in self.moves.items())


_NOTHING = More()


# Who was erased is not brought back by a copy of what was delivered before. A call that was erased is over; who writes anew is heard anew.
_SPEAKS_ANEW = """(c.channel = 'sms' AND (c.their_number IS NOT NULL OR NOT EXISTS (
            SELECT FROM webhook_events
            WHERE organization_id = :org AND provider = :provider AND kind = :kind AND dedupe_key = :dedupe_key)))"""


def conversation_part(turns: str, more: More = _NOTHING) -> str:
    """The part that makes the conversation, or moves it; ``turns`` is how many things more were said in it."""
    return f"""
  conversation AS (
    INSERT INTO conversations AS c (id, organization_id, provider, provider_ref, channel, direction, our_number, their_number,
        status, status_reason, ended, sequence, vendor_status, turns, duration_seconds, ended_at{more.columns})
    VALUES (:conversation_id, :org, :conversation_provider, :conversation_ref, :channel, :direction, :our_number, :their_number,
        :call_status, :call_reason, :call_ended, :call_sequence, :call_name, :turns, :call_duration,
        CASE WHEN :call_ended THEN clock_timestamp() END{more.values})
    ON CONFLICT (organization_id, provider, provider_ref) DO UPDATE SET
        {_MOVES},
        {more.updates}turns = c.turns + {turns},
        direction = COALESCE(c.direction, excluded.direction),
        our_number = COALESCE(c.our_number, excluded.our_number),
        their_number = CASE WHEN c.erased_at IS NULL OR {_SPEAKS_ANEW} THEN COALESCE(c.their_number, excluded.their_number) END,
        duration_seconds = GREATEST(c.duration_seconds, excluded.duration_seconds),
        updated_at = clock_timestamp()
    RETURNING c.id, c.turns, c.erased_at IS NOT NULL AND c.channel = 'voice' AS is_erased{more.returns}
  )"""


SAID_BEFORE = """EXISTS (
            SELECT FROM transcripts WHERE organization_id = :org AND source = :source AND source_ref = :source_ref)"""
# What was said before takes no second turn. Two copies at the very same moment may both count: turns grow, but need not be dense.
NEW_TURN = f"CASE WHEN {SAID_BEFORE} THEN 0 ELSE 1 END"

_EVENT_COLUMNS = """id, organization_id, provider, kind, dedupe_key, subject, conversation_id, transcript_id, headers,
        body, body_size, body_sha256, trace_id"""


def event_part(conversation: str, transcript: str, source: str, is_erased: str = "false") -> str:
    """The part that keeps the delivery itself, one row for each row of ``source``; the others are expressions over it.

    Of whoever ``is_erased`` only that it came is kept.
    """
    return f"""
  event AS (
    INSERT INTO webhook_events AS e ({_EVENT_COLUMNS})
    SELECT :event_id, :org, :provider, :kind, :dedupe_key, :subject, {conversation}, {transcript}, CAST(:headers AS jsonb),
        CASE WHEN {is_erased} THEN CAST('' AS bytea) ELSE :body END, :body_size, :body_sha256, :trace_id
    FROM {source}
    ON CONFLICT (organization_id, provider, kind, dedupe_key) DO UPDATE SET duplicate_count = e.duplicate_count + 1
    RETURNING e.id, e.id = :event_id AS fresh
  )"""


# of the effects in the conversation at hand; what they are comes after it
IN_CONVERSATION = "EXISTS (SELECT FROM effects WHERE organization_id = :org AND conversation_id = conversation.id AND"
# whom to call for an organization `o`: domain/organizations/organization.py says the same (helper)
HELPER = "COALESCE(NULLIF(o.settings ->> 'on_call', ''), NULLIF(o.settings ->> 'front_desk', ''))"
# What the person is told who is called (domain/emergencies/escalation.py), with the customer's number if it can be called: what stands for
# a hidden one cannot. The name goes in last: it is only a name, whatever stands in it.
_CALL_BACK = f"""CASE WHEN conversation.their_number ~ '^[+][1-9][0-9]{{6,14}}$'
                AND conversation.their_number NOT IN {tuple(sorted(NOBODYS))}
            THEN replace(:call_back, '{{number}}', conversation.their_number) ELSE '' END"""
_TOLD = f"""replace(replace(replace(:call_for_help, '{{conversation}}', CAST(conversation.id AS text)), '{{call_back}}',
            {_CALL_BACK}), '{{name}}', left(o.name, {NAME_CHARS}))"""

# The first publish is the front's own, at once; the sweeper rings only if that one got lost.
_FIRST_RING = "clock_timestamp() + interval '3 seconds'"

# What never had a run: its failure is overruled by a delivery that brings something to work on, and a failure ends it while it is heard.
# Nothing else moves a transcript back.
_OVERRULED = """((t.status = 'failed' AND :opens_run) OR (t.status = 'processing' AND excluded.status = 'failed'))
            AND NOT EXISTS (SELECT FROM runs WHERE runs.transcript_id = t.id)"""


def transcript_part(more: More = _NOTHING) -> str:
    """The part that notes that something was said, and in which turn."""
    return f"""
  transcript AS (
    INSERT INTO transcripts AS t (id, organization_id, conversation_id, turn, source, source_ref, status, status_reason,
        duration_ms, channels, said_at{more.columns})
    SELECT :transcript_id, :org, conversation.id, conversation.turns, :source, :source_ref, :transcript_status, :transcript_reason,
        :duration_ms, :channels, :said_at{more.values}
    FROM conversation
    ON CONFLICT (organization_id, source, source_ref) DO UPDATE SET
        status = CASE WHEN {_OVERRULED} THEN excluded.status ELSE t.status END,
        status_reason = CASE WHEN {_OVERRULED} THEN excluded.status_reason ELSE t.status_reason END,
        duration_ms = COALESCE(t.duration_ms, excluded.duration_ms),
        channels = COALESCE(t.channels, excluded.channels),
        updated_at = clock_timestamp()
    RETURNING t.id, t.conversation_id, t.turn
  )"""


# A second run is kept away by three: NOT EXISTS looks for any run of the transcript, but only in the statement's own snapshot; event.fresh
# sees the newest version of the event, when a copy waited for the first one's locks until that one's run was finished; the unique index
# keeps two open runs apart.
def run_part(opens: str, lane: Lane = Lane.NORMAL) -> str:
    """The part that opens a run over the transcript, if ``opens``; ``lane`` says who goes first."""
    return f"""
  run AS (
    INSERT INTO runs (id, organization_id, conversation_id, transcript_id, turn, lane, next_publish_at, trace_id)
    SELECT :run_id, :org, transcript.conversation_id, transcript.id, transcript.turn, '{lane}', {_FIRST_RING}, :trace_id
    FROM transcript, event
    WHERE ({opens}) AND event.fresh AND NOT EXISTS (
        SELECT FROM runs WHERE runs.transcript_id = transcript.id AND runs.purpose = 'live')
    ON CONFLICT DO NOTHING
    RETURNING id
  )"""


def help_part(
    key: str,
    calls: str,
    about: str = "transcript.id, run.id",
    said: str = "conversation CROSS JOIN transcript LEFT JOIN run ON true",
    why: str = "CAST(:emergency AS text)",
    waits_s: int = 0,
) -> str:
    """The part that calls for a person, if the organization named one and ``calls``; ``key`` says what happens once.

    It is what the chain plans (domain/effects.py), here without it: whoever is in danger waits for neither queue nor worker. ``about``
    are the transcript and the run that it comes of, ``said`` is where they stand; ``why`` is the safety rule that was met, or another
    reason; it ``waits_s`` seconds before it may leave. The conversation has to return ``our_number`` and ``their_number``.
    """
    return f"""
  help AS (
    INSERT INTO effects (id, organization_id, conversation_id, transcript_id, run_id, effect_key, kind, reason, target, sender, body,
        trace_id, not_before, next_publish_at)
    SELECT :help_id, :org, conversation.id, {about}, {key}, 'escalation', {why}, {HELPER}, conversation.our_number, {_TOLD}, :trace_id,
        clock_timestamp() + interval '{waits_s} seconds', clock_timestamp() + interval '{waits_s + 2} seconds'
    FROM {said} JOIN organizations AS o ON o.id = :org
    WHERE {calls} AND {HELPER} IS NOT NULL
    ON CONFLICT DO NOTHING
    RETURNING id
  )"""


RUN_PART = run_part(":opens_run")
SAID = "event.id AS event_id, event.fresh, transcript.conversation_id, transcript.id AS transcript_id, run.id AS run_id"
SAID_AND_CALLED = f"SELECT {SAID}, help.id AS effect_id FROM transcript CROSS JOIN event LEFT JOIN run ON true LEFT JOIN help ON true"
SAID_EVENT = event_part("transcript.conversation_id", "transcript.id", "transcript", "(SELECT is_erased FROM conversation)")
_CALLED_BACK = event_part("transcript.conversation_id", "transcript.id", "transcript", "transcript.emptied_at IS NOT NULL")

# the talk ends with the call; that somebody is in danger is never taken back
PHASE_ENDS = "CASE WHEN excluded.ended AND c.phase <> 'escalation' THEN 'completed' ELSE c.phase END"
ENDS = More(
    inserts={"phase": "CASE WHEN :call_ended THEN 'completed' ELSE 'greeting' END"}, moves={"phase": PHASE_ENDS}, returns=", c.ended"
)
# What was heard while people talked, and is worked on when they have ended: its own last event may be lost. Of several in one call, which
# are rare, the first; the others have their own last events.
STILL_HEARD = """
  transcript AS (
    SELECT t.id, t.conversation_id, t.turn FROM conversation JOIN transcripts AS t ON t.conversation_id = conversation.id
    WHERE conversation.ended AND t.organization_id = :org AND t.source = 'live_transcription' AND t.status = 'processing'
    ORDER BY t.turn LIMIT 1
  )"""

_STATUS_EVENT = event_part("conversation.id", "NULL", "conversation", "conversation.is_erased")
STORE_STATUS = f"""
WITH {conversation_part("0", ENDS)}, {_STATUS_EVENT}, {STILL_HEARD}, {run_part("true")}
SELECT event.id AS event_id, event.fresh, conversation.id AS conversation_id, transcript.id AS transcript_id, run.id AS run_id
FROM event CROSS JOIN conversation LEFT JOIN (transcript JOIN run ON true) ON true
"""

STORE_DELIVERY = f"""
WITH {conversation_part(NEW_TURN)}, {transcript_part()}, {SAID_EVENT}, {RUN_PART}
SELECT {SAID}
FROM transcript CROSS JOIN event LEFT JOIN run ON true
"""

# A ready run is locked too: a step that is just now deciding to wait holds that lock; the CASE then sees its decision (I8).
# Whatever a run died of before its words came: here they are, and it has new tries at them. One that died of words that are stored already
# is none the better for others.
_REVIVABLE = """runs.state = 'dead' AND :transcript_status = 'completed' AND NOT EXISTS (
        SELECT FROM webhook_events AS words
        WHERE words.organization_id = :org AND words.transcript_id = :transcript_id AND words.kind IN ('callback', 'answer'))"""

# The failure of a job that was submitted anew since is history: only the last one's may end the run.
_OUTDATED = """:transcript_status = 'failed' AND EXISTS (
    SELECT FROM runs AS r JOIN run_steps AS s ON s.run_id = r.id AND s.stage = 'transcribe'
    WHERE r.organization_id = :org AND r.transcript_id = :transcript_id AND r.purpose = 'live' AND s.submission > :submission)"""

# the only end of a run that no worker writes
_COUNT_ENDED = """
    INSERT INTO failure_counts AS f (task, code, outcome, count)
    SELECT 'transcript.transcribe', 'transcription:failed', 'ended', 1 FROM run WHERE run.state = 'dead'
    ON CONFLICT (task, code, outcome) DO UPDATE SET count = f.count + 1
  """

STORE_CALLBACK = f"""
WITH transcript AS (
    UPDATE transcripts SET
        status = CASE WHEN status = 'completed' OR ({_OUTDATED}) THEN status ELSE :transcript_status END,
        status_reason = CASE WHEN status = 'completed' OR ({_OUTDATED}) THEN status_reason ELSE :transcript_reason END,
        updated_at = clock_timestamp()
    WHERE organization_id = :org AND id = :transcript_id
    RETURNING id, conversation_id, emptied_at
  ), {_CALLED_BACK},
  run AS (
    UPDATE runs SET
        state = CASE
            WHEN :transcript_status = 'failed' AND state = 'waiting' THEN 'dead'
            WHEN :transcript_status = 'completed' THEN 'ready'
            ELSE state END,
        last_error = CASE
            WHEN :transcript_status = 'failed' AND state = 'waiting' THEN 'transcription:failed'
            WHEN :transcript_status = 'completed' THEN NULL
            ELSE last_error END,
        waiting_for = NULL,
        finished_at = CASE WHEN :transcript_status = 'failed' AND state = 'waiting' THEN clock_timestamp() END,
        attempts = CASE WHEN state = 'ready' THEN attempts ELSE 0 END,
        settled_at = NULL, settled_by = NULL,
        stage_since = CASE WHEN state IN ('dead', 'waiting') THEN clock_timestamp() ELSE stage_since END,
        not_before = clock_timestamp(),
        next_publish_at = CASE WHEN lease_until > clock_timestamp() THEN next_publish_at ELSE {_FIRST_RING} END
    FROM transcript, event
    WHERE runs.organization_id = :org AND runs.transcript_id = transcript.id AND runs.purpose = 'live' AND runs.stage = 'transcribe'
        AND (runs.state IN ('ready', 'waiting') OR ({_REVIVABLE})) AND event.fresh AND NOT ({_OUTDATED})
        AND transcript.emptied_at IS NULL
    RETURNING runs.id, runs.state
  ), counted AS ({_COUNT_ENDED})
SELECT event.id AS event_id, event.fresh, transcript.conversation_id, transcript.id AS transcript_id,
    CASE WHEN run.state = 'ready' THEN run.id END AS run_id
FROM transcript CROSS JOIN event LEFT JOIN run ON true
"""

KEEP_ANSWER = f"""
INSERT INTO webhook_events ({_EVENT_COLUMNS})
SELECT :event_id, :org, :provider, :kind, :dedupe_key, :subject, :conversation, t.id, CAST(:headers AS jsonb),
    :body, :body_size, :body_sha256, :trace_id
FROM transcripts AS t WHERE t.organization_id = :org AND t.id = :transcript AND t.emptied_at IS NULL FOR SHARE
ON CONFLICT DO NOTHING
"""
