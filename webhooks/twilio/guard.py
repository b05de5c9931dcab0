"""Who may speak for Twilio: a request signed with a secret of the account it names, which decides the organization."""

from collections.abc import Callable
from functools import wraps

from flask import Response, request

import settings
from domain.organizations.organization import Tenant
from observability import context
from webhooks import evidence, tenants
from webhooks.bodies import read_body
from webhooks.refused import Refused
from webhooks.timing import Phase, timed
from webhooks.twilio.claims import FORM, account_of_form, account_of_json
from webhooks.twilio.secrets import candidates
from webhooks.twilio.signature import SETTINGS_HEADER, SIGNATURE_HEADER, Settings, Signed, is_authentic

MAX_BODY_BYTES = 256 * 1024

View = Callable[[Tenant], Response]


def signed_by_twilio(view: View) -> Callable[[], Response]:
    """Call the view with the tenant of the verified account; otherwise refuse, with nothing processed."""

    @wraps(view)
    def guarded() -> Response:
        with timed(Phase.VERIFY):
            try:
                tenant = _tenant(_verified_account())
            except Refused:
                target = _target()
                url = _url(target) if target.startswith("/") else None
                evidence.leave(url, request.headers.get(SIGNATURE_HEADER), request.headers.get(SETTINGS_HEADER))
                raise
        context.about(organization=tenant.id)
        return view(tenant)

    return guarded


def _verified_account() -> str:
    signature = request.headers.get(SIGNATURE_HEADER)
    if not signature:
        raise Refused(403, "signature_missing", f"the request carries no {SIGNATURE_HEADER} header; only Twilio may post here")
    body = read_body(MAX_BODY_BYTES)
    is_form = request.mimetype == FORM
    account = account_of_form(body) if is_form else account_of_json(body)
    claimed = Settings.parse(request.headers.get(SETTINGS_HEADER))
    secrets = candidates(settings.current().twilio.accounts, account, claimed)
    if not secrets:
        raise Refused(403, "account_unknown", "no secret is configured for this account or key: set TWILIO_ACCOUNTS")
    fields = tuple(request.form.items(multi=True)) if is_form else None
    if not is_authentic(Signed(_signed_url(), fields, body, signature, claimed.algorithm), secrets):
        raise Refused(403, "signature_invalid", "the signature does not fit this URL and body: compare PUBLIC_BASE_URL and the auth token")
    return account


def _signed_url() -> str:
    target = _target()
    if not target.startswith("/"):
        # absolute form (http://host/…) or worse: glued to our base it would be another host, or no URL at all
        raise Refused(403, "target_not_a_path", "the request target must be a path; only Twilio may post here")
    return _url(target)


def _url(target: str) -> str:
    return f"{settings.current().public_base_url}{target}"


def _target() -> str:
    # raw: Flask's own URL is decoded, and Host and X-Forwarded-* are the caller's choice
    return str(request.environ["RAW_URI"])


def _tenant(account: str) -> Tenant:
    tenant = tenants.of_twilio_account(account)
    if tenant is None:
        raise Refused(403, "no_organization", "the account is genuine but belongs to no organization: run the setup command for it")
    return tenant
