"""Settings: each bad variable is named, no secret is ever printed."""

import os
import subprocess
import sys

import pytest

import environment
import settings
from domain.errors import SettingsError

GOOD = {
    "DATABASE_URL": "postgres://user:canary@host:5432/hookline?sslmode=require",
    "REDIS_URL": "redis://:canary@host:6379/0",
    "PUBLIC_BASE_URL": "https://hookline.example/",
    "SECRET_KEY": "canary-canary-canary-canary-canary",
    "TWILIO_ACCOUNTS": '{"AC1": ["canary-new", "canary-old"]}',
    "TWILIO_ACCOUNT_SID": "AC22222222222222222222222222222222",
    "TWILIO_AUTH_TOKEN": "canary-token",
}
BAD = {
    "DATABASE_URL": "mysql://user:canary@host/db",
    "REDIS_URL": "http://canary@host",
    "PUBLIC_BASE_URL": "canary.example",
    "SECRET_KEY": "canary",
    "TWILIO_ACCOUNTS": '{"AC1": "canary", "AC2": 5}',
    "WORKER_TIMEOUT_SECONDS": "canary",
    "WORKER_MAX_RETRIES": "-1",
    "SWEEP_INTERVAL_SECONDS": "0",
    "BROKER_QUEUE_DEPTH": "0",
    "DB_POOL_SIZE": "0",
    "LOG_LEVEL": "LOUD",
    "CLOUDAMQP_URL": "canary",
    "PRICES": "canary",
    "DEEPGRAM_BASE_URL": "canary",
    "DEEPGRAM_OVERDUE_SECONDS": "0",
    "OPENAI_API": "canary",
    "OPENAI_CONTEXT_TOKENS": "1",
    "SEND_SMS": "canary",
    "SENTRY_DSN": "canary",
    "SPEND_DAY_LLM_TOKENS": "0",
    "CLASSIFY_WHEN_DOWN": "canary",
    "RATE_LIMITS": '{"free": 0, "canary": 1}',
    "CORS_ORIGINS": "https://canary.example *",
    "SURFACE": "canary",
    "TWILIO_ACCOUNT_SID": "ACcanary",
}


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in set(GOOD) | set(BAD):
        monkeypatch.delenv(name, raising=False)


def _read_with(monkeypatch: pytest.MonkeyPatch, values: dict[str, str]) -> settings.Settings:
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return settings.read()


def test_good_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    read = _read_with(monkeypatch, GOOD)
    assert read.database_url == "postgresql+psycopg2://user:canary@host:5432/hookline?sslmode=require"
    assert read.public_base_url == "https://hookline.example"
    assert read.broker_url == read.redis_url
    assert read.twilio.accounts == {"AC1": ("canary-new", "canary-old"), "AC22222222222222222222222222222222": ("canary-token",)}


@pytest.mark.parametrize("name", BAD)
def test_bad_value_is_named_and_not_shown(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    with pytest.raises(SettingsError, match=name) as raised:
        _read_with(monkeypatch, GOOD | {name: BAD[name]})
    assert "canary" not in str(raised.value)
    assert [other for other in set(GOOD) | set(BAD) if other in str(raised.value)] == [name]


def test_all_that_is_wrong_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError) as raised:
        _read_with(monkeypatch, BAD)
    assert [name for name in BAD if name not in str(raised.value)] == []


def test_what_is_missing_is_told_in_a_sentence_with_the_way_to_have_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError) as raised:
        _read_with(monkeypatch, {"REDIS_URL": GOOD["REDIS_URL"], "SECRET_KEY": GOOD["SECRET_KEY"], "LOG_LEVEL": "LOUD"})
    assert str(raised.value) == (
        'DATABASE_URL and PUBLIC_BASE_URL are not set (README.md, "Settings"). Beside `make up`: make run CMD="celery -A tasks …"'
        "\nLOG_LEVEL is bad: Must be one of: DEBUG, INFO, WARNING, ERROR."
    )


def test_printed_settings_show_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "canary" not in repr(_read_with(monkeypatch, GOOD))


@pytest.mark.parametrize("url", ["rediss://host:6379/0", "rediss://host:6379/0?x=1"])
def test_encrypted_redis_is_checked_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    assert _read_with(monkeypatch, GOOD | {"REDIS_URL": url}).redis_url.endswith("ssl_cert_reqs=required")
    relaxed = "rediss://host:6379/0?ssl_cert_reqs=none"
    assert _read_with(monkeypatch, GOOD | {"REDIS_URL": relaxed}).redis_url == relaxed


