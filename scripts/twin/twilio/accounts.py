"""Read an account."""

from flask import Blueprint, Response

from scripts.twin import gate
from scripts.twin.twilio import bodies, errors

bp = Blueprint("twilio_accounts", __name__, url_prefix=f"/{bodies.API}/Accounts")


@bp.get("/<account>.json")
@gate.guarded(errors.VENDOR, "account.read")
def read(account: str) -> Response:
    """The account, which is well."""
    return bodies.answer({"sid": account, "status": "active", "type": "Full", "friendly_name": "twin"})
