"""What the SDK raises → what the house raises. Codes only: OpenAI's messages may quote the prompt or the key."""

import re
from collections.abc import Mapping

import httpx2
import openai

from domain.errors import NoAnswerError, RetryableError, StepError, UnusableAnswerError, VendorPausedError
from providers import retry_after

# a person has to act: pay, mend the key, name another model
PAUSE_S = 300.0

# OpenAI itself sends the code; what others write has words of the kind
_CONTEXT = re.compile(r"context[ _](?:length|window|size)", re.IGNORECASE)
_MILLISECONDS = re.compile(r"\d{1,9}(?:\.\d{1,9})?")
_QUOTA_CODES = {"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"}
_FILTERED = {"content_filter", "content_policy_violation"}
_PAYMENT_REQUIRED, _NOT_FOUND, _TIMEOUT, _CONFLICT, _TOO_MANY, _SERVER = 402, 404, 408, 409, 429, 500
_REFUSED = {401: "openai:invalid_key", 403: "openai:not_permitted"}
_CALLERS_FAULT = range(400, 500)
# no such thing there, or not with POST: the base URL is wrong, or the server has no Responses API
_NO_SUCH_PLACE = {404, 405}


def translated(error: Exception, model: str) -> StepError:
    """Our error for one of the SDK's, or of the HTTP client below it."""
    if isinstance(error, openai.APIStatusError):
        return _of_status(error, model)
    below = error.__cause__ if isinstance(error, openai.APIConnectionError) else error
    if isinstance(below, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout):
        return RetryableError("openai:unreachable")
    if isinstance(below, httpx2.TimeoutException):
        return NoAnswerError("openai:timeout")
    return RetryableError("openai:connection_lost")


def _of_status(error: openai.APIStatusError, model: str) -> StepError:
    status, wish = error.status_code, wish_s(error.response.headers)
    if {error.code, error.type} & _QUOTA_CODES or status == _PAYMENT_REQUIRED:
        return VendorPausedError("openai:insufficient_quota", PAUSE_S)
    if status == _TOO_MANY:
        return VendorPausedError("openai:rate_limited", retry_after.DEFAULT_S if wish is None else wish)
    if status >= _SERVER:
        return RetryableError("openai:server_error", wish)
    if status == _TIMEOUT:
        return NoAnswerError("openai:timeout", wish)
    if status == _CONFLICT:
        return RetryableError("openai:conflict", wish)
    return _of_request(error, model)


def _of_request(error: openai.APIStatusError, model: str) -> StepError:
    """What was asked, or where, is not as it must be. A wrong setting pauses: it must not cost a single run."""
    status = error.status_code
    if status in _REFUSED:
        return VendorPausedError(_REFUSED[status], PAUSE_S)
    if error.code == "model_not_found" or (status == _NOT_FOUND and "model" in str(error.body).lower()):
        # each organization has the one or the other of two models: who has the other can be answered
        return VendorPausedError("openai:model_not_found", PAUSE_S, for_everybody=False)
    if status in _NO_SUCH_PLACE or status not in _CALLERS_FAULT:
        return VendorPausedError("openai:wrong_base_url", PAUSE_S)
    if error.code in _FILTERED:
        return UnusableAnswerError("openai:content_filter", model=model)
    if error.code == "context_length_exceeded" or _CONTEXT.search(str(error.body)):
        return UnusableAnswerError("openai:context_exceeded", model=model)
    return UnusableAnswerError("openai:bad_request", model=model)


def wish_s(headers: Mapping[str, str]) -> float | None:
    """How long the server wants to be left alone, in seconds from 1 to 300; None if it does not say. OpenAI tells it in ms, too."""
    exactly, roughly = headers.get("retry-after-ms", ""), headers.get("retry-after")
    if _MILLISECONDS.fullmatch(exactly):
        return retry_after.within_reason(float(exactly) / 1_000)
    return retry_after.wish_s(roughly)
