"""Deepgram's answers over HTTP → ours, and its refusals → errors of the house. Pure; no word of Deepgram's gets into a message.

What came back                                              Raised                 Code, after ``deepgram:``
----------------------------------------------------------  ---------------------  ------------------------------------------------
no connection (refused, DNS, TLS, connect timeout)          RetryableError         unreachable
connected, then no answer or half of one                    NoAnswerError          timeout, connection_lost
2xx unreadable, or without a usable request id              NoAnswerError          unreadable_answer
anything beyond 64 MiB                                      NoAnswerError          unreadable_answer
2xx with an error in it                                     as that error's code says, else PermanentError
3xx: never followed                                         VendorPausedError      redirected
404, 405 without a code of theirs: a wrong address          VendorPausedError      wrong_base_url
401, 402, 403; a key that no header can hold                VendorPausedError      invalid_auth, payment_required,
                                                                                   insufficient_permissions
429                                                         VendorPausedError      rate_limited (Retry-After or 5 s)
408, 409, 425, 500, 503                                     RetryableError         http_<status>
other 5xx: whoever gave up on it, it may have been taken    NoAnswerError          http_<status>
other 4xx: corrupt audio, too large, unknown model          PermanentError         their code in lower snake case, or http_<status>

Facts: Deepgram's page of errors and the SDK's ``ErrorResponse`` types: ``{err_code, err_msg, request_id}``,
``{category, message, details, request_id}``, plain text; and whatever stands between us and them sends HTML.
"""

import re
from typing import Any, TypeVar

import httpx
import msgspec

from domain.errors import NoAnswerError, PermanentError, RetryableError, StepError, VendorPausedError
from domain.recordings import Document, JobState, Submitted
from providers.retry_after import pause_s, wish_s

PAUSE_S = 300.0

Shape = TypeVar("Shape")

_REQUEST_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,63}")
_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z _.-]{0,63}")
# the same refusal, whatever status it comes with
_STATUS_OF = {"too_many_requests": 429, "invalid_auth": 401, "asr_payment_required": 402, "insufficient_permissions": 403}
_PAUSED = {401: "invalid_auth", 402: "payment_required", 403: "insufficient_permissions"}
_NOT_TAKEN = frozenset({408, 409, 425, 500, 503})
_NOT_CONNECTED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
# without a code of Deepgram's: it is not Deepgram that we talk to
_NO_SUCH_PLACE = frozenset({404, 405})
_OBJECT = b"{"


class _Metadata(msgspec.Struct):
    request_id: Any = None


class _Answer(msgspec.Struct):
    # megabytes of words are stepped over, not read
    results: msgspec.Raw = msgspec.Raw()
    metadata: _Metadata | None = None
    request_id: Any = None
    err_code: Any = None
    category: Any = None

    @property
    def code(self) -> str | None:
        """Their code for what went wrong, in our spelling; None if it is no code."""
        told = next((code for code in (self.err_code, self.category) if isinstance(code, str) and _CODE.fullmatch(code)), None)
        return re.sub(r"[^a-z0-9]+", "_", told.lower()).strip("_") if told else None


class _Job(msgspec.Struct):
    code: float | None = None


class _Status(_Job):
    request: _Job | None = None


def taken(response: httpx.Response, *, by_callback: bool) -> Submitted | Document:
    """What Deepgram made of a recording. Raises as the table above says."""
    answer = _read(response.content, _Answer) if response.is_success else None
    if not response.is_success or (answer and answer.code):
        raise refusal(response)
    if answer and bytes(memoryview(answer.results)[:1]) == _OBJECT and answer.metadata:
        return Document(response.content, _id(answer.metadata.request_id))
    if answer and by_callback:
        return Submitted(_id(answer.request_id))
    raise NoAnswerError("deepgram:unreadable_answer")


def job_state(response: httpx.Response) -> JobState:
    """What became of a job, from the answer of the request look-up. Raises as the table above says, but 400 and 404 are no errors."""
    if response.status_code in {400, 404}:
        return JobState.UNKNOWN
    if not response.is_success:
        raise refusal(response)
    status = _read(response.content, _Status)
    code = (status.request or status).code if status else None
    if code is None:
        return JobState.UNKNOWN
    if httpx.codes.is_client_error(int(code)):
        return JobState.FAILED
    # an error of their own may not come again
    return JobState.DONE if httpx.codes.is_success(int(code)) else JobState.UNKNOWN


def refusal(response: httpx.Response) -> StepError:
    """The error for an answer that is none."""
    answer = _read(response.content, _Answer)
    code = (answer and answer.code) or f"http_{response.status_code}"
    status = _STATUS_OF.get(code, response.status_code)
    if status in _PAUSED:
        return VendorPausedError(f"deepgram:{_PAUSED[status]}", PAUSE_S)
    if status == httpx.codes.TOO_MANY_REQUESTS:
        return VendorPausedError("deepgram:rate_limited", pause_s(response.headers.get("Retry-After")))
    if httpx.codes.is_redirect(status):
        return VendorPausedError("deepgram:redirected", PAUSE_S)
    if status in _NO_SUCH_PLACE and not (answer and answer.code):
        return VendorPausedError("deepgram:wrong_base_url", PAUSE_S)
    if status in _NOT_TAKEN:
        return RetryableError(f"deepgram:http_{status}", wish_s(response.headers.get("Retry-After")))
    return NoAnswerError(f"deepgram:http_{status}") if httpx.codes.is_server_error(status) else PermanentError(f"deepgram:{code}")


def lost(error: httpx.RequestError | UnicodeEncodeError) -> RetryableError:
    """The error for an answer that never came."""
    if isinstance(error, _NOT_CONNECTED):
        return RetryableError("deepgram:unreachable")
    if isinstance(error, httpx.LocalProtocolError | UnicodeEncodeError):
        # the key is the one header that somebody typed: a line break or a curly letter in it can be sent to nobody
        return VendorPausedError("deepgram:invalid_auth", PAUSE_S)
    return NoAnswerError("deepgram:timeout" if isinstance(error, httpx.TimeoutException) else "deepgram:connection_lost")


def _id(told: object) -> str:
    if isinstance(told, str) and _REQUEST_ID.fullmatch(told):
        return told
    raise NoAnswerError("deepgram:unreadable_answer")


def _read(body: bytes, shape: type[Shape]) -> Shape | None:
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
