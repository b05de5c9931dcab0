"""Every request under its trace id, every answer with it."""

from flask import Flask, Response, request

from observability import context, trace


def follow(app: Flask) -> None:
    """Add the hooks; first of all, so that whatever refuses a request already speaks under its id."""
    app.before_request(_begin)
    app.after_request(_tell)
    app.teardown_request(_end)


def _begin() -> None:
    trace.begin(trace.of_request(request.headers))
    context.begin()


def _tell(response: Response) -> Response:
    response.headers[trace.HEADER] = trace.current()
    return response


def _end(_error: BaseException | None) -> None:
    # the thread serves others, and says things of its own
    trace.begin("")
    context.end()
