"""The ledger of what leaves the house: ``sending`` is committed before the outside is called, the outcome after (I4)."""

from collections.abc import Sequence
from uuid import UUID

from db.one_trip import Statement, commit, fenced
from db.opt_outs import key, last_word
from db.plant import failures
from db.plant.workers import NOTE_CLAIM
from db.sql_other_person import other_part
from db.sql_sms import LAST_WORD_COUNTS
from db.sql_voice import LATER_TURN
from db.tables.base import new_id
from db.tables.effects import heard_partly
from domain.chain import EffectKind, EffectState
from domain.emergencies.escalation import SENDERS_FAULT
from domain.healing import FailureOutcome
from domain.runs import Effect, LiveTurn
from domain.telephony.call_flow import REPLY_AGE_LIMIT_S
from domain.telephony.line import Line
from domain.telephony.opt_outs import OPTED_OUT

TASK = "reply.deliver"
# who settles what waits for no person
OURSELVES = "hookline"
# What a look-up that found nothing leaves behind, so that the next one is the last.
NOT_FOUND = "not_found_yet"

# One at a time decides who speaks in a conversation (I9). Only among themselves: NO KEY UPDATE holds up nobody who refers to it.
_ONE_VOICE = """
SELECT FROM conversations WHERE id = (SELECT conversation_id FROM effects WHERE id = :effect AND kind <> 'escalation') FOR NO KEY UPDATE
"""


def claimable(now: str = "clock_timestamp()") -> str:
    """The SQL condition under which a row of ``effects`` may be claimed; with an earlier ``now`` (SQL): could have been ever since.

    What has to be looked up waits for whatever is just being sent in its conversation: that could be taken for it.
    """
    return f"""state IN ('pending', 'sending') AND not_before <= {now} AND (lease_until IS NULL OR lease_until < {now})
        AND NOT (kind = 'sms' AND EXISTS (
            SELECT FROM effects AS earlier
            JOIN transcripts AS t ON t.id = earlier.transcript_id
            JOIN transcripts AS mine ON mine.id = effects.transcript_id
            WHERE earlier.conversation_id = effects.conversation_id AND earlier.kind = 'sms' AND earlier.state = 'sending'
                AND earlier.lease_until > {now} AND earlier.id <> effects.id AND (t.turn < mine.turn OR effects.state = 'sending')))"""


# A call for help has to come from somewhere: what was said may have come before the call's own events, or by no call of ours; and the
# number that was called may be none that sends messages.
# The number that it names for that is taken once the other one was refused.
_OTHER_SENDER = "NULLIF(o.settings ->> 'sends_from', '')"
_SENDER = f"""CASE WHEN before.last_error IN {SENDERS_FAULT} THEN COALESCE({_OTHER_SENDER}, e.sender)
        ELSE COALESCE(e.sender, c.our_number, {_OTHER_SENDER}) END"""
# What a reply is said to; its turn as the URLs of the call count it. Who wrote the reply may have asked for a person to take over.
_ANSWERS = """(
    SELECT json_build_array(CAST(split_part(t.source_ref, ':', 2) AS int), COALESCE(NULLIF(o.settings #>> '{persona,locale}', ''), 'en-US'),
        c.our_number, c.their_number, CASE WHEN EXISTS (SELECT FROM replies AS r WHERE r.run_id = e.run_id AND r.escalates)
            THEN json_build_array(o.settings ->> 'front_desk', o.settings ->> 'on_call') END)
    FROM transcripts AS t JOIN organizations AS o ON o.id = t.organization_id JOIN conversations AS c ON c.id = t.conversation_id
    WHERE t.id = e.transcript_id AND t.source = 'live_turn' AND e.kind = 'call_update')"""
