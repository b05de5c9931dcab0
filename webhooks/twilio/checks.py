"""What `doctor` finds in the deliveries of Twilio's that the front refused lately: a wrong address, an old token, a proxy that meddles."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import settings
from db import organizations, quarantine
from db.plant import checkup
from domain.diagnosis.finding import Finding, Weight
from domain.refusals import KeptRefusal
from domain.telephony.twilio import PROVIDER
from webhooks.twilio import variations
from webhooks.twilio.explainer import explain, fitting
from webhooks.twilio.variations import Variation

NEWEST = 20
WITHIN = timedelta(days=1)
SHOWN = 3
OF_SIGNATURES = {"signature_invalid", "account_unknown", "signature_missing"}
CONSOLE = (
    "what Twilio's console shows now (`celery -A tasks explain-signature --token` tries one), or add it to TWILIO_ACCOUNTS, "
    "and restart every process"
)

# the account named, what it was checked with, facts -> a finding
Say = Callable[[str, tuple[str, ...], Weight], Finding]
# what is alike, such as ("public_url_wrong", "https://x")
Cause = tuple[str, str]


def refused_lately() -> list[Finding]:
    """A finding for each cause among the newest refusals of a day that the settings of now have not mended. Raises StoreUnavailable."""
    since = datetime.now(UTC) - WITHIN
    groups: dict[Cause, list[KeptRefusal]] = defaultdict(list)
    for kept in quarantine.fetch_newest(PROVIDER, NEWEST):
        cause = _cause(kept) if kept.received_at > since else None
        if cause:
            groups[cause].append(kept)
    return [_finding(cause, refused) for cause, refused in groups.items()]


def refused_of_ours() -> list[Finding]:
    """Those of ``refused_lately`` that are a reason for alarm and of an account of ours: strangers knock at any public address.

    Raises StoreUnavailable.
    """
    return [found for found in refused_lately() if found.weight is not Weight.FINE and found.code not in _OF_NOBODY]


def cause_of(kept: KeptRefusal) -> Finding | None:
    """What was the matter with one refusal; None if nobody can say, or its like is taken now. Raises StoreUnavailable."""
    cause = _cause(kept)
    if cause:
        return _finding(cause, [kept])
    checked, base = kept.refusal.url or "", settings.current().public_base_url
    if kept.refusal.reason not in OF_SIGNATURES or _taken_since(kept) or fitting(kept.refusal, settings.current().twilio.accounts) is None:
        return None
    # It fits what this process has, and the front knew better: nobody restarted it, or it was started with other settings.
    if not checked.startswith(f"{base}/"):
        told = f"The front checked the signature for {_base_of(checked)}, and here PUBLIC_BASE_URL is {base}: it was started with another."
        return Finding("public_url_wrong", Weight.BROKEN, told, fix=f"start `web` anew with PUBLIC_BASE_URL={base}")
    told = "The signature fits the settings of now, and the front refused it: it was started with an older TWILIO_AUTH_TOKEN."
    return Finding("auth_token_old", Weight.BROKEN, told, fix="start `web` anew, with the TWILIO_AUTH_TOKEN that is set here")


def _taken_since(kept: KeptRefusal) -> bool:
    return checkup.was_accepted_within(PROVIDER, (datetime.now(UTC) - kept.received_at).total_seconds())


def _base_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _cause(kept: KeptRefusal) -> Cause | None:
    """Why it was refused; None if it would be taken now, or if too little was kept of it to say."""
    refusal, accounts = kept.refusal, settings.current().twilio.accounts
    if refusal.url is None or len(refusal.body) < refusal.body_size:
        return None
    if not refusal.signature:
        return "signature_missing", ""
    found = fitting(refusal, accounts)
    named = variations.account(refusal)
    if found is None:
        return ("auth_token_old", named) if named in accounts else ("account_not_configured", named)
    return _of_genuine(kept, found, named)


def _of_genuine(kept: KeptRefusal, found: Variation, named: str) -> Cause | None:
    """Twilio did sign it: what stood in its way, if it does so still."""
    if found.target.why or found.fields.why or found.secret.why or found.algorithm.why:
        return "request_changed", explain(kept.refusal, settings.current().twilio.accounts)
    if found.base.why and found.base.value != settings.current().public_base_url:
        return "public_url_wrong", found.base.value
    if kept.refusal.reason in OF_SIGNATURES:
        return None
    if kept.refusal.reason == "no_organization":
        return None if organizations.find_by_twilio_account(named) else ("account_without_organization", named)
    return "delivery_refused", kept.refusal.reason


def _finding(cause: Cause, refused: Sequence[KeptRefusal]) -> Finding:
    code, about = cause
    newest = max(refused, key=lambda kept: kept.received_at)
    facts = tuple(f"{kept.received_at:%Y-%m-%d %H:%M} UTC  {kept.refusal.route}  refusal {kept.id}" for kept in refused[:SHOWN])
    facts = (f"{len(refused)} of the last {NEWEST} refused requests of Twilio's, such as", *facts)
    # anybody may post what is signed with nothing of ours; as long as Twilio's own is taken, that is all it is
    is_noise = code in _PERHAPS_STRANGERS and _taken_since(newest)
    if code == "public_url_wrong":
        facts = (explain(refused[0].refusal, settings.current().twilio.accounts), *facts)
    return _SAID[code](about, facts, Weight.FINE if is_noise else Weight.BROKEN)


def _public_url_wrong(base: str, facts: tuple[str, ...], weight: Weight) -> Finding:
    told = f"Twilio calls {base}, and signatures are checked against {settings.current().public_base_url}: all of them are refused."
    return Finding("public_url_wrong", weight, told, facts, f"set PUBLIC_BASE_URL={base} and restart every process")


def _auth_token_old(account: str, facts: tuple[str, ...], weight: Weight) -> Finding:
    told = f"Requests of {account} are signed with a token that is not among ours: an old auth token is set, or they are not Twilio's."
    return Finding("auth_token_old", weight, told, facts, f"set TWILIO_AUTH_TOKEN to {CONSOLE}")


def _account_not_configured(account: str, facts: tuple[str, ...], weight: Weight) -> Finding:
    told = f"Requests come for {account or 'no account at all'}, for which no token is set."
    fix = (
        "set TWILIO_ACCOUNTS, or TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, if that account is yours; restart every process, "
        "then `celery -A tasks setup`"
    )
    return Finding("account_not_configured", weight, told, facts, fix)


def _signature_missing(_: str, facts: tuple[str, ...], weight: Weight) -> Finding:
    told = "Requests come without a signature: they are not Twilio's, or something in front drops the header X-Twilio-Signature."
    return Finding("signature_missing", weight, told, facts, "let whatever stands in front of `web` pass every header")


def _request_changed(why: str, facts: tuple[str, ...], weight: Weight) -> Finding:
    told = "What Twilio signed is changed on its way to the front, or signed with another secret than it names."
    return Finding(
        "request_changed", weight, told, (why, *facts), "do what stands at the end of the first line below; docs/signatures.md explains it"
    )


def _without_organization(account: str, facts: tuple[str, ...], weight: Weight) -> Finding:
    told = f"{account} is genuine and belongs to no organization: all that it delivers is refused."
    return Finding("account_without_organization", weight, told, facts, "celery -A tasks setup")


def _delivery_refused(reason: str, facts: tuple[str, ...], _: Weight) -> Finding:
    told = f"Genuine requests of Twilio's were refused for {reason}."
    fix = "compare the webhook's address in Twilio's console with docs/live-line.md, step 3: each kind has an address of its own"
    return Finding("delivery_refused", Weight.WARNING, told, facts, fix)


_SAID: Mapping[str, Say] = {
    "public_url_wrong": _public_url_wrong,
    "auth_token_old": _auth_token_old,
    "account_not_configured": _account_not_configured,
    "signature_missing": _signature_missing,
    "request_changed": _request_changed,
    "account_without_organization": _without_organization,
    "delivery_refused": _delivery_refused,
}
# what is told of requests that name no account of ours
_OF_NOBODY = {"account_not_configured", "signature_missing"}
_PERHAPS_STRANGERS = {"auth_token_old", *_OF_NOBODY}
