"""Twilio's routes of a live call: what was said is stored, and what is said and done next is answered, within moments."""

from collections.abc import Callable
from functools import partial
from typing import Any

import structlog
from flask import Blueprint, Response, request

import settings
from db.events import store_status
from db.live import store_dialed, store_heard, store_heard_in_danger, store_silence, store_transcription, store_turn, take_reply
from domain.deliveries import Envelope, Stored
from domain.effects import silence_text
from domain.emergencies import safety
from domain.errors import StoreUnavailable
from domain.lanes import Lane
from domain.organizations.organization import Organization, Tenant
from domain.runs import EffectBell
from domain.telephony import call_flow, twiml
from domain.telephony.call_flow import Found, Script
from domain.telephony.twilio import PROVIDER
from domain.telephony.twilio_voice import Dialed, Gather, GatherPartial, LiveTranscription, Redirected, VoiceCall
from observability import trace
from observability.alarm import tell_somebody
from tasks import dispatch
from webhooks import gate, unstored
from webhooks.calls_for_help import note_if_nobody_calls_back, note_if_nobody_is_there
from webhooks.envelopes import sealed
from webhooks.receive import receive
from webhooks.tenants import organization_of
from webhooks.timing import Phase, timed
from webhooks.twilio.guard import signed_by_twilio
from webhooks.twilio.schemas import (
    TwilioDialedV1,
    TwilioGatherPartialV1,
    TwilioGatherV1,
    TwilioRedirectV1,
    TwilioTranscriptionV1,
    TwilioVoiceV1,
)

voice = Blueprint("voice", __name__)

log = structlog.get_logger()

_VOICE = TwilioVoiceV1()
_GATHER = TwilioGatherV1()
_PARTIAL = TwilioGatherPartialV1()
_REDIRECT = TwilioRedirectV1()
_DIALED = TwilioDialedV1()
_TRANSCRIPTION = TwilioTranscriptionV1()

Store = Callable[[Envelope], Stored]


@voice.post("/webhooks/twilio/voice")
@voice.post("/voice")
@signed_by_twilio
def incoming(tenant: Tenant) -> Response:
    """Somebody calls, and is greeted as their organization wants it."""
    event: VoiceCall = _VOICE.load(request.form)
    organization = organization_of(tenant)
    try:
        receive(_sealed(event), partial(store_status, tenant.id, conversation=event.conversation()))
    except StoreUnavailable as error:
        # a greeting promises nothing, and whoever is in danger has to be heard: what is said next makes the conversation all the same
        log.warning("greeting_not_stored", call=event.call_sid, reason=str(error))
    return _answer(call_flow.greeted(organization))


@voice.post("/webhooks/twilio/gather")
@signed_by_twilio
def gather(tenant: Tenant) -> Response:
    """A turn of the caller's. Whoever is in danger, or wants a person, is put through at once; the others wait for the chain."""
    event: Gather = _GATHER.load(_told())
    organization = organization_of(tenant)
    if not event.words:
        receive(_sealed(event), _silence(event, organization))
        return _answer(call_flow.silent(organization, event.turn, event.silent))
    to = call_flow.hand_over(organization, event.words, event.line)
    said = partial(store_turn, tenant.id, conversation=event.conversation(), transcript=event.transcript(), reply=event.reply, to=to)
    _kept(event, said, in_danger=to is not None and to.is_emergency)
    if to and to.is_emergency:
        note_if_nobody_is_there(organization, to.number, to.reason, event.call_sid)
    return _answer(call_flow.heard(organization, event.turn, to, event.line))


@voice.post("/webhooks/twilio/turn")
@signed_by_twilio
def turn(tenant: Tenant) -> Response:
    """The call asks for our reply to a turn. Nothing is kept of this but who said the reply, or who is to call back."""
    event: Redirected = _REDIRECT.load(_told())
    organization = organization_of(tenant)
    gives_up = call_flow.gives_up(event.waited)
    try:
        with timed(Phase.STORE), gate.database.passing(event.call_sid):
            found = take_reply(tenant.id, event.call_sid, event.turn, event.waited, trace.current(), gives_up=gives_up)
        _promised(organization, event, found)
    except StoreUnavailable:
        if gives_up:
            return _answer(call_flow.left_alone(organization))
        found = Found()
    return _answer(call_flow.redirected(organization, event.turn, event.waited, found, event.line))


