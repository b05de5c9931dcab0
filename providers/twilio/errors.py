"""What Twilio's answers mean to us, and what it means if none comes.

An act is a POST: it sends a message or changes a call. Everything else is a question, which may be asked again without harm.

| what came                                 | act                                             | question                        |
|-------------------------------------------|-------------------------------------------------|---------------------------------|
| nothing left: refused, DNS, no connection | RetryableError unreachable                      | the same                        |
| connection lost, no answer in time        | NoAnswerError connection_lost, timeout          | the same                        |
| 2xx that is no JSON object                | NoAnswerError unreadable_answer                 | RetryableError, the same code   |
| 429, code 20429                           | VendorPausedError rate_limited, Retry-After     | the same                        |
| 401, 403, code 20003                      | VendorPausedError invalid_credentials, 300 s    | the same                        |
| 5xx, 408: whoever gave up, or where       | NoAnswerError http_…: it may have happened      | RetryableError http_…           |
| 3xx                                       | PermanentError redirect_refused                 | the same                        |
| 21220                                     | CallOverError call_not_in_progress              |                                 |
| 21610                                     | OptedOutError with that code                    |                                 |
| other 4xx, such as 21211                  | PermanentError with Twilio's own code           | the same                        |

Every code begins with ``twilio:``. A refused key and a rate limit concern one account, so they pause nobody else. Sources: 20429 is "never
processed, always safe to retry" (twilio.com/docs/api/errors/20429); the legacy and the RFC 9457 error bodies both carry ``code``.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from ssl import SSLCertVerificationError

import requests
import urllib3.exceptions
from twilio.base.exceptions import TwilioException

from domain.errors import CallOverError, NoAnswerError, OptedOutError, PermanentError, RetryableError, StepError, VendorPausedError
from providers import retry_after

RATE_LIMITED, INVALID_CREDENTIALS = "twilio:rate_limited", "twilio:invalid_credentials"
NOT_FOUND = ("twilio:20404", "twilio:http_404")
UNREADABLE, REDIRECT_REFUSED = "twilio:unreadable_answer", "twilio:redirect_refused"
UNREACHABLE, TIMEOUT, CONNECTION_LOST = "twilio:unreachable", "twilio:timeout", "twilio:connection_lost"

# seconds; a person has to mend the key
PAUSE_S = 300.0

_TOO_MANY, _NOT_AUTHENTICATED = 20429, 20003
# of a code that says more than that it is refused
_KINDS: Mapping[int, type[PermanentError]] = {21220: CallOverError, 21610: OptedOutError}
_NAMES = {21220: "call_not_in_progress"}
_NETWORK = (requests.RequestException, urllib3.exceptions.HTTPError)
_NEVER_CONNECTED = (
    requests.ConnectTimeout,
    requests.exceptions.ProxyError,
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.ConnectTimeoutError,
    SSLCertVerificationError,
)


def of_answer(status: int, code: int | None, headers: Mapping[str, str], *, is_act: bool) -> StepError:
    """The error that stands for an answer that is not 2xx. ``code`` is Twilio's own, if the body had one."""
    wish = headers.get("Retry-After")
    if status == HTTPStatus.TOO_MANY_REQUESTS or code == _TOO_MANY:
        return VendorPausedError(RATE_LIMITED, retry_after.pause_s(wish), for_everybody=False)
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN} or code == _NOT_AUTHENTICATED:
        return VendorPausedError(INVALID_CREDENTIALS, PAUSE_S, for_everybody=False)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        return NoAnswerError(f"twilio:http_{status}") if is_act else RetryableError(f"twilio:http_{status}", retry_after.wish_s(wish))
    if status < HTTPStatus.BAD_REQUEST:
        return PermanentError(REDIRECT_REFUSED)
    return _KINDS.get(code or 0, PermanentError)(f"twilio:{_NAMES.get(code or 0) or code or f'http_{status}'}")


def unreadable(*, is_act: bool) -> StepError:
    """The error that stands for a success whose body says nothing, such as a proxy's HTML: the act may be done all the same."""
    return NoAnswerError(UNREADABLE) if is_act else RetryableError(UNREADABLE)


@contextmanager
def reported(*, is_act: bool) -> Iterator[None]:
    """Raise our errors for the network's and the SDK's, without a URL, a number or a word in them."""
    try:
        yield
    except _NETWORK as error:
        raise _of_silence(error) from None
    except TwilioException:
        # answers that are errors never reach the SDK; what it raises itself is about a body that it could not read
        raise unreadable(is_act=is_act) from None


def _of_silence(error: Exception) -> StepError:
    if _never_left(error):
        return RetryableError(UNREACHABLE)
    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError):
        return NoAnswerError(TIMEOUT)
    return NoAnswerError(CONNECTION_LOST)


def _never_left(error: BaseException) -> bool:
    """Whether the failure proves that no byte of the request went out (I4)."""
    if isinstance(error, _NEVER_CONNECTED):
        return True
    # requests wraps urllib3's MaxRetryError, which names its reason; urllib3's SSLError wraps the one of the ssl module
    inner = getattr(error, "reason", None) or next((part for part in error.args if isinstance(part, BaseException)), None)
    return isinstance(inner, BaseException) and _never_left(inner)