# The row is locked before its state is read: whoever waited for it must not take an interrupted attempt for a fresh one.
_CLAIM = f"""
WITH before AS (
    SELECT id, state, last_error FROM effects WHERE id = :effect AND {claimable()} FOR UPDATE
), claimed AS (
    UPDATE effects AS e SET
        state = 'sending', attempts = attempts + 1, lease_token = gen_random_uuid(), worker = :worker,
        sender = CASE WHEN e.kind = 'escalation' THEN (
            SELECT {_SENDER} FROM conversations AS c JOIN organizations AS o ON o.id = c.organization_id WHERE c.id = e.conversation_id)
            ELSE e.sender END,
        lease_until = clock_timestamp() + make_interval(secs => :lease_s),
        next_publish_at = clock_timestamp() + make_interval(secs => :lease_s + 0.5)
    FROM before WHERE e.id = before.id
    RETURNING e.id, e.organization_id, (SELECT twilio_account_sid FROM organizations WHERE id = e.organization_id) AS account,
        e.conversation_id, e.kind, e.target, e.body, e.sender, e.lease_token, e.attempts, e.created_at,
        e.trace_id, {_ANSWERS} AS answers, EXTRACT(EPOCH FROM clock_timestamp() - e.created_at) AS age_s,
        e.kind = 'escalation' AND ((SELECT {_OTHER_SENDER} FROM organizations AS o WHERE o.id = e.organization_id) <> e.sender) IS TRUE
            AS has_other_sender,
        before.state = 'sending' AS interrupted,
        before.state = 'sending' AND before.last_error IS NOT DISTINCT FROM '{NOT_FOUND}' AS looked_up
), noted AS ({NOTE_CLAIM})
SELECT * FROM claimed
"""
# What answers a later turn was entered after this one was said: an index need be read no further back, but for a clock that was put back.
_SUPERSEDE = """
UPDATE effects AS e SET state = 'superseded', finished_at = clock_timestamp()
FROM transcripts AS mine
WHERE e.id = :effect AND e.state = 'pending' AND e.kind = 'sms' AND mine.id = e.transcript_id AND EXISTS (
    SELECT FROM effects AS later JOIN transcripts AS t ON t.id = later.transcript_id
    WHERE later.conversation_id = e.conversation_id AND later.created_at >= mine.created_at - interval '1 hour'
        AND later.kind = 'sms' AND later.state IN ('sending', 'sent') AND t.turn > mine.turn)
"""
# Said into a call that has ended, into a later turn, or after the caller has heard that a person will get back to them, a reply is worse
# than none.
_GIVE_WAY = f"""
UPDATE effects AS e SET state = 'superseded', finished_at = clock_timestamp(),
    last_error = CASE WHEN c.ended THEN 'call_ended' WHEN {LATER_TURN.format(of="mine")} THEN 'later_turn' ELSE 'too_late' END
FROM conversations AS c, transcripts AS mine
WHERE e.id = :effect AND e.state = 'pending' AND e.kind = 'call_update' AND c.id = e.conversation_id AND mine.id = e.transcript_id
    AND (c.ended OR {LATER_TURN.format(of="mine")} OR mine.created_at < clock_timestamp() - interval '{REPLY_AGE_LIMIT_S:.0f} seconds')
"""
# What was heard of an emergency before its turn was over calls only where the turn was never told: then the conversation is escalated.
_HEAR_OUT = f"""
WITH partly AS (
    SELECT e.id, e.conversation_id, e.reason, EXISTS (
        SELECT FROM transcripts AS t WHERE t.organization_id = e.organization_id AND t.source = 'live_turn'
            AND t.source_ref = concat_ws(':', c.provider_ref, split_part(e.effect_key, ':', 4))) AS was_told
    FROM effects AS e JOIN conversations AS c ON c.id = e.conversation_id
    WHERE e.id = :effect AND e.state = 'pending' AND e.kind = 'escalation' AND {heard_partly("e")}
), escalated AS (
    UPDATE conversations AS c SET phase = 'escalation', escalated_at = COALESCE(c.escalated_at, clock_timestamp()),
        escalation_reason = COALESCE(c.escalation_reason, partly.reason), updated_at = clock_timestamp()
    FROM partly WHERE c.id = partly.conversation_id AND NOT partly.was_told
)
UPDATE effects AS e SET state = 'superseded', last_error = 'turn_told', finished_at = clock_timestamp()
FROM partly WHERE e.id = partly.id AND partly.was_told
"""
# Planned before they wrote STOP, or sent again by a person: a reply that has not left does not leave any more. A call for help goes to the
# organization's own, who are not asked here: Twilio refuses it if they told it so, and then somebody hears of it.
_WITHHOLD = f"""
UPDATE effects AS e SET state = 'suppressed', last_error = '{OPTED_OUT}', finished_at = clock_timestamp()
WHERE e.id = :effect AND e.state = 'pending' AND e.kind = 'sms' AND (
    {last_word("o.stopped", "e.organization_id", "e.sender", "e.target")})
"""
# Who wrote START since the effect was entered may have done so after the vendor refused it: the next refusal counts then.
_NOTE_OPT_OUT = f"""
INSERT INTO opt_outs AS o (organization_id, our_number, their_number, stopped, told_at)
SELECT e.organization_id, e.sender, e.target, true, e.created_at FROM effects AS e
WHERE e.organization_id = :org AND e.id = :effect AND e.sender IS NOT NULL
{LAST_WORD_COUNTS.format(changed_by="NULL")}
"""
# A reference that nobody settled came with the network's report: whatever the sender believes, the message exists.
_REPORTED = "provider_ref IS NOT NULL AND state = 'sending'"
_SETTLE_REPORTED = f"""
UPDATE effects SET state = 'sent', last_error = NULL, lease_token = NULL, lease_until = NULL, finished_at = clock_timestamp()
WHERE id = :effect AND {_REPORTED} AND (lease_until IS NULL OR lease_until < clock_timestamp())
"""
# what was to be said to a live turn is said within seconds or never: nobody has to decide about it afterwards
_SETTLE = f"""
UPDATE effects SET
    settled_at = CASE WHEN :is_history AND NOT ({_REPORTED}) THEN clock_timestamp() ELSE settled_at END,
    settled_by = CASE WHEN :is_history AND NOT ({_REPORTED}) THEN '{OURSELVES}' ELSE settled_by END,
    state = CASE WHEN {_REPORTED} THEN 'sent' ELSE :state END,
    last_error = CASE WHEN {_REPORTED} THEN NULL ELSE :code END,
    provider = COALESCE(:provider, provider), provider_ref = COALESCE(:ref, provider_ref),
    lease_token = NULL, lease_until = NULL, finished_at = clock_timestamp()
WHERE organization_id = :org AND id = :effect AND lease_token = :token
"""
# of a call for help that cannot be sent, or of which nobody knows whether it was, the other person hears
_TELL_THE_OTHER = f"""WITH {other_part("effects AS e", "e.id = :effect AND e.state IN ('failed', 'unknown')")} SELECT"""
_POSTPONE = f"""
UPDATE effects SET
    state = CASE WHEN {_REPORTED} THEN 'sent' ELSE :state END,
    last_error = CASE WHEN {_REPORTED} THEN NULL ELSE :code END,
    finished_at = CASE WHEN {_REPORTED} THEN clock_timestamp() END,
    attempts = attempts - :given_back, lease_token = NULL, lease_until = NULL,
    not_before = clock_timestamp() + make_interval(secs => :delay_s), next_publish_at = clock_timestamp() + make_interval(secs => :delay_s)
WHERE organization_id = :org AND id = :effect AND lease_token = :token
"""


