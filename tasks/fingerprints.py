"""What tells whether two workers run with the same settings, and nothing else of them."""

import json
from collections.abc import Mapping

import settings
from domain.diagnosis.alike import SECRET, fingerprint
from settings import Settings


def of(current: Settings) -> Mapping[str, str]:
    """A fingerprint of each setting with which a worker would ask vendors for others, or say no for all."""
    deepgram, openai, twilio = current.deepgram, current.openai, current.twilio
    told = {
        SECRET: "",
        "PUBLIC_BASE_URL": current.public_base_url,
        "DEEPGRAM_API_KEY": deepgram.api_key,
        "DEEPGRAM_BASE_URL": deepgram.base_url,
        "DEEPGRAM_MODEL": deepgram.model,
        "DEEPGRAM_LANGUAGE": deepgram.language,
        "OPENAI_API_KEY": openai.api_key,
        "OPENAI_BASE_URL": openai.base_url,
        "OPENAI_API": openai.api,
        "OPENAI_MODEL_CHEAP": openai.model_cheap,
        "OPENAI_MODEL_CRITICAL": openai.model_critical,
        "OPENAI_MODEL_LIVE": openai.model_live,
        "TWILIO_AUTH_TOKEN (or TWILIO_ACCOUNTS)": json.dumps({name: twilio.accounts[name] for name in sorted(twilio.accounts)})
        if twilio.accounts
        else None,
        "TWILIO_BASE_URL": twilio.base_url,
        "SEND_SMS": str(twilio.sends_sms),
    }
    return {name: fingerprint(current.secret_key, name, value or "") for name, value in told.items()}


def unset(name: str) -> str:
    """The fingerprint of a setting that is not set."""
    return fingerprint(settings.current().secret_key, name, "")
