"""Which effects a run has: who is told what, under the key that makes it happen once."""

from dataclasses import replace

from domain.chain import EffectKind, Source
from domain.emergencies import escalation
from domain.emergencies.escalation import (
    ASKED_FOR_PERSON,
    ASKS_WITHIN_S,
    ASSISTANT_ASKS,
    CALL_FOR_HELP,
    CALLS_BACK_TEMPLATE,
    ESCALATION,
    LESSER_CALLS,
    PROMISED_CALLBACK,
    REPLY_LIMIT,
    TOO_MANY,
    worded,
)
from domain.emergencies.safety_phrases import HUMAN
from domain.leaving import REPLY_AGE_LIMIT_S
from domain.numbers import takes_sms
from domain.organizations.organization import Organization
from domain.runs import Planned, Run
from domain.speech import Channel, Urgency
from domain.telephony import opt_outs
from domain.telephony.call_flow import call_of
from domain.telephony.line import Line

UNHEARD = "{name}: we could not hear you on the telephone just now. Write to us here, and we will help you."
# a call that is heard twice, live and as a recording, is answered once
ANSWERED_ALREADY = "answered_already"
# a vendor that cannot be asked for so long what became of an effect is not asked any more: a person can look there
LOOK_UP_AGE_LIMIT_S = 2 * REPLY_AGE_LIMIT_S


def replies(run: Run) -> tuple[Planned, ...]:
    """The reply to the customer: said into a live call, or sent by SMS unless they want none of ours, left no number or waited too long."""
    if run.reply is not None and run.is_live_turn:
        key = f"transcript:{run.claim.transcript_id}:call_update"
        return (Planned(key, EffectKind.CALL_UPDATE, call_of(run.source_ref), run.reply.text),)
    if run.reply is None or run.reply.channel is not Channel.SMS:
        return ()
    target = run.customer_number or ""
    planned = Planned(f"transcript:{run.claim.transcript_id}:sms", EffectKind.SMS, target, run.reply.text, run.our_number)
    withheld = _why_not(run, target)
    return (replace(planned, withheld=withheld), *(() if withheld else _too_many(run)))


def silence_text(organization: Organization, number: str | None) -> str | None:
    """What a caller is sent of whom nothing was heard; None if the organization does not want it or the number takes no messages."""
    wanted = organization.texts_silent_callers and takes_sms(number)
    return UNHEARD.format(name=organization.name) if wanted else None


def _too_many(run: Run) -> tuple[Planned, ...]:
    """Who is to look at a thread with too many replies; two machines answer each other for ever, if nobody does."""
    key = f"conversation:{run.claim.conversation_id}:{REPLY_LIMIT}:{run.claim.transcript_id}"
    return tuple(replace(call, on_limit=True) for call in _calls(run, key, TOO_MANY, REPLY_LIMIT))


def _why_not(run: Run, target: str) -> str | None:
    unwanted = opt_outs.withheld(keyword(run), run.source_ref, run.opt_out)
    if unwanted:
        return unwanted
    if not takes_sms(target):
        return "no_number_for_sms"
    return "too_late" if run.age_s > REPLY_AGE_LIMIT_S else None


def escalations(run: Run, rule: str) -> tuple[Planned, ...]:
    """The call for a person because of a safety rule, if the organization named one to be called: once for a call, once for a message."""
    return _calls(run, _key(run, ESCALATION), CALL_FOR_HELP, rule)


def person_wanted(run: Run) -> str | None:
    """Why a person shall look though nobody is in danger: the customer asked for one, or whoever wrote the reply did, or it promised one.

    None if nothing of that is so. Who asks in a live call is put through at once where there is a front desk; in a recorded call they were
    talking to somebody.
    """
    talks_with_us = run.source is Source.SMS or run.is_live_turn
    asks = run.analysis is not None and any(found.rule in HUMAN for found in run.analysis.safety)
    line = Line(run.our_number, run.customer_number)
    is_put_through = asks and run.is_live_turn and line.first_of(run.organization.front_desk) is not None
    if asks and talks_with_us and not is_put_through:
        return ASKED_FOR_PERSON
    if run.reply and run.reply.escalates and _hears_it_now(run):
        return ASSISTANT_ASKS
    return PROMISED_CALLBACK if _is_promised(run) and talks_with_us and not is_put_through else None


def _is_promised(run: Run) -> bool:
    # whatever is urgent is answered with approved words, and those say that a person will get back to the customer
    is_urgent = run.analysis is not None and run.analysis.urgency is Urgency.HIGH
    return is_urgent or (run.reply is not None and run.reply.template == CALLS_BACK_TEMPLATE)


def _hears_it_now(run: Run) -> bool:
    """Whether the customer gets this run's reply, and gets it soon: nobody is asked to look because of an answer that nobody hears.

    A run that comes after another one, because a vendor is back or a person told who is who, changes no answer.
    """
    return run.age_s <= ASKS_WITHIN_S and not run.claim.redoes and any(planned.withheld is None for planned in replies(run))


def asked_for(run: Run) -> tuple[Planned, ...]:
    """The message to the person who is wanted, if the organization named one; entered where nobody was called lately."""
    reason = person_wanted(run)
    return _calls(run, _key(run, reason), LESSER_CALLS[reason], reason) if reason else ()


def _key(run: Run, what: str) -> str:
    return escalation.key(what, run.evidence.channel, run.claim.conversation_id, run.claim.transcript_id)


def _calls(run: Run, key: str, words: str, reason: str) -> tuple[Planned, ...]:
    whom, conversation = run.organization.helper, run.claim.conversation_id
    if whom is None:
        return ()
    body = worded(words, run.organization.name, conversation, run.customer_number)
    return (Planned(key, EffectKind.ESCALATION, whom, body, run.our_number, reason=reason),)


def keyword(run: Run) -> opt_outs.Keyword | None:
    """What the network took a text message for, as the front noted it; without a note, what its words say. None for what was spoken."""
    if run.source is not Source.SMS:
        return None
    return run.keyword or opt_outs.keyword(" ".join(said.text for said in run.utterances))
