"""What /auth, /v1/keys and /v1/audits take and give, version 1."""

from marshmallow import Schema, fields, validate

from api.lists import PageQueryV1
from api.tokens import ACCESS_S, MOST_CHARS, SESSION_S
from domain.access import Scope

MOST_NAME = 200

_NO_NUL = validate.ContainsNoneOf("\0")  # no text of PostgreSQL's has that character
_SCOPES = [scope.value for scope in Scope]


class LoginV1(Schema):
    """Who wants in."""

    organization = fields.String(required=True, validate=[validate.Length(1, MOST_NAME), _NO_NUL], metadata={"description": "its slug"})
    login = fields.String(required=True, validate=[validate.Length(1, MOST_NAME), _NO_NUL])
    password = fields.String(required=True, validate=[validate.Length(1, MOST_NAME), _NO_NUL], metadata={"format": "password"})


class RefreshV1(Schema):
    """A refresh token."""

    refresh_token = fields.String(required=True, validate=[validate.Length(1, MOST_CHARS), _NO_NUL], metadata={"format": "password"})


class TokenPairV1(Schema):
    """Send the access token as `Authorization: Bearer …`; exchange the refresh token, once, before the other one has expired."""

    access_token = fields.String(required=True)
    refresh_token = fields.String(required=True)
    token_type = fields.String(required=True, validate=validate.Equal("bearer"))
    expires_in = fields.Integer(required=True, metadata={"description": f"seconds that the access token is good for, {ACCESS_S} at most"})
    refresh_expires_in = fields.Integer(
        required=True,
        metadata={"description": f"seconds until the session ends, {SESSION_S} from the login; refreshing does not put it off"},
    )


class KeyWantedV1(Schema):
    """A key to be made."""

    name = fields.String(
        required=True, validate=[validate.Length(1, MOST_NAME), _NO_NUL], metadata={"description": "what it is for; shown in lists"}
    )
    scope = fields.String(load_default=Scope.VIEWER.value, validate=validate.OneOf(_SCOPES))


class KeyV1(Schema):
    """What is known of a key, which is not the key."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    scope = fields.String(required=True, validate=validate.OneOf(_SCOPES))
    created_at = fields.AwareDateTime(required=True)
    last_used_at = fields.AwareDateTime(required=True, allow_none=True, metadata={"description": "exact to a minute; null: never"})
    revoked_at = fields.AwareDateTime(required=True, allow_none=True)


class NewKeyV1(KeyV1):
    """The key itself is told this once."""

    key = fields.String(required=True, metadata={"description": "send it as `Authorization: Bearer …`"})


class KeyPageV1(Schema):
    """Newest first, revoked ones too; next_cursor is null on the last page."""

    items = fields.List(fields.Nested(KeyV1), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class AuditQueryV1(PageQueryV1):
    """Which acts to list."""

    act = fields.String(validate=[validate.Length(1, MOST_NAME), _NO_NUL], metadata={"description": "such as key.create"})


class AuditV1(Schema):
    """Something that somebody did with their rights."""

    id = fields.UUID(required=True)
    at = fields.AwareDateTime(required=True)
    actor = fields.String(required=True, metadata={"description": "the id of a key or a person, or a login on the command line"})
    act = fields.String(required=True)
    subject = fields.String(required=True, metadata={"description": "what kind of thing it was done to"})
    subject_id = fields.UUID(required=True)
    reason = fields.String(required=True, allow_none=True)


class AuditPageV1(Schema):
    """Newest first; next_cursor is null on the last page."""

    items = fields.List(fields.Nested(AuditV1), required=True)
    next_cursor = fields.String(required=True, allow_none=True)
