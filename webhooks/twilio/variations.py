"""What Twilio may have signed instead of what we checked: everything that proxies, settings and rotations are known to change.

Each way comes with a cost, the number of things that would have to be wrong, and an explanation; the cheapest that fits is told first.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Generic, TypeVar
from urllib.parse import SplitResult, parse_qsl, urlsplit

from domain.refusals import Refusal
from webhooks.twilio.claims import FORM, account_of_form, account_of_json
from webhooks.twilio.secrets import candidates
from webhooks.twilio.signature import SHA1, SHA256, Settings

Fields = tuple[tuple[str, str], ...]
Value = TypeVar("Value")

# where servers and proxies listen
PORTS = (80, 443, 3000, 5000, 8000, 8080, 8443)


@dataclass(frozen=True, slots=True)
class Way(Generic[Value]):
    """One possibility. ``why`` is None for what was checked in the first place."""

    value: Value
    cost: int = 0
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Variation:
    """One combination, in the order base URL, path and query, body, secret, algorithm."""

    base: Way[str]
    target: Way[str]
    fields: Way[Fields | None]
    secret: Way[str]
    algorithm: Way[str]

    @property
    def cost(self) -> int:
        """How many things would have to be wrong."""
        return sum(way.cost for way in (self.base, self.target, self.fields, self.secret, self.algorithm))


def of(refusal: Refusal, url: str, accounts: Mapping[str, tuple[str, ...]], given: str | None = None) -> list[Variation]:
    """Every combination, the likeliest first. ``given`` is a token that somebody wants to be tried beside those that are configured."""
    checked = urlsplit(url)
    checked = checked._replace(netloc=checked.netloc.rpartition("@")[2])
    claimed = Settings.parse(refusal.signature_settings)
    ways = product(
        list(_bases(refusal, checked)),
        list(_targets(refusal, checked)),
        list(_bodies(refusal)),
        [*_secrets(accounts, account(refusal), claimed), *_given(given)],
        list(_algorithms(claimed)),
    )
    return sorted((Variation(*combination) for combination in ways), key=lambda variation: variation.cost)


def account(refusal: Refusal) -> str:
    """The account that the body names, or ""."""
    # a header that was changed on the way must not hide it
    return account_of_form(refusal.body) or account_of_json(refusal.body)


def is_form(refusal: Refusal) -> bool:
    """Whether the request said that its body is a form."""
    return (refusal.content_type or "").partition(";")[0].strip().lower() == FORM


def _bases(refusal: Refusal, checked: SplitResult) -> Iterator[Way[str]]:
    """Scheme, host, port and the path that PUBLIC_BASE_URL ended with."""
    prefix = _prefix(refusal, checked)
    bare = checked.netloc.removesuffix(f":{checked.port}")
    named = [spelling for host in refusal.hosts for spelling in (host, host.partition(":")[0])]
    hosts = {f"{bare}:{port}": 2 for port in PORTS} | dict.fromkeys((*named, bare), 1) | {checked.netloc: 0}
    for scheme, (host, cost), path in product(("https", "http"), hosts.items(), dict.fromkeys((prefix, ""))):
        base = f"{scheme}://{host}{path}"
        spent = cost + (scheme != checked.scheme) + (path != prefix)
        yield Way(base, spent, f"set PUBLIC_BASE_URL={base}" if spent else None)


def _prefix(refusal: Refusal, checked: SplitResult) -> str:
    return checked.path.removesuffix(refusal.route) if refusal.route and checked.path.endswith(refusal.route) else ""


def _targets(refusal: Refusal, checked: SplitResult) -> Iterator[Way[str]]:
    """Path and query below the base."""
    path = checked.path[len(_prefix(refusal, checked)) :]
    query = f"?{checked.query}" if checked.query else ""
    slashed = path.removesuffix("/") if path.endswith("/") else f"{path}/"
    slash = "something in front of Hookline changes the slash at the path's end: let it pass paths as they are"
    added = "something in front of Hookline adds a query: let it pass addresses as they are"
    yield Way(path + query)
    yield Way(slashed + query, 1, slash)
    if query:
        yield Way(path, 1, added)
        yield Way(slashed, 2, f"{slash}; {added}")


def _bodies(refusal: Refusal) -> Iterator[Way[Fields | None]]:
    """What of the body went into the signature; None for what is no form, whose hash the URL carries."""
    fields = tuple(parse_qsl(refusal.body.decode(errors="replace"), keep_blank_values=True))
    filled = tuple((name, value) for name, value in fields if value)
    if is_form(refusal):
        yield Way(fields)
        if filled != fields:
            yield Way(filled, 1, "its blank fields were not there when it was signed: something in front of Hookline adds them")
        yield Way(None, 1, "its body was signed as JSON, not as a form: something in front of Hookline changes Content-Type or body")
    else:
        yield Way(None)
        yield Way(fields, 1, f"its body was signed as a form: something in front of Hookline changes Content-Type, which must be {FORM}")


def _secrets(accounts: Mapping[str, tuple[str, ...]], claimed_account: str, claimed: Settings) -> Iterator[Way[str]]:
    """Every secret that is configured; those that may vouch for the request come first."""
    usual = candidates(accounts, claimed_account, claimed)
    for name, secrets in accounts.items():
        for number, secret in enumerate(secrets, start=1):
            if secret in usual:
                yield Way(secret)
            elif name.partition("/")[0] == claimed_account:
                yield Way(secret, 1, f"it was signed with secret {number} of {name}, which the headers do not name")
            else:
                yield Way(secret, 2, f"it was signed with secret {number} of {name}, but names {claimed_account or 'no account'}")


def _given(token: str | None) -> Iterator[Way[str]]:
    if token:
        unknown = "it was signed with the token that you gave, which is not configured"
        yield Way(token, 1, f"{unknown}: set TWILIO_AUTH_TOKEN to it, or add it to TWILIO_ACCOUNTS")


def _algorithms(claimed: Settings) -> Iterator[Way[str]]:
    yield Way(claimed.algorithm)
    for other in (SHA1, SHA256):
        if other != claimed.algorithm:
            yield Way(other, 1, f"it was signed with {other}: something in front of Hookline drops or changes Twilio's settings header")
