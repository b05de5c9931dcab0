"""Every setting, read from the environment once; a missing or bad variable stops the start by name."""

import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import urlsplit

from environs import Env, EnvValidationError
from marshmallow import ValidationError, validate

from domain.errors import SettingsError

SECRET_KEY_MIN_CHARS = 32
NOT_SET = "Environment variable not set."  # environs' words
_POSITIVE = validate.Range(min=1)
PRICES_EXAMPLE = 'must be JSON of US dollars per unit, such as {"deepgram:nova-3": {"speech_seconds": 0.00007}}'
ACCOUNTS_EXAMPLE = 'must be JSON such as {"AC…": ["newest token", "older token"]}'
TWILIO_PAIR = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN")

# what a step does while its vendor is down: wait for it, or go on with the offline engine and say so
WHEN_DOWN = ("wait", "degrade")


@dataclass(frozen=True, slots=True)
class DeepgramSettings:
    """Speech to text. Without a key nobody is asked, and a recording waits for a transcriber."""

    api_key: str | None = field(repr=False)
    base_url: str
    project_id: str | None
    model: str
    language: str | None
    by_callback: bool
    overdue_s: float
    concurrency: int


@dataclass(frozen=True, slots=True)
class OpenAISettings:
    """A language model that speaks OpenAI's API. Without a key the offline engines stand in."""

    api_key: str | None = field(repr=False)
    base_url: str
    api: str
    model_cheap: str
    model_critical: str
    model_live: str | None
    context_tokens: int
    cache_ttl_s: int
    concurrency: int


@dataclass(frozen=True, slots=True)
class TwilioSettings:
    """Calls and messages. ``accounts`` maps an account SID, or a SharedKey id, to its secrets, newest first."""

    accounts: Mapping[str, tuple[str, ...]] = field(repr=False)
    base_url: str
    sends_sms: bool
    recording_max_bytes: int
    concurrency: int


@dataclass(frozen=True, slots=True)
class SpendSettings:
    """What may be spent: a recording's length in seconds, an organization's day in seconds and tokens, and your prices in US dollars."""

    recording_max_s: int
    day_speech_s: int
    day_llm_tokens: int
    prices: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Settings:
    """All of the configuration. Secrets stay out of ``repr``, so that a logged Settings tells nothing."""

    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    broker_url: str = field(repr=False)
    public_base_url: str
    secret_key: str = field(repr=False)
    deepgram: DeepgramSettings
    openai: OpenAISettings
    twilio: TwilioSettings
    spend: SpendSettings
    whisper_model_path: str | None
    classify_when_down: str
    reply_when_down: str
    worker_timeout_s: float
    worker_max_retries: int
    sweep_interval_s: float
    broker_queue_depth: int
    db_pool_size: int
    log_level: str
    environment: str
    sentry_dsn: str | None = field(repr=False)


@cache
def current() -> Settings:
    """The settings of this process, read on first use. Raises SettingsError that names each bad variable."""
    return read()


def current_or_exit() -> Settings:
    """The settings of this process; if one is missing or bad, the process ends with a line that names it."""
    try:
        return current()
    except SettingsError as error:
        sys.exit(f"hookline cannot start: {error}")


def count_or_exit(name: str, default: int) -> int:
    """A whole number of at least 1 that a server's own configuration reads; if it is bad, the process ends with a line that names it."""
    env = Env(eager=False)
    found = env.int(name, default, validate=validate.Range(min=1))
    _seal_or_exit(env)
    return int(found)


def switch_or_exit(name: str, *, default: bool) -> bool:
    """A yes or a no that a server's own configuration reads; if it is bad, the process ends with a line that names it."""
    env = Env(eager=False)
    found = env.bool(name, default)
    _seal_or_exit(env)
    return bool(found)


