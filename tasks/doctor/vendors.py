"""The rooms of vendors: each is asked, with each key, what costs nothing."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import settings
from domain.counting import counted
from domain.diagnosis import repairs
from domain.diagnosis.finding import Finding, Weight
from domain.diagnosis.reached import Reached
from domain.diagnosis.vendor_codes import CODES
from domain.errors import StepError
from domain.telephony.twilio import is_account
from domain.vendors import Vendor
from providers import registry
from tasks.doctor import clocks
from tasks.doctor.examination import Room

LIMIT_S = 6.0
AGAIN = "`celery -A tasks setup` then has everybody asked again at once"
KEYS = {Vendor.DEEPGRAM: "DEEPGRAM_API_KEY", Vendor.OPENAI: "OPENAI_API_KEY", Vendor.TWILIO: "TWILIO_AUTH_TOKEN"}
BASES = {Vendor.DEEPGRAM: "DEEPGRAM_BASE_URL", Vendor.OPENAI: "OPENAI_BASE_URL", Vendor.TWILIO: "TWILIO_BASE_URL"}
# the words behind a vendor's name in a code
REFUSED = {"invalid_auth", "invalid_key", "invalid_credentials"}
# a SID that cannot be one, which nobody is asked about, and one that Twilio knows nothing of
NO_ACCOUNT = {"account_not_configured", "20404"}
UNPAID = {"payment_required", "insufficient_quota"}
ELSEWHERE = {"wrong_base_url", "redirected", "redirect_refused", "unreadable_answer", "http_404"}


@dataclass(frozen=True, slots=True)
class Call:
    """One question: to whom, and whose key it is tried with."""

    vendor: Vendor
    what: str
    ask: Callable[[], Reached]


def rooms() -> list[Room]:
    """A room for each vendor that we have a key of: a client that is slow to load holds nobody up."""
    by_vendor: dict[Vendor, list[Call]] = {}
    for call in _calls():
        by_vendor.setdefault(call.vendor, []).append(call)
    return [Room(vendor, partial(_look, calls)) for vendor, calls in by_vendor.items()]


def _look(calls: Sequence[Call]) -> list[Finding]:
    """Who cannot be reached, or does not take our key."""
    with ThreadPoolExecutor(len(calls), thread_name_prefix="vendor") as threads:
        return [finding for found in threads.map(_answered, calls) for finding in found]


def _calls() -> Iterator[Call]:
    current = settings.current()
    if current.deepgram.api_key:
        yield Call(Vendor.DEEPGRAM, KEYS[Vendor.DEEPGRAM], partial(registry.reach_deepgram, LIMIT_S))
    if current.openai.api_key:
        yield Call(Vendor.OPENAI, KEYS[Vendor.OPENAI], partial(registry.reach_openai, LIMIT_S))
    for account, tokens in current.twilio.accounts.items():
        if is_account(account):
            for number, token in enumerate(tokens, start=1):
                yield Call(Vendor.TWILIO, f"token {number} of {account}", partial(registry.reach_twilio, account, token, LIMIT_S))


def _answered(call: Call) -> list[Finding]:
    try:
        reached = call.ask()
    except StepError as error:
        return [_refused(call, error.code)]
    return [*_clock(call, reached), *_models(call, reached)]


def _refused(call: Call, code: str) -> Finding:
    word, name = code.partition(":")[2], call.vendor.title()
    facts = (f"it was asked with {call.what}", f"what came back: {code}")
    if word in NO_ACCOUNT | REFUSED:
        return _key_wrong(call, word, facts)
    if word in UNPAID:
        told = f"{name} works for nobody with this key: its credit or quota is used up."
        return Finding("vendor_unpaid", Weight.BROKEN, told, facts, f"pay {name}, or raise the limit there; {AGAIN}")
    if word in ELSEWHERE:
        told = f"What answers at {BASES[call.vendor]} is not {name}'s API."
        return Finding("vendor_elsewhere", Weight.BROKEN, told, facts, f"mend {BASES[call.vendor]}, or unset it for {name}'s own; {AGAIN}")
    if word in {"not_permitted", "insufficient_permissions"}:
        told = f"{name} takes the key, but not for this question: it may be restricted on purpose."
        return Finding("vendor_key_restricted", Weight.FINE, told, facts, f"see {CODES} if runs die of it")
    if word == "rate_limited":
        told = f"{name} wants to be asked less often (429): work for it waits, and goes on by itself."
        return Finding("vendor_rate_limited", Weight.WARNING, told, facts, f"nothing; or ask {name} for a higher limit. {AGAIN}")
    told = f"{name} cannot be reached from here, or has no answer now: work for it waits."
    fix = f"look at {name}'s status page and at this machine's way out (proxy, firewall, DNS); nothing is lost meanwhile"
    return Finding("vendor_unreachable", Weight.BROKEN, told, facts, fix)


def _key_wrong(call: Call, word: str, facts: tuple[str, ...]) -> Finding:
    name = call.vendor.title()
    if word in NO_ACCOUNT:
        told = f"There is no such account as that of {call.what}: nothing is sent or fetched for it, no call for help either."
        fix = "set TWILIO_ACCOUNT_SID (or TWILIO_ACCOUNTS) to the SID that Twilio's console shows, AC and 32 digits from 0 to f, with its"
        return Finding("account_sid_wrong", Weight.BROKEN, told, facts[-1:], f"{fix} token; restart every process, then `{repairs.SETUP}`")
    beside = ", and see that the SID beside it is that account's" if call.vendor is Vendor.TWILIO else ""
    fix = f"set {KEYS[call.vendor]} to the one that {name}'s console shows now{beside}; restart every process; {AGAIN}"
    return Finding("vendor_key_refused", Weight.BROKEN, f"{name} refuses {call.what}.", facts, fix)


def _clock(call: Call, reached: Reached) -> Iterator[Finding]:
    if reached.clock:
        ahead_s = (reached.clock - datetime.now(UTC)).total_seconds()
        yield from clocks.differing(call.vendor, f"{call.vendor.title()}'s", ahead_s, clocks.VENDORS_S)


def _models(call: Call, reached: Reached) -> Iterator[Finding]:
    for name, model in _wanted().items() if reached.models else ():
        if model and model not in (reached.models or ()):
            told = f"{name} is {model}, which the key may not ask or nobody has."
            yield Finding(
                "model_unknown",
                Weight.WARNING,
                told,
                (f"{call.vendor} lists {counted(len(reached.models or ()), 'other', 'others')}",),
                f"mend {name}",
            )


def _wanted() -> Mapping[str, str | None]:
    openai = settings.current().openai
    named = {"CHEAP": openai.model_cheap, "CRITICAL": openai.model_critical, "LIVE": openai.model_live}
    return {f"OPENAI_MODEL_{which}": model for which, model in named.items()}
