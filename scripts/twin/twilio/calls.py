"""Read and list calls, and tell a live one what to do."""

from flask import Blueprint, Response, request

from scripts.twin import gate
from scripts.twin.twilio import bodies, errors
from scripts.twin.twilio.store import Call, newest_first, now
from scripts.twin.world import here

bp = Blueprint("twilio_calls", __name__, url_prefix=f"/{bodies.API}/Accounts/<account>")
MAX_TWIML_CHARS = 4_000  # Twilio's OpenAPI document says so; which error it answers with is not verified


@bp.post("/Calls/<sid>.json")
@gate.guarded(errors.VENDOR, "call.update")
def update(account: str, sid: str) -> Response:
    """New TwiML, a URL that gives it, or the end; 21220 unless the call is in progress."""
    call = _find(account, sid)
    if call is None:
        return errors.not_found()
    if len(request.form.get("Twiml", "")) > MAX_TWIML_CHARS:
        return errors.error(400, 20001, f"Twiml must have at most {MAX_TWIML_CHARS} characters")
    if call.status != "in-progress" or not _changed(call):
        return errors.error(400, errors.NOT_IN_PROGRESS)
    gate.note(paid=True, call_sid=sid)
    return bodies.answer(bodies.call(call))


def _changed(call: Call) -> bool:
    """Whether the call took it; a recorded call that the twin plays has no ears, and only its status and ``twiml`` tell of it."""
    form, line = request.form, here().twilio.lines.get(call.sid)
    if form.get("Status") in {"completed", "canceled"}:
        if line:
            return line.hang_up()
        call.status, call.ended = form["Status"], now()
        return True
    text, url = form.get("Twiml", ""), form.get("Url", "")
    call.twiml.append(text or url)
    return line is None or (line.replace(text) if text else line.redirect(url))


@bp.get("/Calls/<sid>.json")
@gate.guarded(errors.VENDOR, "call.read")
def read(account: str, sid: str) -> Response:
    """One call."""
    call = _find(account, sid)
    return bodies.answer(bodies.call(call)) if call else errors.not_found()


@bp.get("/Calls.json")
@gate.guarded(errors.VENDOR, "call.list")
def list_(account: str) -> Response:
    """Those that the filters To, From, Status and StartTime leave, newest first."""
    if bodies.bad_dates(["StartTime"]):
        return errors.error(400, 20001, "StartTime must be YYYY-MM-DD or ISO 8601")
    found = [
        bodies.call(call)
        for call in newest_first(here().twilio.calls)
        if call.account == account
        and bodies.is_asked_for({"To": call.to, "From": call.from_, "Status": call.status}, {"StartTime": call.created})
    ]
    return bodies.page("calls", found)


def _find(account: str, sid: str) -> Call | None:
    call = here().twilio.calls.get(sid)
    return call if call and call.account == account else None
