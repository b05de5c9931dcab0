"""Twilio's routes: who may call, what must be there, what makes it the same event twice, done."""

from dataclasses import replace
from functools import partial
from uuid import UUID

from flask import Blueprint, Response, request

import settings
from db.events import store_notice, store_report, store_sms, store_status, store_words
from domain.deliveries import Envelope
from domain.organizations.organization import Tenant
from domain.telephony.twilio import PROVIDER, CallStatus, Intelligence, MessageStatus, RecordingStatus, Sms
from webhooks.bodies import read_object
from webhooks.calls_for_help import note_if_helper_stops, note_if_nobody_is_there
from webhooks.envelopes import sealed
from webhooks.receive import receive
from webhooks.tenants import organization_of
from webhooks.twilio.guard import signed_by_twilio
from webhooks.twilio.schemas import (
    TwilioCallStatusV1,
    TwilioIntelligenceV1,
    TwilioMessageStatusV1,
    TwilioRecordingStatusV1,
    TwilioSmsV1,
)

twilio = Blueprint("twilio", __name__)

NO_REPLY = "<Response></Response>"
# made once: what each allows does not change, and a load keeps nothing
_CALL_STATUS = TwilioCallStatusV1()
_RECORDING_STATUS = TwilioRecordingStatusV1()
_MESSAGE_STATUS = TwilioMessageStatusV1()
_INTELLIGENCE = TwilioIntelligenceV1()
_SMS = TwilioSmsV1()


@twilio.post("/webhooks/twilio/self-test")
@signed_by_twilio
def self_test(tenant: Tenant) -> Response:  # noqa: ARG001 - that there is one is what is tested
    """Somebody of ours asks whether what Twilio would sign gets through to here unchanged; nothing is stored."""
    return Response(status=204)


@twilio.post("/webhooks/twilio/call-status")
@twilio.post("/status-callback")
@signed_by_twilio
def call_status(tenant: Tenant) -> Response:
    """Twilio says how a call is going; we write it down, whatever the order it comes in."""
    event: CallStatus = _CALL_STATUS.load(request.form)
    receive(_sealed(event), partial(store_status, tenant.id, conversation=event.conversation()))
    return Response(status=204)


@twilio.post("/webhooks/twilio/recording-status")
@signed_by_twilio
def recording_status(tenant: Tenant) -> Response:
    """Twilio says that a recording is there, or never will be; there begins the work on what was said."""
    event: RecordingStatus = _RECORDING_STATUS.load(request.form)
    envelope = _sealed(event)
    conversation, transcript = event.conversation(), event.transcript()
    if transcript:
        receive(envelope, partial(store_words, tenant.id, conversation=conversation, transcript=transcript), conversation.ref)
    else:
        receive(envelope, partial(store_status, tenant.id, conversation=conversation), conversation.ref)
    return Response(status=204)


@twilio.post("/webhooks/twilio/message-status")
@signed_by_twilio
def message_status(tenant: Tenant) -> Response:
    """Twilio says how a message that we sent is going; the URL that we gave with it may name the effect (``?effect=…``)."""
    told: MessageStatus = _MESSAGE_STATUS.load(request.form)
    event = replace(told, effect_id=request.args.get("effect", type=UUID))
    receive(_sealed(event), partial(store_report, tenant.id, report=event.report()))
    return Response(status=204)


@twilio.post("/webhooks/twilio/intelligence")
@signed_by_twilio
def intelligence(tenant: Tenant) -> Response:
    """Twilio's Conversational Intelligence has finished something; kept as it came, nothing is started."""
    event: Intelligence = _INTELLIGENCE.load(read_object())
    receive(_sealed(event), partial(store_notice, tenant.id))
    return Response(status=204)


@twilio.post("/webhooks/twilio/sms")
@signed_by_twilio
def sms(tenant: Tenant) -> Response:
    """Somebody wrote to us; the answer comes later, through the chain, never in this response."""
    event: Sms = _SMS.load(request.form)
    organization = organization_of(tenant)
    conversation, heard = event.conversation(settings.current().secret_key), event.heard(organization.alarm_words)
    if organization.is_helper(event.from_):
        # what the organization's own person writes back is nobody's wish: it is kept
        receive(_sealed(event), partial(store_notice, tenant.id))
        note_if_helper_stops(organization, heard.keyword, event.message_sid)
        return Response(NO_REPLY, mimetype="text/xml")
    said = partial(store_sms, tenant.id, conversation=conversation, transcript=event.transcript(), heard=heard)
    receive(_sealed(event), said, conversation.ref)
    if heard.emergency:
        note_if_nobody_is_there(organization, organization.helper, heard.emergency, event.message_sid)
    return Response(NO_REPLY, mimetype="text/xml")


def _sealed(event: CallStatus | RecordingStatus | MessageStatus | Intelligence | Sms) -> Envelope:
    return sealed(PROVIDER, event.kind, event.subject, event.key)
