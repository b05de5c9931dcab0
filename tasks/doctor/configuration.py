"""The room of settings: what is missing, bad, weak or left out, and what comes of it."""

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

import settings
from domain.diagnosis.finding import Finding, Weight
from domain.errors import SettingsError
from settings import Settings

EXAMPLES = {
    "DATABASE_URL": "the host's PostgreSQL, such as postgres://user:password@host/name",
    "REDIS_URL": "the host's Redis, such as rediss://:password@host:6379/0",
    "PUBLIC_BASE_URL": "the address that Twilio and Deepgram call, such as https://your-app.example",
    "SECRET_KEY": 'what `python -c "import secrets; print(secrets.token_hex(32))"` prints',
}
SERVERS = ("PORT", "WEB_CONCURRENCY", "WEB_THREADS", "WORKER_CONCURRENCY", "LIVE_CONCURRENCY", "BATCH_CONCURRENCY")
# a key of 32 random hexadecimal digits has fewer different ones once in a million times
DIFFERENT_AT_LEAST = 8
SAMPLES = ("changeme", "change-me", "your-secret", "example", "0123456789abcdef0123456789abcdef")
DEEPGRAMS_PORTS = (80, 443, 8080, 8443)
DEEPGRAM = "https://api.deepgram.com"
SEE = 'README.md, "Settings"'


def look() -> list[Finding]:
    """What is wrong with the environment of this process."""
    bad = {**settings.bad(), **_of_servers()}
    current = settings.current()
    found = [*_bad(bad), *_address(current), *_vendors(current), *_played(current)]
    key = current.secret_key
    if "SECRET_KEY" not in bad and (len(set(key)) < DIFFERENT_AT_LEAST or any(sample in key.lower() for sample in SAMPLES)):
        found.append(
            Finding(
                "secret_key_weak",
                Weight.BROKEN,
                "SECRET_KEY can be guessed: whoever does can make callback URLs of this house.",
                fix=f"set SECRET_KEY to {EXAMPLES['SECRET_KEY']}",
            )
        )
    return found


def _of_servers() -> dict[str, Sequence[str]]:
    # gunicorn's and the Procfile's own, which our processes read or hand on at their start
    wrong: dict[str, Sequence[str]] = {}
    for name in SERVERS:
        try:
            settings.count(name, 1)
        except SettingsError as error:
            wrong |= error.wrong
    return wrong


def _bad(bad: Mapping[str, Sequence[str]]) -> Iterator[Finding]:
    for name, words in bad.items():
        if words:
            yield Finding("setting_bad", Weight.BROKEN, f"{name} is bad: {' '.join(words)}", fix=f"set {name} as {SEE} has it")
        else:
            fix = f"set {name} to {EXAMPLES.get(name, SEE)}"
            yield Finding("setting_missing", Weight.BROKEN, f"{name} is not set: nothing starts without it.", fix=fix)


def _address(current: Settings) -> Iterator[Finding]:
    parts = urlsplit(current.public_base_url)
    if "PUBLIC_BASE_URL" in settings.bad() or is_local(current.twilio.base_url):
        return  # it is said already, or the vendors are on this machine too
    if is_local(current.public_base_url):
        yield Finding(
            "public_url_local",
            Weight.WARNING,
            f"PUBLIC_BASE_URL is {current.public_base_url}: no vendor can call that.",
            fix="set PUBLIC_BASE_URL to the https:// address of your host or tunnel",
        )
    elif parts.scheme != "https":
        yield Finding(
            "public_url_not_https",
            Weight.WARNING,
            f"PUBLIC_BASE_URL is {current.public_base_url}: what callers say would travel unencrypted, and hosts turn such requests away.",
            fix=f"set PUBLIC_BASE_URL=https://{parts.netloc}{parts.path}",
        )
    is_asked = current.deepgram.api_key and current.deepgram.by_callback and current.deepgram.base_url == DEEPGRAM
    if is_asked and (parts.port or (443 if parts.scheme == "https" else 80)) not in DEEPGRAMS_PORTS:
        yield Finding(
            "callback_port_refused",
            Weight.BROKEN,
            f"PUBLIC_BASE_URL has the port {parts.port}, and Deepgram calls back on 80, 443, 8080 and 8443 only.",
            fix="set DEEPGRAM_CALLBACK=false, or give PUBLIC_BASE_URL one of these ports",
        )


def _vendors(current: Settings) -> Iterator[Finding]:
    if not current.twilio.accounts and not {"TWILIO_ACCOUNTS", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"} & set(settings.bad()):
        yield Finding(
            "twilio_not_configured",
            Weight.WARNING,
            "No Twilio account is set: every delivery of Twilio's is refused, and nothing is sent, no call for help either.",
            fix="set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN",
        )
    if not current.deepgram.api_key and not current.whisper_model_path:
        yield Finding(
            "no_transcriber",
            Weight.FINE,
            "Nobody transcribes: recordings wait (`waiting for no_transcriber`) until somebody does.",
            fix="set DEEPGRAM_API_KEY or WHISPER_MODEL_PATH, then run `celery -A tasks setup`",
        )
    if not current.openai.api_key:
        yield Finding(
            "no_language_model",
            Weight.FINE,
            "No language model is set: the offline engines tell roles and intent and write the replies.",
            fix="set OPENAI_API_KEY",
        )
    if not current.twilio.sends_sms:
        help_leaves = "calls for help are sent all the same" if current.twilio.accounts else "so are calls for help, without an account"
        sentence = f"SEND_SMS is false: replies are recorded and sent to nobody; {help_leaves}."
        yield Finding("sms_not_sent", Weight.FINE, sentence, fix="set SEND_SMS=true")


def _played(current: Settings) -> Iterator[Finding]:
    bases = {"TWILIO": current.twilio.base_url, "DEEPGRAM": current.deepgram.base_url, "OPENAI": current.openai.base_url}
    facts = tuple(f"{name}_BASE_URL is {base}" for name, base in bases.items() if base and is_local(base))
    if facts:
        sentence = "Vendors are played on this machine, by the twin or another server: where they are well, no vendor has been asked."
        fix = 'README.md, "Your own numbers", has what sets up the real ones'
        yield Finding("vendors_played", Weight.FINE, sentence, facts, fix)


def is_local(url: str) -> bool:
    """Whether an address is this machine's own."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