def read() -> Settings:
    """Read the environment anew; tests use it directly."""
    env = Env(eager=False)
    redis_url = env.str("REDIS_URL", validate=_url("redis", "rediss"))
    settings = Settings(
        database_url=_sqlalchemy_url(env.str("DATABASE_URL", validate=_url("postgres", "postgresql", "postgresql+psycopg2"))),
        redis_url=_with_certificates(redis_url),
        broker_url=_with_certificates(env.str("CLOUDAMQP_URL", redis_url, validate=_url("redis", "rediss", "amqp", "amqps"))),
        public_base_url=(env.str("PUBLIC_BASE_URL", validate=[_url("http", "https"), _base]) or "").rstrip("/"),
        secret_key=env.str("SECRET_KEY", validate=validate.Length(min=SECRET_KEY_MIN_CHARS)),
        deepgram=_deepgram(env),
        openai=_openai(env),
        twilio=_twilio(env),
        spend=_spend(env),
        whisper_model_path=env.str("WHISPER_MODEL_PATH", None) or None,
        classify_when_down=env.str("CLASSIFY_WHEN_DOWN", "degrade", validate=validate.OneOf(WHEN_DOWN)),
        reply_when_down=env.str("REPLY_WHEN_DOWN", "wait", validate=validate.OneOf(WHEN_DOWN)),
        worker_timeout_s=env.float("WORKER_TIMEOUT_SECONDS", 60.0, validate=validate.Range(min=0.1, max=600)),
        worker_max_retries=env.int("WORKER_MAX_RETRIES", 5, validate=validate.Range(min=0, max=20)),
        sweep_interval_s=env.float("SWEEP_INTERVAL_SECONDS", 0.5, validate=validate.Range(min=0.05, max=60)),
        broker_queue_depth=env.int("BROKER_QUEUE_DEPTH", 64, validate=validate.Range(min=1, max=100_000)),
        db_pool_size=env.int("DB_POOL_SIZE", 4, validate=validate.Range(min=1, max=100)),
        log_level=env.str("LOG_LEVEL", "INFO", validate=validate.OneOf(["DEBUG", "INFO", "WARNING", "ERROR"])),
        environment=env.str("ENVIRONMENT", "production"),
        sentry_dsn=env.str("SENTRY_DSN", None),
    )
    _complain(env)
    return settings


def _deepgram(env: Env) -> DeepgramSettings:
    return DeepgramSettings(
        api_key=env.str("DEEPGRAM_API_KEY", None) or None,
        base_url=_vendor_url(env.str("DEEPGRAM_BASE_URL", "https://api.deepgram.com", validate=_url("http", "https"))),
        project_id=env.str("DEEPGRAM_PROJECT_ID", None) or None,
        model=env.str("DEEPGRAM_MODEL", "nova-3"),
        language=env.str("DEEPGRAM_LANGUAGE", None) or None,
        by_callback=env.bool("DEEPGRAM_CALLBACK", True),
        overdue_s=env.float("DEEPGRAM_OVERDUE_SECONDS", 600.0, validate=validate.Range(min=0.1)),
        concurrency=env.int("DEEPGRAM_CONCURRENCY", 50, validate=_POSITIVE),
    )


def _openai(env: Env) -> OpenAISettings:
    return OpenAISettings(
        api_key=env.str("OPENAI_API_KEY", None) or None,
        base_url=_vendor_url(env.str("OPENAI_BASE_URL", "https://api.openai.com/v1", validate=_url("http", "https"))),
        api=env.str("OPENAI_API", "responses", validate=validate.OneOf(["responses", "chat"])),
        model_cheap=env.str("OPENAI_MODEL_CHEAP", "gpt-6-luna"),
        model_critical=env.str("OPENAI_MODEL_CRITICAL", "gpt-6-sol"),
        model_live=env.str("OPENAI_MODEL_LIVE", None) or None,
        context_tokens=env.int("OPENAI_CONTEXT_TOKENS", 100_000, validate=validate.Range(min=2_000)),
        cache_ttl_s=env.int("LLM_CACHE_TTL_SECONDS", 3_600, validate=validate.Range(min=0)),
        concurrency=env.int("OPENAI_CONCURRENCY", 50, validate=_POSITIVE),
    )


def _twilio(env: Env) -> TwilioSettings:
    return TwilioSettings(
        accounts=_twilio_accounts(env),
        base_url=_vendor_url(env.str("TWILIO_BASE_URL", "https://api.twilio.com", validate=_url("http", "https"))),
        sends_sms=env.bool("SEND_SMS", True),
        recording_max_bytes=env.int("RECORDING_MAX_BYTES", 256 * 1024 * 1024, validate=_POSITIVE),
        concurrency=env.int("TWILIO_CONCURRENCY", 50, validate=_POSITIVE),
    )


