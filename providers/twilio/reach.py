"""Asks Twilio whether it takes an account's token, and says to our own front what Twilio would say."""

import json
from dataclasses import replace
from http import HTTPStatus

import requests
from twilio.request_validator import RequestValidator

from domain.diagnosis.reached import FrontAnswer, Reached, date_of
from providers.twilio import errors
from providers.twilio.client import TwilioApi, refusal
from settings import TwilioSettings

SIGNATURE_HEADER = "X-Twilio-Signature"
MAX_CODE_CHARS = 64


def reach(twilio: TwilioSettings, account: str, token: str, limit_s: float) -> Reached:
    """Read the account with this token and no other. Raises as ``errors`` has it, PermanentError for a SID that is none."""
    api = TwilioApi(replace(twilio, accounts={account: (token,)}), limit_s)
    deadline = api.deadline()
    with errors.reported(is_act=False), api.open("GET", f"/2010-04-01/Accounts/{account}.json", account, deadline, {}) as answer:
        if answer.status_code != HTTPStatus.OK:
            raise refusal(answer, deadline, is_act=False)
        return Reached(date_of(answer.headers))


def sign_and_post(url: str, account: str, token: str, limit_s: float) -> FrontAnswer:
    """Post a form to a URL of ours, signed by the SDK as Twilio signs. A redirect is not followed: what is signed is the first address.

    Raises RetryableError or NoAnswerError if nobody answers.
    """
    form = {"AccountSid": account, "Blank": ""}
    headers = {SIGNATURE_HEADER: RequestValidator(token).compute_signature(url, form)}
    with (
        errors.reported(is_act=False),
        requests.post(url, data=form, headers=headers, timeout=(limit_s / 2, limit_s), allow_redirects=False, stream=True) as answer,
    ):
        return FrontAnswer(answer.status_code, _code(answer), answer.headers.get("Location"))


def _code(answer: requests.Response) -> str | None:
    if "json" not in answer.headers.get("Content-Type", ""):
        return None
    try:
        body = json.loads(answer.raw.read(16 * 1024, decode_content=True))
    except ValueError:
        return None
    code = body.get("code") if isinstance(body, dict) else None
    return code[:MAX_CODE_CHARS] if isinstance(code, str) else None
