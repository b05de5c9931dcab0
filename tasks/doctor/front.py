"""The room of the front: whether the public address leads to it, and what Twilio would sign gets through unchanged."""

from http import HTTPStatus
from urllib.parse import urlsplit

import settings
from domain.diagnosis.finding import Finding, Weight
from domain.diagnosis.reached import FrontAnswer
from domain.errors import StepError
from domain.telephony.twilio import is_account
from providers import registry
from tasks.doctor.configuration import is_local

PATH = "/webhooks/twilio/self-test"
# blanks, escapes and order are what proxies change
QUERY = "?effect=a%2Fb&blank="
LIMIT_S = 5.0
EXPLAIN = "celery -A tasks explain-signature"


def look() -> list[Finding]:
    """Sign as Twilio does, post it to PUBLIC_BASE_URL, and read what comes back. Nothing is stored."""
    current = settings.current()
    accounts = {name: tokens for name, tokens in current.twilio.accounts.items() if is_account(name)}
    if not accounts:
        return []  # the room of settings says so; whatever is signed would be refused
    account, (token, *_) = next(iter(accounts.items()))
    url = current.public_base_url + PATH + QUERY
    try:
        answer = registry.sign_and_post(url, account, token, LIMIT_S)
    except StepError as error:
        return [_unreachable(error.code)]
    return [] if answer.status == HTTPStatus.NO_CONTENT else [_of(answer)]


def _unreachable(code: str) -> Finding:
    base = settings.current().public_base_url
    told = f"Nobody answers at PUBLIC_BASE_URL ({base}): deliveries do not arrive."
    fix = "start the Procfile's `web`; if it runs, set PUBLIC_BASE_URL to the address that leads to it"
    if is_local(base):
        # the one machine on which an address of its own leads nowhere although all is well
        fix += " (from another machine than the one that `web` runs on, this address cannot be tried)"
    return Finding("front_unreachable", Weight.BROKEN, told, (f"what came back: {code.partition(':')[2]}",), fix)


def _of(answer: FrontAnswer) -> Finding:
    base = settings.current().public_base_url
    facts = (f"a signed form to {base}{PATH} was answered {answer.status}{f' {answer.code}' if answer.code else ''}",)
    if answer.location:
        return _redirected(answer.location, facts)
    if answer.code == "no_organization":
        told = "The Twilio account of the settings belongs to no organization: all that it delivers is refused."
        return Finding("account_without_organization", Weight.BROKEN, told, facts, "celery -A tasks setup")
    if answer.code in {"signature_invalid", "signature_missing", "account_unknown"}:
        told = (
            "The front refuses what is signed with the settings of now: it was started with others, or something in front changes requests."
        )
        fix = f"restart `web` with these settings, try again; then `{EXPLAIN}` says what was changed on the way"
        return Finding("front_refuses_signature", Weight.BROKEN, told, facts, fix)
    if answer.status == HTTPStatus.NOT_FOUND or answer.code is None:
        told = f"What answers at PUBLIC_BASE_URL ({base}) is not this front, or is of a release before."
        return Finding(
            "front_is_another", Weight.BROKEN, told, facts, "set PUBLIC_BASE_URL to the address that leads to `web`, or deploy it anew"
        )
    told = f"The front cannot take deliveries now ({answer.code})."
    return Finding("front_not_ready", Weight.BROKEN, told, facts, f"curl {base}/ready names what is down")


def _redirected(location: str, facts: tuple[str, ...]) -> Finding:
    # of where it leads only the address is told: a query may hold anything
    parts = urlsplit(location)
    base = f"{parts.scheme}://{parts.netloc}{parts.path.removesuffix(PATH)}".rstrip("/")
    told = (
        f"PUBLIC_BASE_URL ({settings.current().public_base_url}) only redirects, and what is signed for one address is refused at another."
    )
    fix = f"set PUBLIC_BASE_URL={base}" if parts.netloc else "set PUBLIC_BASE_URL to the address that leads to `web` without a redirect"
    return Finding("front_redirects", Weight.BROKEN, told, facts, f"{fix}, restart every process, and give Twilio the same address")
