"""Who plays Twilio, Deepgram and OpenAI in a stack, and what a person pastes into Twilio's console."""

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

TWIN = "the twin on this machine"
# without it Twilio does not repeat a delivery that met a 503
RETRIES = "#rc=3&rp=5xx,ct,rt"
WEBHOOKS = {
    "A call comes in": "/webhooks/twilio/voice",
    "A message comes in": "/webhooks/twilio/sms",
    "Call status changes": "/webhooks/twilio/call-status",
    "Recording status callback": "/webhooks/twilio/recording-status",
}
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
NO = {"false", "f", "no", "n", "off", "0"}


def lines(environment: Mapping[str, str], twin_url: str, invented_account: str | None) -> Iterator[str]:
    """What `make up` says of the vendors. ``invented_account`` is the AccountSid that nobody set, which stands in the environment too."""
    has_twilio = bool(environment.get("TWILIO_ACCOUNTS", "{}") != "{}" or environment.get("TWILIO_ACCOUNT_SID") != invented_account)
    offline = "nobody: its account is invented; set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN"
    sms = "; replies by SMS are recorded and sent to nobody (SEND_SMS)" if environment.get("SEND_SMS", "").lower() in NO else ""
    yield f"  Twilio    {_player(environment, 'TWILIO', twin_url, is_configured=has_twilio, otherwise=offline)}{sms}"
    yield f"  Deepgram  {_player(environment, 'DEEPGRAM', twin_url, otherwise=_ears(environment))}{_uncalled(environment)}"
    yield f"  OpenAI    {_player(environment, 'OPENAI', twin_url, otherwise='the offline engines on this machine (no OPENAI_API_KEY)')}"
    yield from _webhooks(environment["PUBLIC_BASE_URL"].rstrip("/"))


def _player(environment: Mapping[str, str], vendor: str, twin_url: str, *, otherwise: str, is_configured: bool | None = None) -> str:
    address = environment.get(f"{vendor}_BASE_URL", "")
    if twin_url and address.startswith(twin_url):
        return f"{TWIN} ({twin_url}); what it answers is labelled as the vendor's"
    if not (environment.get(f"{vendor}_API_KEY") if is_configured is None else is_configured):
        return otherwise
    return f"the server at {address}" if address else "the vendor itself"


def _uncalled(environment: Mapping[str, str]) -> str:
    asks = environment.get("DEEPGRAM_API_KEY") and not environment.get("DEEPGRAM_BASE_URL")
    calls_back = environment.get("DEEPGRAM_CALLBACK", "").lower() not in NO
    return "; it cannot call back here: set DEEPGRAM_CALLBACK=false" if asks and calls_back and _is_here(environment) else ""


def _is_here(environment: Mapping[str, str]) -> bool:
    return urlsplit(environment["PUBLIC_BASE_URL"]).hostname in LOOPBACK


def _ears(environment: Mapping[str, str]) -> str:
    if environment.get("WHISPER_MODEL_PATH"):
        return "faster-whisper on this machine"
    return "nobody: recordings wait until there is a transcriber (DEEPGRAM_API_KEY or WHISPER_MODEL_PATH)"


def _webhooks(base_url: str) -> Iterator[str]:
    alone = urlsplit(base_url).hostname in LOOPBACK
    yield f"  Public    {base_url}{'   (this machine only: set PUBLIC_BASE_URL to a tunnel for a number of yours)' if alone else ''}"
    for name, path in WEBHOOKS.items():
        yield f"            {name:<28}{base_url}{path}{RETRIES}"