@voice.post("/webhooks/twilio/dialed")
@signed_by_twilio
def dialed(tenant: Tenant) -> Response:
    """A call that was put through has ended, or nobody took it."""
    event: Dialed = _DIALED.load(_told())
    organization = organization_of(tenant)
    in_danger = bool(event.emergency)
    promises = not (event.was_taken or in_danger)
    stored = _kept(event, partial(store_dialed, tenant.id, event=event, promises=promises), in_danger=in_danger)
    if event.was_taken:
        return _answer(call_flow.taken(organization, event.turn, is_emergency=in_danger, line=event.line))
    if promises:
        note_if_nobody_calls_back(organization, event.call_sid)
    is_told = stored is not None and stored.is_told
    return _answer(call_flow.unanswered(organization, event.turn, is_emergency=in_danger, is_told=is_told, line=event.line))


@voice.post("/webhooks/twilio/gather-partial")
@signed_by_twilio
def gather_partial(tenant: Tenant) -> Response:
    """What a turn sounds like while it is being said; the turn itself comes later, unless the call breaks off in a cry for help."""
    event: GatherPartial = _PARTIAL.load(_told())
    rule = safety.emergency(event.words, organization_of(tenant).alarm_words)
    store: Store = partial(store_heard, tenant.id, call=event.call_sid)
    if rule:
        store = partial(store_heard_in_danger, tenant.id, call=event.call_sid, turn=event.turn, rule=rule)
    receive(_sealed(event), store)
    return Response(status=204)


@voice.post("/webhooks/twilio/transcription")
@signed_by_twilio
def transcription(tenant: Tenant) -> Response:
    """What both sides say, written down as they talk; worked on when they have ended."""
    event: LiveTranscription = _TRANSCRIPTION.load(request.form)
    store: Store = partial(store_heard, tenant.id, call=event.call_sid)
    if event.stands:
        store = partial(store_transcription, tenant.id, conversation=event.conversation(), transcript=event.transcript())
    receive(_sealed(event), store, event.call_sid)
    return Response(status=204)


def _silence(event: Gather, organization: Organization) -> Store:
    call, is_last = event.conversation(), call_flow.is_last_silence(event.turn, event.silent)
    words = silence_text(organization, call.their_number) if is_last and not event.is_over else None
    return partial(store_silence, organization.id, conversation=call, asks_again=not is_last, words=words, reply=event.reply)


def _promised(organization: Organization, event: Redirected, found: Found) -> None:
    """Ring for the person who is to call back, if there is one."""
    if found.help_id and found.conversation_id:
        dispatch.announce_effects([EffectBell(found.help_id, found.conversation_id, trace.current(), Lane.URGENT)])
    if found.words is None and not call_flow.waits(event.waited, found):
        note_if_nobody_calls_back(organization, event.call_sid)


def _kept(event: Gather | Dialed, store: Store, *, in_danger: bool) -> Stored | None:
    """What became of the delivery; None if it could not be stored and somebody is in danger."""
    delivery = _sealed(event)
    try:
        return receive(delivery, store)
    except StoreUnavailable as error:
        if not in_danger:
            raise
        # the answer does not wait for the store: a life is worth more than a row, which is made as soon as it can be
        unstored.keep(delivery, store)
        told = {"call": event.call_sid, "turn": event.turn, "kind": event.kind, "reason": str(error)}
        log.critical("emergency_not_stored", **told)
        tell_somebody("emergency_not_stored", event.kind, told, seldom=True)
        return None


def _told() -> dict[str, Any]:
    """The form, and what our own URL says: both are signed. Of repeated fields the first counts."""
    return {**dict(request.form.items()), **{name.capitalize(): value for name, value in request.args.items()}}


def _answer(script: Script) -> Response:
    return Response(twiml.render(script, settings.current().public_base_url), mimetype=twiml.MIMETYPE)


def _sealed(event: VoiceCall | LiveTranscription) -> Envelope:
    return sealed(PROVIDER, event.kind, event.subject, event.key)