def _spend(env: Env) -> SpendSettings:
    return SpendSettings(
        recording_max_s=env.int("SPEND_RECORDING_MAX_SECONDS", 4 * 3_600, validate=_POSITIVE),
        day_speech_s=env.int("SPEND_DAY_SPEECH_SECONDS", 360_000, validate=_POSITIVE),
        day_llm_tokens=env.int("SPEND_DAY_LLM_TOKENS", 20_000_000, validate=_POSITIVE),
        prices=json.loads(env.str("PRICES", "{}", validate=_json(_are_prices, PRICES_EXAMPLE)) or "{}"),
    )


def _vendor_url(url: str | None) -> str:
    return (url or "").rstrip("/")


def _are_prices(units: object) -> bool:
    return isinstance(units, dict) and all(isinstance(price, int | float) and price >= 0 for price in units.values())


def _complain(env: Env) -> None:
    try:
        env.seal()
    except EnvValidationError as error:
        wrong = dict(error.error_messages)  # type: ignore[arg-type]  # of all that were read: by name
        raise SettingsError({name: [word for word in words if word != NOT_SET] for name, words in wrong.items()}) from None


def _seal_or_exit(env: Env) -> None:
    try:
        _complain(env)
    except SettingsError as error:
        sys.exit(f"hookline cannot start: {error}")


def _url(*schemes: str) -> "validate.And":
    def known_scheme(value: str) -> None:
        parts = urlsplit(value)
        if parts.scheme not in schemes or (not parts.netloc and not parts.query):
            raise ValidationError(f"must be a URL that starts with {' or '.join(f'{scheme}://' for scheme in schemes)}")

    return validate.And(known_scheme)


def _base(value: str) -> None:
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


def _sqlalchemy_url(url: str | None) -> str:
    # SQLAlchemy 2.1 takes postgresql:// for psycopg 3, and hosts still hand out postgres://
    scheme, separator, rest = (url or "").partition("://")
    return f"postgresql+psycopg2{separator}{rest}" if scheme in {"postgres", "postgresql"} else url or ""


def _with_certificates(url: str | None) -> str:
    # Celery refuses rediss:// without this word; hosts that hand out self-signed certificates override it in the URL
    if not url or not url.startswith("rediss://") or "ssl_cert_reqs=" in url:
        return url or ""
    return f"{url}{'&' if '?' in url else '?'}ssl_cert_reqs=required"


def _twilio_accounts(env: Env) -> Mapping[str, tuple[str, ...]]:
    """Account SID (or SharedKey id) → secrets, newest first."""
    given = json.loads(env.str("TWILIO_ACCOUNTS", "{}", validate=_json(_are_tokens, ACCOUNTS_EXAMPLE)) or "{}")
    account = env.str("TWILIO_ACCOUNT_SID", None, validate=_other_half("TWILIO_ACCOUNT_SID"))
    token = env.str("TWILIO_AUTH_TOKEN", None, validate=_other_half("TWILIO_AUTH_TOKEN"))
    accounts = {key: (value,) if isinstance(value, str) else tuple(value) for key, value in given.items()}
    return {account: (token,)} | accounts if account and token else accounts


def _other_half(name: str) -> "validate.And":
    def accompanied(value: str) -> None:
        [other] = set(TWILIO_PAIR) - {name}
        if value and not os.environ.get(other):
            raise ValidationError("is set without the other half of the pair: set account SID and auth token, or neither")

    return validate.And(accompanied)


def _json(fits: Callable[[object], bool], example: str) -> "validate.And":
    def fitting_values(text: str) -> None:
        try:
            value = json.loads(text or "{}")
        except ValueError:
            raise ValidationError(example) from None
        if not isinstance(value, dict) or not all(fits(part) for part in value.values()):
            raise ValidationError(example)

    return validate.And(fitting_values)


def _are_tokens(value: object) -> bool:
    parts = [value] if isinstance(value, str) else value
    return isinstance(parts, list) and bool(parts) and all(isinstance(part, str) and part for part in parts)
