"""Which effects a run has: who is told what, under the key that makes it happen once."""

import re
from dataclasses import replace

from domain.chain import EffectKind
from domain.replies import takes_sms
from domain.runs import Planned, Run
from domain.speech import Channel, Urgency, Utterance

# Twilio's own opt-out words; carriers forbid answering them
OPT_OUT = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"})

# an answer that comes a day late, after an outage of ours or of a vendor's, confuses more than it helps: a person may write a better one
REPLY_AGE_LIMIT_S = 24 * 3_600.0
# a call for help is worth trying for longer, and never given up because it was tried too often
AGE_LIMITS_S = {
    EffectKind.SMS: REPLY_AGE_LIMIT_S,
    EffectKind.CALL_UPDATE: REPLY_AGE_LIMIT_S,
    EffectKind.ESCALATION: 2 * REPLY_AGE_LIMIT_S,
}
# a vendor that cannot be asked for so long what became of an effect is not asked any more: a person can look there
LOOK_UP_AGE_LIMIT_S = 2 * REPLY_AGE_LIMIT_S


def replies(run: Run) -> tuple[Planned, ...]:
    """The reply to the customer, if one goes by SMS; withheld if they asked us to stop, left no number for it or waited too long."""
    if run.reply is None or run.reply.channel is not Channel.SMS:
        return ()
    target = run.customer_number or ""
    planned = Planned(f"transcript:{run.claim.transcript_id}:sms", EffectKind.SMS, target, run.reply.text, run.our_number)
    return (replace(planned, withheld=_why_not(run, target)),)


def _why_not(run: Run, target: str) -> str | None:
    if asks_to_stop(run.utterances):
        return "opted_out"
    if not takes_sms(target):
        return "no_number_for_sms"
    return "too_late" if run.age_s > REPLY_AGE_LIMIT_S else None


def escalations(run: Run, urgency: Urgency) -> tuple[Planned, ...]:
    """The call for a person, once per conversation, if the organization named one to be called."""
    on_call = run.organization.on_call
    if urgency is not Urgency.EMERGENCY or on_call is None:
        return ()
    conversation = run.claim.conversation_id
    body = f"{run.organization.name}: an emergency was reported in conversation {conversation}. Please look at it now."
    return (Planned(f"conversation:{conversation}:escalation", EffectKind.ESCALATION, on_call, body, run.our_number),)


def asks_to_stop(utterances: tuple[Utterance, ...]) -> bool:
    """Whether the whole message is an opt-out word."""
    words = " ".join(utterance.text for utterance in utterances)
    return re.sub(r"[^a-z]", "", words.lower()) in OPT_OUT
