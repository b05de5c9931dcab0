"""What may stand in an environment variable: each check says what is wrong in words that name what would be right."""

import json
import os
import re
from collections.abc import Callable, Iterable, Sequence
from urllib.parse import urlsplit

from marshmallow import ValidationError, validate

from domain.privacy.retention import LEAST_DAYS, MOST_DAYS

POSITIVE = validate.Range(min=1)
PRICES_EXAMPLE = 'must be JSON of US dollars per unit, such as {"deepgram:nova-3": {"speech_seconds": 0.00007}}'
ACCOUNTS_EXAMPLE = 'must be JSON such as {"AC…": ["newest token", "older token"]}'
RATES_EXAMPLE = 'must be JSON of requests a minute for each plan, such as {"free": 1200, "pro": 12000}'
TWILIO_PAIR = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN")
# Celery's own options before the command that take a value
_WITH_A_VALUE = {"-A", "--app", "-b", "--broker", "--result-backend", "--loader", "--config", "--workdir"}
_ACCOUNT_SID = re.compile(r"AC[0-9a-fA-F]{32}")
_MOST_A_MINUTE = 1_000_000
_ORIGIN = re.compile(r"https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[1-9][0-9]{0,4})?")
# what is nobody's: for a diagnosis only, which says what is wrong with a variable and goes on without it
_STAND_INS = {
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "PUBLIC_BASE_URL": "https://nowhere.invalid",
    "SECRET_KEY": "-" * 32,
}


def command_of(arguments: Sequence[str]) -> str | None:
    """The command in ``celery``'s arguments, such as ``worker``; None if there is none."""
    words = iter(arguments)
    for word in words:
        if word in _WITH_A_VALUE:
            next(words, None)
        elif not word.startswith("-"):
            return word
    return None


def go_on_without(names: Iterable[str]) -> None:
    """Forget these variables in this process; those without a default get one that is nobody's."""
    for name in names:
        os.environ.pop(name, None)
        if name in _STAND_INS:
            os.environ[name] = _STAND_INS[name]


def url_with(*schemes: str) -> "validate.And":
    """A URL of one of these schemes, with a host."""

    def known_scheme(value: str) -> None:
        parts = urlsplit(value)
        if parts.scheme not in schemes or (not parts.netloc and not parts.query):
            raise ValidationError(f"must be a URL that starts with {' or '.join(f'{scheme}://' for scheme in schemes)}")

    return validate.And(known_scheme)


def base_url(value: str) -> None:
    """A URL under which our paths stand: a host, and no query behind it. Raises ValidationError."""
    # signatures are checked against this address with the path put behind it
    parts = urlsplit(value)
    try:
        good = parts.port != 0 and bool(parts.hostname)
    except ValueError:
        good = False
    if not good:
        raise ValidationError("must have a host and, if any, a port from 1 to 65535, such as https://hookline.example:8443")
    if parts.query or parts.fragment or value.endswith(("?", "#")):
        raise ValidationError("must end with its path: no ? and no #, such as https://hookline.example")


def sentry_dsn(value: str) -> None:
    """Where Sentry listens: a key before the host, a project's number behind it; "" for nowhere. Raises ValidationError."""
    parts = urlsplit(value)
    if value and not (parts.scheme in {"http", "https"} and parts.username and parts.hostname and parts.path.rpartition("/")[2].isdigit()):
        raise ValidationError("must be a DSN as Sentry shows it, such as https://key@sentry.example/1")


def sqlalchemy_url(url: str | None) -> str:
    """A host's database URL as SQLAlchemy takes it; psycopg2 is the driver."""
    # SQLAlchemy 2.1 takes postgresql:// for psycopg 3, and hosts still hand out postgres://
    scheme, separator, rest = (url or "").partition("://")
    return f"postgresql+psycopg2{separator}{rest}" if scheme in {"postgres", "postgresql"} else url or ""


def with_certificates(url: str | None) -> str:
    """A broker URL that says, if it is encrypted, whether certificates are checked: they are, unless it says otherwise."""
    # Celery refuses rediss:// without this word; hosts that hand out self-signed certificates override it in the URL
    if not url or not url.startswith("rediss://") or "ssl_cert_reqs=" in url:
        return url or ""
    return f"{url}{'&' if '?' in url else '?'}ssl_cert_reqs=required"


def other_half(name: str) -> "validate.And":
    """One of the Twilio pair, which means nothing without the other."""

    def accompanied(value: str) -> None:
        [other] = set(TWILIO_PAIR) - {name}
        if value and not os.environ.get(other):
            raise ValidationError("is set without the other half of the pair: set account SID and auth token, or neither")

    return validate.And(accompanied)


def account_sid(value: str) -> None:
    """A Twilio account's. Raises ValidationError."""
    if value and not _ACCOUNT_SID.fullmatch(value):
        raise ValidationError("must be AC and 32 hexadecimal digits, as Twilio's console shows it")


def json_of(fits: Callable[[object], bool], example: str) -> "validate.And":
    """A JSON object whose every value fits; the example is what somebody is told whose does not."""

    def fitting_values(text: str) -> None:
        try:
            value = json.loads(text or "{}")
        except ValueError:
            raise ValidationError(example) from None
        if not isinstance(value, dict) or not all(fits(part) for part in value.values()):
            raise ValidationError(example)

    return validate.And(fitting_values)


def are_tokens(value: object) -> bool:
    """One secret, or several with the newest first."""
    parts = [value] if isinstance(value, str) else value
    return isinstance(parts, list) and bool(parts) and all(isinstance(part, str) and part for part in parts)


def days_or_never(value: int) -> None:
    """A time of keeping in days, or 0 for ever. Raises ValidationError."""
    if value != 0 and not LEAST_DAYS <= value <= MOST_DAYS:
        raise ValidationError(f"must be 0 (kept until somebody erases it), or days from {LEAST_DAYS} to {MOST_DAYS}")


def vendor_url(url: str | None) -> str:
    """A vendor's base URL without the slash behind it."""
    return (url or "").rstrip("/")


def are_prices(units: object) -> bool:
    """Unit → price, none of them below nothing."""
    return isinstance(units, dict) and all(isinstance(price, int | float) and price >= 0 for price in units.values())


def is_rate(value: object) -> bool:
    """So many requests a minute, one at least."""
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= _MOST_A_MINUTE


def are_origins(value: str) -> None:
    """Web pages' origins as a browser spells them, a space between two; never a pattern. Raises ValidationError."""
    if not all(_ORIGIN.fullmatch(origin) for origin in value.split()):
        raise ValidationError(
            "must be origins with a space between two, such as https://app.example https://localhost:5173; no * and no path"
        )
