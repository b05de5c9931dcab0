"""Says in one sentence why a signature did not fit. Nothing is ever accepted for it, and no secret is told."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from domain.refusals import Refusal
from webhooks.twilio import variations
from webhooks.twilio.signature import Signed, is_authentic, is_made_with
from webhooks.twilio.variations import Variation

NOTHING_FITS = (
    "No variation fits: the token is not this account's, the request is not Twilio's, "
    "or Twilio was given an address that no header tells: you checked {url}, compare it with the one in Twilio's console."
)


def explain(refusal: Refusal, accounts: Mapping[str, tuple[str, ...]], given: str | None = None) -> str:
    """Why Twilio's signature on this request was refused, and what to do.

    ``accounts`` are those that are configured now; ``given`` is one more token that somebody wants to be tried.
    """
    if refusal.url is None:
        return f"It was refused for {refusal.reason}, and no address was kept that its signature could be tried with."
    if not refusal.signature:
        return "It carries no signature: it is not from Twilio, or something in front of Hookline drops the header X-Twilio-Signature."
    if len(refusal.body) < refusal.body_size:
        return f"Only the first {len(refusal.body)} of its {refusal.body_size} bytes were kept: its signature cannot be tried again."
    found = fitting(refusal, accounts, given)
    if found is None:
        return _printable(_nothing_fits(refusal, refusal.url, accounts))
    is_whole = is_authentic(_signed(found, refusal.signature, refusal.body), [found.secret.value])
    return _printable(_said(refusal, refusal.url, found, is_whole=is_whole))


def fitting(refusal: Refusal, accounts: Mapping[str, tuple[str, ...]], given: str | None = None) -> Variation | None:
    """The likeliest combination that makes the signature which came; None if none does, or too little was kept to try."""
    if refusal.url is None or not refusal.signature or len(refusal.body) < refusal.body_size:
        return None
    tried = variations.of(refusal, refusal.url, accounts, given)
    return next((variation for variation in tried if _fits(variation, refusal.signature or "")), None)


def _fits(variation: Variation, signature: str) -> bool:
    # the hash of a JSON body is part of the signed URL: whether the body still has it is another question
    signed = _signed(variation, signature, b"")
    if variation.base.why is None:
        return is_authentic(signed, [variation.secret.value])
    return is_made_with(signed, variation.secret.value)


def _signed(variation: Variation, signature: str, body: bytes) -> Signed:
    url = variation.base.value + variation.target.value
    return Signed(url, variation.fields.value, body, signature, variation.algorithm.value)


def _said(refusal: Refusal, url: str, found: Variation, *, is_whole: bool) -> str:
    wrong = [way.why for way in (found.base, found.target, found.fields, found.secret, found.algorithm) if way.why]
    signed = found.base.value + found.target.value
    if found.base.why or found.target.why:
        return f"Twilio signed {_shown(signed)}, you checked {_shown(url)}: {'; '.join(wrong)}."
    if wrong:
        return f"The address is right, but {'; '.join(wrong)}."
    if not is_whole:
        return "The address and the token are right, but the body was changed on its way: let nothing in front of Hookline touch it."
    return f"The signature fits the settings of now; it was refused for {refusal.reason}."


def _nothing_fits(refusal: Refusal, url: str, accounts: Mapping[str, tuple[str, ...]]) -> str:
    account = variations.account(refusal)
    if account and account not in accounts:
        return f"No token is configured for {account}: set TWILIO_ACCOUNTS, or TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN."
    return NOTHING_FITS.format(url=_shown(url))


def _shown(url: str) -> str:
    # a query may hold anything: that there is one is all that is told
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}{'?…' if parts.query else ''}"


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
