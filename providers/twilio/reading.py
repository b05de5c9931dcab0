"""Reads an answer's body: never more of it than is allowed, and never for longer."""

import time

import requests

from domain.errors import NoAnswerError, StepError
from providers.twilio import errors

CHUNK_BYTES = 64 * 1024


def read(answer: requests.Response, limit: int, too_large: StepError, deadline: float) -> bytes:
    """The whole body; raises ``too_large`` beyond ``limit`` bytes, at once if the header says so already.

    Raises NoAnswerError at the deadline (monotonic seconds) even if the other end drips, and what urllib3 raises if the body breaks off.
    """
    announced = answer.headers.get("Content-Length", "")
    if announced.isdecimal() and int(announced) > limit:
        raise too_large
    body = bytearray()
    while chunk := answer.raw.read1(CHUNK_BYTES, decode_content=True):
        body += chunk
        if len(body) > limit:
            raise too_large
        if time.monotonic() > deadline:
            raise NoAnswerError(errors.TIMEOUT)
    return bytes(body)
