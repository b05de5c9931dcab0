"""/api/call/{id}/tools: what an assistant on the line asks us to do. It may be told no."""

from typing import Any
from uuid import UUID

from werkzeug.exceptions import Conflict, Forbidden

from api import told_calls as calls
from api.auth import actor, caller, organization_id
from api.ephemeral import answers_when_gone
from api.lifecycle_schemas import (
    DANGER,
    PERSON,
    UNSURE,
    CallEndedV1,
    CapturedIntakeV1,
    CaptureIntakeV1,
    EscalateCallV1,
    EscalatedV1,
    TerminateCallV1,
)
from api.smorest import Blueprint
from db import organizations, overrides, told_calls
from domain.access import Scope
from domain.emergencies.escalation import ASKED_FOR_PERSON, ASSISTANT_ASKS, LESSER_REASONS
from domain.errors import CalledBeforeError, NobodyOnCallError
from domain.statuses import Phase
from domain.telephony.told_calls import TERMINATED
from domain.understanding import intake
from observability import trace
from tasks.dispatch import announce_effects

tools = Blueprint("tools", __name__, url_prefix="/api/call", description="What an assistant on the line asks us to do")
answers_when_gone(tools)

_WHY = {DANGER: "assistant", PERSON: ASKED_FOR_PERSON, UNSURE: ASSISTANT_ASKS}


@tools.post("/<uuid:call_id>/tools/escalate")
@tools.allows(Scope.OPERATOR, 404, 409)
@tools.arguments(EscalateCallV1)
@tools.response(200, EscalatedV1)
def escalate_call(asked: dict[str, Any], call_id: UUID) -> dict[str, Any]:
    """Call the person on call. 409 if there is nobody to call; who was called before is not called again for the same."""
    calls.going_on(call_id)
    told = {"actor": actor(), "reason": asked["reason"], "trace_id": trace.current()}
    try:
        bells = overrides.escalate(organization_id(), call_id, **told, why=_WHY[asked["kind"]])
    except NobodyOnCallError as error:
        raise Conflict(str(error)) from None
    except CalledBeforeError:
        return {"call_id": call_id, "escalated": True, "already": True}
    announce_effects(bells or [])
    return {"call_id": call_id, "escalated": True, "already": False}


@tools.post("/<uuid:call_id>/tools/intake")
@tools.allows(Scope.OPERATOR, 404, 409)
@tools.arguments(CaptureIntakeV1)
@tools.response(200, CapturedIntakeV1)
def capture_intake(asked: dict[str, Any], call_id: UUID) -> dict[str, Any]:
    """Keep what the caller told of what the organization asks for; what does not fit is named, to be asked again."""
    calls.going_on(call_id)
    organization = organizations.fetch(organization_id())
    schema = organization.intake if organization else {}
    wanted = [field.name for field in intake.fields(schema)]
    if not wanted:
        raise Conflict("this organization asks callers for nothing: set intake (PUT /v1/organization)")
    fitting = {name: value for name, value in intake.accepted(schema, asked["fields"]).items() if value is not None}
    refused = sorted(name for name, value in asked["fields"].items() if value is not None and name not in fitting)
    phase = Phase.CLARIFICATION if refused else Phase.INTAKE
    known = told_calls.capture(organization_id(), call_id, fitting, phase, calls.act("call.intake"))
    now = calls.going_on(call_id)
    known = known or {}
    missing = [name for name in wanted if name not in known]
    return {"call_id": call_id, "phase": now.phase, "intake_data": known, "refused": refused, "missing": missing}


@tools.post("/<uuid:call_id>/tools/terminate")
@tools.allows(Scope.OPERATOR, 404, 409)
@tools.arguments(TerminateCallV1)
@tools.response(200, CallEndedV1)
def terminate_call(asked: dict[str, Any], call_id: UUID) -> dict[str, Any]:
    """End the call. 409 while a person is called for an emergency: nobody hangs up on them but who forces it, with the scope admin."""
    if asked["force"] and not caller().scope.covers(Scope.ADMIN):
        raise Forbidden("only a key with the scope 'admin' may force the end of a call")
    found = calls.standing(call_id)
    in_danger = found.escalated_at is not None and found.escalation_reason not in LESSER_REASONS
    if in_danger and not found.ended and not asked["force"]:
        raise Conflict("a person is called because somebody may be in danger: keep the caller on the line")
    return calls.bring_to_end(found, TERMINATED, calls.act("call.terminate", asked["reason"]))
