"""Send, read and list messages; and tell who asked to be told what became of them."""

from collections.abc import Mapping
from functools import partial

from flask import Blueprint, Response, request

from scripts.twin import gate
from scripts.twin.journal import short_hash
from scripts.twin.twilio import bodies, errors
from scripts.twin.twilio.store import Message, newest_first, now
from scripts.twin.twilio.webhooks import webhook
from scripts.twin.world import World, here

bp = Blueprint("twilio_messages", __name__, url_prefix=f"/{bodies.API}/Accounts/<account>")

STATUS_GAP_S = 0.3  # from queued to sent to delivered; Twilio promises no time
UNDELIVERED_CODE = 30003
# Twilio's test numbers (twilio.com/docs/iam/test-credentials): to send to them fails in this way
REFUSED: Mapping[str, int] = {
    "+15005550001": 21211,
    "+15005550002": 21612,
    "+15005550003": 21408,
    "+15005550004": 21610,
    "+15005550009": 21614,
}


@bp.post("/Messages.json")
@gate.guarded(errors.VENDOR, "message.create")
def create(account: str) -> Response:
    """Accept a message: queued, then sent and delivered a little later."""
    form = request.form
    gate.note(to_hash=short_hash(form.get("To", "")), callback=form.get("StatusCallback", ""))
    if (code := _fault(form)) is not None:
        return errors.error(400, code)
    service = form.get("MessagingServiceSid")
    message = Message(account, form.get("From", ""), form["To"], form["Body"], "outbound-api", "queued", service=service)
    answer = bodies.answer(bodies.message(message), 201)
    here().twilio.messages.put(message.sid, message)
    gate.note(paid=True, message_sid=message.sid)
    becomes = ("sent", "undelivered" if gate.mode_is("undelivered") else "delivered")
    here().agenda.after(STATUS_GAP_S, partial(_become, here(), message, becomes, form.get("StatusCallback")))
    return answer


@bp.get("/Messages/<sid>.json")
@gate.guarded(errors.VENDOR, "message.read")
def read(account: str, sid: str) -> Response:
    """One message."""
    message = here().twilio.messages.get(sid)
    return bodies.answer(bodies.message(message)) if message and message.account == account else errors.not_found()


@bp.get("/Messages.json")
@gate.guarded(errors.VENDOR, "message.list")
def list_(account: str) -> Response:
    """Those that the filters To, From and DateSent leave, newest first; one that is not sent yet counts from when it was created."""
    if bodies.bad_dates(["DateSent"]):
        return errors.error(400, 20001, "DateSent must be YYYY-MM-DD or ISO 8601")
    found = [
        bodies.message(message)
        for message in newest_first(here().twilio.messages)
        if message.account == account
        and bodies.is_asked_for({"To": message.to, "From": message.from_}, {"DateSent": message.sent or message.created})
    ]
    return bodies.page("messages", found)


def _fault(form: Mapping[str, str]) -> int | None:
    if not form.get("To"):
        return 21604
    if not (form.get("From") or form.get("MessagingServiceSid")):
        return 21603
    return 21602 if not form.get("Body") else REFUSED.get(form["To"])


def _become(world: World, message: Message, statuses: tuple[str, ...], callback: str | None) -> None:
    status, *later = statuses
    message.status, message.sent = status, message.sent or now()
    message.error_code = UNDELIVERED_CODE if status == "undelivered" else None
    if callback:
        fields = _fields(message)
        world.post.send(webhook("message_status", callback, fields, world.config.accounts[message.account]))
    if later:
        world.agenda.after(STATUS_GAP_S, partial(_become, world, message, tuple(later), callback))


def _fields(message: Message) -> dict[str, str]:
    fields = {
        "AccountSid": message.account,
        "MessageSid": message.sid,
        "SmsSid": message.sid,
        "From": message.from_,
        "To": message.to,
        "ApiVersion": bodies.API,
        "MessageStatus": message.status,
        "SmsStatus": message.status,
    }
    if message.service:
        fields["MessagingServiceSid"] = message.service
    if message.status != "sent":
        fields["RawDlrDoneDate"] = now().strftime("%y%m%d%H%M")
    return fields if message.error_code is None else {**fields, "ErrorCode": str(message.error_code)}