_NOBODY_ELSES = """
SELECT told.ref FROM unnest(CAST(:refs AS text[])) WITH ORDINALITY AS told (ref, place)
WHERE NOT EXISTS (
    SELECT FROM effects AS other WHERE other.organization_id = :org AND other.provider_ref = told.ref AND other.id <> :effect)
ORDER BY told.place
"""


def claim(effect_id: UUID, *, lease_s: float, worker: str = "") -> Effect | None:
    """Lease an effect to a worker and commit ``sending``; None if it is finished, leased or not due.

    None, too, for a reply that is superseded by a later turn, comes after one that is just being sent, or belongs into a call that has
    ended (I9), and for one to somebody who wants none, which is suppressed. Locks conversation before effect. Raises StoreUnavailable.
    """
    mine = {"effect": effect_id, "lease_s": lease_s, "worker": worker} | key()
    rows = commit(*(Statement(sql, mine) for sql in (_ONE_VOICE, _SETTLE_REPORTED, _HEAR_OUT, _SUPERSEDE, _GIVE_WAY, _WITHHOLD, _CLAIM)))
    if not rows:
        return None
    [row] = rows
    return Effect(
        id=row.id,
        organization_id=row.organization_id,
        conversation_id=row.conversation_id,
        kind=EffectKind(row.kind),
        target=row.target,
        body=row.body,
        sender=row.sender,
        lease_token=row.lease_token,
        attempts=row.attempts,
        interrupted=row.interrupted,
        created_at=row.created_at,
        trace_id=row.trace_id,
        looked_up=row.looked_up,
        account=row.account,
        age_s=float(row.age_s),
        answers=_answered(*row.answers) if row.answers else None,
        has_other_sender=row.has_other_sender,
    )


