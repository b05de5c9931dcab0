"""Every setting, read from the environment once; a missing or bad variable stops the start by name."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from environs import Env, EnvValidationError
from marshmallow import validate

from domain.access import DEFAULT_PLAN, AccessSettings, Surface
from domain.errors import SettingsError
from environment import (
    ACCOUNTS_EXAMPLE,
    POSITIVE,
    PRICES_EXAMPLE,
    RATES_EXAMPLE,
    account_sid,
    are_origins,
    are_prices,
    are_tokens,
    base_url,
    command_of,
    days_or_never,
    go_on_without,
    is_rate,
    json_of,
    other_half,
    sentry_dsn,
    sqlalchemy_url,
    url_with,
    vendor_url,
    with_certificates,
)

SECRET_KEY_MIN_CHARS = 32
NOT_SET = "Environment variable not set."  # environs' words

# the command that says what is wrong with the settings must not end because something is
DIAGNOSIS = "doctor"

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
    model_realtime: str = "gpt-realtime-2.1"


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
class RetentionSettings:
    """For how many days the bodies of deliveries, and the words that were made of them, are kept; 0: until somebody erases them."""

    bodies_days: int
    words_days: int


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
    retention: RetentionSettings
    access: AccessSettings
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


_bad: dict[str, Sequence[str]] = {}


@cache
def current() -> Settings:
    """The settings of this process, read on first use. Raises SettingsError that names each bad variable."""
    return read()


def current_or_exit() -> Settings:
    """The settings of this process; if one is missing or bad, the process ends with a line that names it.

    Only the process of ``celery -A tasks doctor`` goes on, with stand-ins for what is bad: see ``bad``.
    """
    try:
        return current()
    except SettingsError as error:
        if command_of(sys.argv[1:]) != DIAGNOSIS:
            sys.exit(f"hookline cannot start: {error}")
        _bad.update(error.wrong)
        go_on_without(error.wrong)
        return current()


def bad() -> Mapping[str, Sequence[str]]:
    """What is wrong with each variable that this process had to go on without; nothing if it is not there at all."""
    return _bad


def count(name: str, default: int) -> int:
    """A whole number of at least 1 that a server's own configuration reads. Raises SettingsError that names it."""
    env = Env(eager=False)
    found = env.int(name, default, validate=validate.Range(min=1))
    _complain(env)
    return int(found)


def count_or_exit(name: str, default: int) -> int:
    """The same; if it is bad, the process ends with a line that names it."""
    try:
        return count(name, default)
    except SettingsError as error:
        sys.exit(f"hookline cannot start: {error}")


def switch_or_exit(name: str, *, default: bool) -> bool:
    """A yes or a no that a server's own configuration reads; if it is bad, the process ends with a line that names it."""
    env = Env(eager=False)
    found = env.bool(name, default)
    try:
        _complain(env)
    except SettingsError as error:
        sys.exit(f"hookline cannot start: {error}")
    return bool(found)


def read() -> Settings:
    """Read the environment anew; tests use it directly."""
    env = Env(eager=False)
    redis_url = env.str("REDIS_URL", validate=url_with("redis", "rediss"))
    settings = Settings(
        database_url=sqlalchemy_url(env.str("DATABASE_URL", validate=url_with("postgres", "postgresql", "postgresql+psycopg2"))),
        redis_url=with_certificates(redis_url),
        broker_url=with_certificates(env.str("CLOUDAMQP_URL", redis_url, validate=url_with("redis", "rediss", "amqp", "amqps"))),
        public_base_url=(env.str("PUBLIC_BASE_URL", validate=[url_with("http", "https"), base_url]) or "").rstrip("/"),
        secret_key=env.str("SECRET_KEY", validate=validate.Length(min=SECRET_KEY_MIN_CHARS)),
        deepgram=_deepgram(env),
        openai=_openai(env),
        twilio=_twilio(env),
        spend=_spend(env),
        retention=_retention(env),
        access=_access(env),
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
        sentry_dsn=env.str("SENTRY_DSN", None, validate=sentry_dsn),
    )
    _complain(env)
    return settings


def _deepgram(env: Env) -> DeepgramSettings:
    return DeepgramSettings(
        api_key=env.str("DEEPGRAM_API_KEY", None) or None,
        base_url=vendor_url(env.str("DEEPGRAM_BASE_URL", "https://api.deepgram.com", validate=url_with("http", "https"))),
        project_id=env.str("DEEPGRAM_PROJECT_ID", None) or None,
        model=env.str("DEEPGRAM_MODEL", "nova-3"),
        language=env.str("DEEPGRAM_LANGUAGE", None) or None,
        by_callback=env.bool("DEEPGRAM_CALLBACK", True),
        overdue_s=env.float("DEEPGRAM_OVERDUE_SECONDS", 600.0, validate=validate.Range(min=0.1)),
        concurrency=env.int("DEEPGRAM_CONCURRENCY", 50, validate=POSITIVE),
    )


