"""POST /v1/transcripts/{id}/swap-roles: a person says who is who, and what depends on it is made anew."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, validate
from werkzeug.exceptions import Conflict, NotFound

from api.auth import actor, organization_id
from api.smorest import Blueprint
from db import told_roles
from db.told_roles import Teller
from domain.access import Scope
from domain.errors import RefusedError
from domain.speech import Role
from observability import trace
from tasks import dispatch

roles = Blueprint("roles", __name__, url_prefix="/v1/transcripts", description="Who is who")

MAX_SPEAKERS, MAX_SPEAKER, MAX_REASON = 100, 32_767, 500
# from 0 to the largest
_SPEAKER = r"^(0|[1-9][0-9]{0,3}|[12][0-9]{4}|3[01][0-9]{3}|32[0-6][0-9]{2}|327[0-5][0-9]|3276[0-7])$"
_ROLES = [Role.AGENT.value, Role.CUSTOMER.value]


class SwapRolesV1(Schema):
    """Who is who. Without roles those of the run that counts are swapped."""

    roles = fields.Dict(
        keys=fields.Integer(validate=validate.Range(0, MAX_SPEAKER)),
        values=fields.String(validate=validate.OneOf(_ROLES)),
        validate=validate.Length(1, MAX_SPEAKERS),
        metadata={
            "description": 'Every speaker that is heard: {"0": "agent", "1": "customer"}',
            "minProperties": 1,
            "maxProperties": MAX_SPEAKERS,
            "keys": _SPEAKER,
        },
    )
    reason = fields.String(validate=[validate.Length(1, MAX_REASON), validate.ContainsNoneOf("\0")])


class ToldRolesV1(Schema):
    """The run that makes the transcript anew with these roles; it counts as soon as it is done."""

    run_id = fields.UUID(required=True)
    roles = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


@roles.post("/<uuid:transcript_id>/swap-roles")
@roles.allows(Scope.OPERATOR, 404, 409)
@roles.arguments(SwapRolesV1, required=False)
@roles.response(202, ToldRolesV1)
def swap_roles(asked: dict[str, Any], transcript_id: UUID) -> dict[str, Any]:
    """Say who is who: roles, intent and reply are made anew from the same words; nothing is transcribed or sent again."""
    told = _tell(transcript_id, asked.get("roles"), asked.get("reason"))
    if told.bell:
        dispatch.announce_run(told.bell)
    return {"run_id": told.run_id, "roles": {str(speaker): role.value for speaker, role in told.roles.items()}}


def _tell(transcript_id: UUID, named: Mapping[int, str] | None, reason: str | None) -> told_roles.Told:
    wanted = {speaker: Role(role) for speaker, role in named.items()} if named else None
    try:
        told = told_roles.tell(organization_id(), transcript_id, wanted, Teller(actor(), reason, trace.current()))
    except RefusedError as error:
        raise Conflict(str(error)) from None
    if told is None:
        raise NotFound
    return told