def _answered(turn: int, locale: str, ours: str | None, theirs: str | None, takes_over: Sequence[str | None] | None) -> LiveTurn:
    line = Line(ours, theirs)
    return LiveTurn(turn, locale, line.first_of(*takes_over or ()), line.shows)


def nobody_elses(effect: Effect, refs: Sequence[str]) -> list[str]:
    """Which of these messages no other effect is known to have sent, in their order. Raises StoreUnavailable."""
    if not refs:
        return []
    mine = {"org": effect.organization_id, "effect": effect.id, "refs": list(refs)}
    return [row.ref for row in commit(Statement(_NOBODY_ELSES, mine))]


def settle(
    effect: Effect,
    state: EffectState,
    *,
    provider: str | None = None,
    ref: str | None = None,
    code: str | None = None,
    opted_out: bool = False,
) -> None:
    """Write down how an effect ended; as sent, if a report proved that meanwhile. Raises LeaseLost, StoreUnavailable.

    A reply to a live turn that failed, or of which nobody knows, waits for no person. Of a call for help that ends so, whoever else
    the organization named is told, in the same commit.
    ``opted_out``: the vendor says that its recipient wants no messages from that number; that is written down, too.
    """
    mine = {"org": effect.organization_id, "effect": effect.id}
    noted = [Statement(_NOTE_OPT_OUT, mine)] if opted_out else []
    is_in_doubt = state in {EffectState.FAILED, EffectState.UNKNOWN}
    if effect.policy.tells_other and is_in_doubt:
        noted.append(Statement(_TELL_THE_OTHER, mine | {"other_id": new_id()}))
    is_history = effect.answers is not None and is_in_doubt
    told: dict[str, object] = {"state": state, "provider": provider, "ref": ref, "code": code, "is_history": is_history}
    _fenced(_SETTLE, effect, told, FailureOutcome.ENDED, *noted)


def postpone(effect: Effect, code: str, delay_s: float, *, left_the_house: bool, give_back: bool = False) -> None:
    """Try again later: from the start if nothing left the house, else only by looking it up first. Never, if a report proved it sent.

    ``give_back`` does not count the attempt. Raises LeaseLost, StoreUnavailable.
    """
    state = EffectState.SENDING if left_the_house else EffectState.PENDING
    parameters = {"state": state, "code": code, "delay_s": delay_s, "given_back": 1 if give_back else 0}
    _fenced(_POSTPONE, effect, parameters, FailureOutcome.PAUSED if give_back else FailureOutcome.RETRIED)


def _fenced(statement: str, effect: Effect, parameters: dict[str, object], outcome: FailureOutcome, *more: Statement) -> None:
    mine = {"org": effect.organization_id, "effect": effect.id, "token": effect.lease_token}
    code = parameters["code"]
    commit(fenced(statement, parameters | mine), *more, *([failures.counted(TASK, str(code), outcome)] if code else []))