def _openai(env: Env) -> OpenAISettings:
    return OpenAISettings(
        api_key=env.str("OPENAI_API_KEY", None) or None,
        base_url=vendor_url(env.str("OPENAI_BASE_URL", "https://api.openai.com/v1", validate=url_with("http", "https"))),
        api=env.str("OPENAI_API", "responses", validate=validate.OneOf(["responses", "chat"])),
        model_cheap=env.str("OPENAI_MODEL_CHEAP", "gpt-6-luna"),
        model_critical=env.str("OPENAI_MODEL_CRITICAL", "gpt-6-sol"),
        model_live=env.str("OPENAI_MODEL_LIVE", None) or None,
        context_tokens=env.int("OPENAI_CONTEXT_TOKENS", 100_000, validate=validate.Range(min=2_000)),
        cache_ttl_s=env.int("LLM_CACHE_TTL_SECONDS", 3_600, validate=validate.Range(min=0)),
        concurrency=env.int("OPENAI_CONCURRENCY", 50, validate=POSITIVE),
        model_realtime=env.str("OPENAI_MODEL_REALTIME", "gpt-realtime-2.1"),
    )


def _twilio(env: Env) -> TwilioSettings:
    return TwilioSettings(
        accounts=_twilio_accounts(env),
        base_url=vendor_url(env.str("TWILIO_BASE_URL", "https://api.twilio.com", validate=url_with("http", "https"))),
        sends_sms=env.bool("SEND_SMS", True),
        recording_max_bytes=env.int("RECORDING_MAX_BYTES", 256 * 1024 * 1024, validate=POSITIVE),
        concurrency=env.int("TWILIO_CONCURRENCY", 50, validate=POSITIVE),
    )


def _spend(env: Env) -> SpendSettings:
    return SpendSettings(
        recording_max_s=env.int("SPEND_RECORDING_MAX_SECONDS", 4 * 3_600, validate=POSITIVE),
        day_speech_s=env.int("SPEND_DAY_SPEECH_SECONDS", 360_000, validate=POSITIVE),
        day_llm_tokens=env.int("SPEND_DAY_LLM_TOKENS", 20_000_000, validate=POSITIVE),
        prices=json.loads(env.str("PRICES", "{}", validate=json_of(are_prices, PRICES_EXAMPLE)) or "{}"),
    )


def _retention(env: Env) -> RetentionSettings:
    return RetentionSettings(
        bodies_days=env.int("RETENTION_DAYS_BODIES", 0, validate=days_or_never),
        words_days=env.int("RETENTION_DAYS_WORDS", 0, validate=days_or_never),
    )


def _access(env: Env) -> AccessSettings:
    rates = json.loads(env.str("RATE_LIMITS", "{}", validate=json_of(is_rate, RATES_EXAMPLE)) or "{}")
    return AccessSettings(
        rate_limits={DEFAULT_PLAN: 1_200, "pro": 12_000, **rates},
        cors_origins=tuple((env.str("CORS_ORIGINS", "", validate=are_origins) or "").split()),
        surface=Surface(env.str("SURFACE", Surface.BOTH, validate=validate.OneOf(list(Surface))) or Surface.BOTH),
    )


def _twilio_accounts(env: Env) -> Mapping[str, tuple[str, ...]]:
    """Account SID (or SharedKey id) → secrets, newest first."""
    given = json.loads(env.str("TWILIO_ACCOUNTS", "{}", validate=json_of(are_tokens, ACCOUNTS_EXAMPLE)) or "{}")
    account = env.str("TWILIO_ACCOUNT_SID", None, validate=[other_half("TWILIO_ACCOUNT_SID"), account_sid])
    token = env.str("TWILIO_AUTH_TOKEN", None, validate=other_half("TWILIO_AUTH_TOKEN"))
    accounts = {key: (value,) if isinstance(value, str) else tuple(value) for key, value in given.items()}
    return {account: (token,)} | accounts if account and token else accounts


def _complain(env: Env) -> None:
    try:
        env.seal()
    except EnvValidationError as error:
        wrong = dict(error.error_messages)  # type: ignore[arg-type]  # of all that were read: by name
        raise SettingsError({name: [word for word in words if word != NOT_SET] for name, words in wrong.items()}) from None