@pytest.mark.parametrize(("given", "missing"), [environment.TWILIO_PAIR, environment.TWILIO_PAIR[::-1]])
@pytest.mark.parametrize("nothing", [None, ""])
def test_half_of_twilios_pair_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, given: str, missing: str, nothing: str | None) -> None:
    values = {name: value for name, value in GOOD.items() if name != missing} | ({} if nothing is None else {missing: nothing})
    with pytest.raises(SettingsError, match=f"{given}.*without the other half"):
        _read_with(monkeypatch, values)


def test_neither_half_of_twilios_pair_is_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(_read_with(monkeypatch, GOOD | dict.fromkeys(environment.TWILIO_PAIR, "")).twilio.accounts) == {"AC1"}


@pytest.mark.parametrize("rest", [":99999", ":http", ":0", "/hooks?canary=1", "/?", "/#canary", "#"])
def test_a_public_address_that_no_signature_could_fit_is_refused(monkeypatch: pytest.MonkeyPatch, rest: str) -> None:
    with pytest.raises(SettingsError, match=r"PUBLIC_BASE_URL.*must"):
        _read_with(monkeypatch, GOOD | {"PUBLIC_BASE_URL": f"https://hookline.example{rest}"})


def test_a_public_address_may_have_a_port_and_a_path(monkeypatch: pytest.MonkeyPatch) -> None:
    read = _read_with(monkeypatch, GOOD | {"PUBLIC_BASE_URL": "https://hookline.example:8443/hooks/"})
    assert read.public_base_url == "https://hookline.example:8443/hooks"


@pytest.mark.parametrize("text", ["AC1:canary", "[]", "5", '{"AC1": []}'])
def test_accounts_that_cannot_be_read_are_answered_with_an_example(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    with pytest.raises(SettingsError, match=r"TWILIO_ACCOUNTS.*such as .*newest token") as raised:
        _read_with(monkeypatch, GOOD | {"TWILIO_ACCOUNTS": text})
    assert "canary" not in str(raised.value)


@pytest.mark.parametrize(
    "program", ["celery -A tasks worker", "celery -A tasks setup", "celery -A tasks keys list", "alembic upgrade head"]
)
def test_every_program_says_what_is_missing_in_one_line(program: str) -> None:
    rest = {name: value for name, value in os.environ.items() if name not in GOOD}
    command, environment = [sys.executable, "-m", *program.split()], rest | GOOD | {"SECRET_KEY": ""}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "hookline cannot start: " in done.stderr
    assert "SECRET_KEY" in done.stderr
    assert "Traceback" not in done.stderr
    assert "canary" not in done.stderr


def test_front_does_not_start_without_a_setting_and_says_which() -> None:
    rest = {name: value for name, value in os.environ.items() if name not in GOOD}
    command, environment = [sys.executable, "-c", "import wsgi"], rest | GOOD | {"SECRET_KEY": ""}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert done.stderr.startswith("hookline cannot start: ")
    assert "SECRET_KEY" in done.stderr
    assert "Traceback" not in done.stderr
    assert "canary" not in done.stderr


def test_plans_without_a_figure_are_limited_as_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    access = _read_with(monkeypatch, GOOD | {"RATE_LIMITS": '{"free": 5, "gold": 50}'}).access
    assert [access.rate_limit(plan) for plan in ("free", "pro", "gold", "nobody's")] == [5, 12_000, 50, 5]


@pytest.mark.parametrize("environment_name", ["development", "test", "production"])
def test_requests_are_limited_wherever_nobody_said_otherwise(monkeypatch: pytest.MonkeyPatch, environment_name: str) -> None:
    assert _read_with(monkeypatch, GOOD | {"ENVIRONMENT": environment_name}).access.rate_limit("free") == 1_200


@pytest.mark.parametrize(
    "bad", ["*", "https://*.example", "https://a.example/", "a.example", "https://a.example,https://b.example", "null"]
)
def test_only_whole_origins_may_ask_from_a_page(monkeypatch: pytest.MonkeyPatch, bad: str) -> None:
    with pytest.raises(SettingsError, match="CORS_ORIGINS"):
        _read_with(monkeypatch, GOOD | {"CORS_ORIGINS": bad})
    good = "https://a.example http://localhost:5173"
    assert _read_with(monkeypatch, GOOD | {"CORS_ORIGINS": good}).access.cors_origins == tuple(good.split())
