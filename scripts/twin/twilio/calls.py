"""Read and list calls, and tell a live one what to do."""

from flask import Blueprint, Response, request

from scripts.twin import gate
from scripts.twin.twilio import bodies, errors
from scripts.twin.twilio.store import Call, newest_first, now
from scripts.twin.world import here

bp = Blueprint("twilio_calls", __name__, url_prefix=f"/{bodies.API}/Accounts/<account>")


@bp.post("/Calls/<sid>.json")
@gate.guarded(errors.VENDOR, "call.update")
def update(account: str, sid: str) -> Response:
    """New TwiML, a URL that gives it, or the end; 21220 unless the call is in progress."""
    call = _find(account, sid)
    if call is None:
        return errors.not_found()
    if call.status != "in-progress":
        return errors.error(400, errors.NOT_IN_PROGRESS)
    if request.form.get("Status") in {"completed", "canceled"}:
        call.status, call.ended = request.form["Status"], now()
    else:
        call.twiml.append(request.form.get("Twiml") or request.form.get("Url", ""))
    gate.note(paid=True, call_sid=sid)
    return bodies.answer(bodies.call(call))


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
