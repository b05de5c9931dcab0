"""The modes that look the same at every vendor, and the hooks for those that do not."""

import socket
from collections.abc import Callable
from dataclasses import dataclass

from flask import Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from scripts.twin.clock import Clock
from scripts.twin.modes import Mode

HTML = "<!DOCTYPE html><html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>\n"
MAINTENANCE = "503 Service Temporarily Unavailable"


@dataclass(frozen=True, slots=True)
class Vendor:
    """What differs: who is a stranger (an answer, or None for one who may enter), and how an error is worded."""

    name: str
    refuse_stranger: Callable[[], Response | None]
    error: Callable[[Mode], Response]


def instead_of_work(mode: Mode | None, vendor: Vendor, clock: Clock) -> AnyResponse | None:
    """The bad answer of a mode that does not do what was asked; None if the mode lets the work be done."""
    if mode is None or mode.after_work:
        return None
    return _bad(mode, vendor, clock)


def after_work(mode: Mode | None, vendor: Vendor, clock: Clock, answer: AnyResponse) -> AnyResponse:
    """The answer, or what a mode makes of it once the work is done."""
    if mode is None:
        return answer
    if mode.mode == "accept_then_hang":
        clock.sleep(mode.delay_s)
    elif mode.mode == "truncated":
        answer.set_data(answer.get_data()[: len(answer.get_data()) // 2])
    elif mode.after_work:
        return _bad(mode, vendor, clock) or answer
    return answer


def html(title: str, status: int) -> Response:
    """A page as a proxy or a load balancer makes it."""
    return Response(HTML.format(title), status, mimetype="text/html")


def was_cut(answer: AnyResponse) -> bool:
    """Whether the connection was closed instead of answered."""
    return answer.status_code == _CUT


_CUT = 499  # never on the wire: by then there is no connection


def _bad(mode: Mode, vendor: Vendor, clock: Clock) -> AnyResponse | None:
    if mode.status is not None:
        answer = html(MAINTENANCE if mode.mode == "503" else mode.mode, mode.status) if mode.shape == "html" else vendor.error(mode)
        if mode.retry_after_s is not None:
            answer.headers["Retry-After"] = f"{mode.retry_after_s:g}"
        return answer
    if mode.mode == "html":
        return html("Welcome", 200)
    if mode.mode == "redirect":
        return redirect(mode.location, 307)
    if mode.mode == "hang":
        clock.sleep(mode.delay_s)
    return _cut() if mode.mode in {"hang", "down"} else None


def _cut() -> Response:
    """Close the connection; what the server then tries to write goes nowhere."""
    connection = request.environ["werkzeug.socket"]
    if isinstance(connection, socket.socket):
        connection.shutdown(socket.SHUT_RDWR)
    return Response(status=_CUT)
