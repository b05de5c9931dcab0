"""What a vendor's error code means for whoever has to mend it."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

# where every code stands, with what to mend
CODES = "docs/vendors.md#codes-and-what-to-mend"


class Trouble(StrEnum):
    """Why a vendor is not asked, or answers no; each is the code of a finding."""

    RATE_LIMITED = "vendor_rate_limited"
    KEY_WRONG = "vendor_key_wrong"
    QUOTA_OUT = "vendor_quota_out"
    SETTING_WRONG = "vendor_setting_wrong"
    DOWN = "circuit_open"
    DAY_LIMIT = "day_limit_reached"
    OTHER = "vendor_failing"


Code: TypeAlias = str


@dataclass(frozen=True, slots=True)
class Mend:
    """``says`` follows the vendor's name in a sentence; ``act`` is what somebody has to do first, "" if nothing."""

    trouble: Trouble
    says: str
    act: str = ""


_NAMES = {"openai": "OpenAI", "deepgram": "Deepgram", "twilio": "Twilio"}
# as fingerprints name them
_KEYS = {"openai": "OPENAI_API_KEY", "deepgram": "DEEPGRAM_API_KEY", "twilio": "TWILIO_AUTH_TOKEN (or TWILIO_ACCOUNTS)"}

_MENDS = {
    "openai:invalid_key": Mend(Trouble.KEY_WRONG, "refuses our key", "set OPENAI_API_KEY to a key that it takes and restart the workers"),
    "deepgram:invalid_auth": Mend(
        Trouble.KEY_WRONG, "refuses our key", "set DEEPGRAM_API_KEY to a key that it takes and restart the workers"
    ),
    "twilio:invalid_credentials": Mend(
        Trouble.KEY_WRONG,
        "refuses our auth token, or the account is not active",
        "set TWILIO_AUTH_TOKEN to what its console shows, which also says whether the account is suspended, and restart web and workers",
    ),
    "openai:not_permitted": Mend(Trouble.KEY_WRONG, "says that our key may not do this", "give the key the right at OpenAI"),
    "deepgram:insufficient_permissions": Mend(Trouble.KEY_WRONG, "says that our key may not do this", "give the key the right at Deepgram"),
    "openai:insufficient_quota": Mend(Trouble.QUOTA_OUT, "says that our quota is used up", "add credit or raise the limits at OpenAI"),
    "deepgram:payment_required": Mend(Trouble.QUOTA_OUT, "says that our credit is used up", "add credit at Deepgram"),
    "openai:model_not_found": Mend(
        Trouble.SETTING_WRONG,
        "does not know our model",
        "set OPENAI_MODEL_CHEAP, OPENAI_MODEL_CRITICAL and OPENAI_MODEL_LIVE, restart the workers",
    ),
    "twilio:account_not_configured": Mend(
        Trouble.SETTING_WRONG,
        "is not asked, because the account has no token here, or its SID is none",
        "set TWILIO_ACCOUNTS and restart web and workers",
    ),
    "twilio:no_sender": Mend(
        Trouble.SETTING_WRONG,
        "is not asked, because no number of ours is known that it could come from",
        "name one with `celery -A tasks organization --sends-from +1…`",
    ),
}
_BY_WORD = {
    "rate_limited": Mend(Trouble.RATE_LIMITED, "wants to be asked less often (429)"),
    "wrong_base_url": Mend(Trouble.SETTING_WRONG, "is not at the address that is set", "set {vendor}_BASE_URL and restart the workers"),
    "redirected": Mend(Trouble.SETTING_WRONG, "is not at the address that is set", "set {vendor}_BASE_URL and restart the workers"),
    "redirect_refused": Mend(Trouble.SETTING_WRONG, "is not at the address that is set", "set {vendor}_BASE_URL and restart the workers"),
    "down": Mend(Trouble.DOWN, "is down"),
    "busy": Mend(Trouble.DOWN, "is asked by as many as may ask it"),
}


def vendor_of(code: Code | None) -> str | None:
    """The vendor that a code names, if it names one that we ask over the network."""
    vendor = (code or "").partition(":")[0]
    return vendor if vendor in _NAMES else None


def name_of(vendor: str) -> str:
    """The vendor's own spelling."""
    return _NAMES.get(vendor, vendor)


def mend_of(code: Code, met_by: str | None = None, odd_in: Collection[str] = ()) -> Mend:
    """What a code means, and what is to be done about it; ``odd_in``: in which settings the worker that met it differs from most."""
    vendor, _, word = code.partition(":")
    if vendor == "spend":
        return Mend(
            Trouble.DAY_LIMIT,
            "is not asked any more today: the day's limit is reached",
            f"raise SPEND_{word.upper()}, or wait for the next day (UTC)",
        )
    found = _MENDS.get(code) or _BY_WORD.get(word) or Mend(Trouble.OTHER, f"fails ({code})")
    key, act = _KEYS.get(vendor), found.act.format(vendor=vendor.upper())
    if found.trouble is Trouble.KEY_WRONG and key in odd_in:
        # whoever changes the key everywhere takes a good one from the others
        first = f"give the worker {met_by}, which met it, the {key} that the others run with (its own is another) and restart it"
        return Mend(found.trouble, found.says, f"{first}; if that is refused too, {act}")
    return Mend(found.trouble, found.says, act)
