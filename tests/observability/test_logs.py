"""Every line is JSON with ts, level, event and trace_id, and tells nobody's words or number."""

import json
import logging
import subprocess
import sys
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from billiard.einfo import ExceptionWithTraceback
from billiard.exceptions import WorkerLostError

from domain.errors import PermanentError
from observability import context, logs, trace
from observability.redaction import LEFT_OUT

NUMBER = "+15005550123"
WORDS = "my chest hurts"
log = structlog.get_logger()


@pytest.fixture(autouse=True)
def _as_in_production() -> Iterator[None]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    context.end()
    logs.setup("INFO")
    yield
    root.handlers, root.level = before
    logging.captureWarnings(capture=False)


def _lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def _fail(error: Exception) -> None:
    raise error


def test_line_has_time_level_event_trace_and_ids(capsys: pytest.CaptureFixture[str]) -> None:
    with trace.traced("trace-of-this-call"):
        log.info("webhook_stored", run_id="0199a0c2-1234-7123-8123-0123456789ab", size=12)
    [line] = _lines(capsys)
    assert line.pop("ts").endswith("Z")
    assert line == {
        "level": "info",
        "event": "webhook_stored",
        "trace_id": "trace-of-this-call",
        "run_id": "0199a0c2-1234-7123-8123-0123456789ab",
        "size": 12,
    }


def test_below_the_level_nothing_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    log.debug("detail")
    assert _lines(capsys) == []


def test_libraries_speak_the_same_language(capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("celery.worker").info("Task %s[%s] received", "transcript.persist", "0199a0c2-1234-7123-8123-0123456789ab")
    logging.getLogger("some.library").info("chatter")
    logging.getLogger("some.library").warning("call %s back", NUMBER)
    lines = _lines(capsys)
    assert [line["event"] for line in lines] == [
        "Task transcript.persist[0199a0c2-1234-7123-8123-0123456789ab] received",
        "call [number] back",
    ]
    assert all({"ts", "level", "trace_id", "logger"} <= set(line) for line in lines)


@pytest.mark.filterwarnings("default")
def test_warnings_of_python_are_lines_too(capsys: pytest.CaptureFixture[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=False)
        logging.captureWarnings(capture=True)
        warnings.warn("old ways", stacklevel=1)
    assert [line["level"] for line in _lines(capsys)] == ["warning"]


def test_canary_appears_in_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    library = logging.getLogger("some.library")
    log.info("reply_made", note=NUMBER, body=WORDS, to=NUMBER, text=WORDS, long=f"{WORDS} " * 20)
    library.error("failed: %r", ValueError(f"{WORDS} {NUMBER}"))
    for say in (log.exception, library.exception):
        try:
            _fail(ValueError(f"{WORDS} {NUMBER}"))
        except ValueError:
            say("step_failed")
    context = {"id": "1", "name": "t", "description": "raised", "exc": f"ValueError('{WORDS}')", "traceback": WORDS, "args": WORDS}
    logging.getLogger("celery.app.trace").error("Task %(name)s[%(id)s] %(description)s: %(exc)s %(traceback)s %(args)s", context)
    out = capsys.readouterr().out
    assert len(out.splitlines()) == 5
    assert not any(canary in out for canary in (NUMBER, NUMBER[2:], WORDS, "chest"))
    assert "ValueError" in out


def test_error_is_told_by_class_and_place_and_our_own_by_its_code_too(capsys: pytest.CaptureFixture[str]) -> None:
    for error in (KeyError(WORDS), PermanentError("no_speech")):
        try:
            _fail(error)
        except (KeyError, PermanentError):
            log.exception("step_failed")
    foreign, own = _lines(capsys)
    assert (foreign["level"], foreign["error"], foreign["error_detail"]) == ("error", "KeyError", "[left out]")
    assert (own["error"], own["error_detail"]) == ("PermanentError", "no_speech")
    assert own["frames"][-1].startswith("test_logs.py:")


def test_gunicorn_prints_nothing_beside_the_lines(capsys: pytest.CaptureFixture[str]) -> None:
    gunicorn = logging.getLogger("gunicorn.error")
    gunicorn.addHandler(logging.StreamHandler(sys.stderr))
    gunicorn.propagate = False
    logs.setup("INFO")
    gunicorn.info("Booting worker with pid: %s", 12)
    captured = capsys.readouterr()
    assert (len(captured.out.splitlines()), captured.err) == (1, "")


def test_setting_up_twice_does_not_say_everything_twice(capsys: pytest.CaptureFixture[str]) -> None:
    logs.setup("INFO")
    logging.getLogger("some.library").warning("once")
    assert len(_lines(capsys)) == 1


def test_front_speaks_json_from_its_first_line() -> None:
    code = "import wsgi, logging; logging.getLogger('gunicorn.error').info('hello'); wsgi.app.logger.error('oops')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert [json.loads(line)["event"] for line in done.stdout.splitlines()] == ["hello", "oops"]
    assert done.stderr == ""


def test_error_that_comes_out_of_a_pool_child_is_named_by_its_own_class(capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("celery.worker.request").error("lost", exc_info=ExceptionWithTraceback(WorkerLostError(WORDS), None))
    (line,) = _lines(capsys)
    assert (line["error"], line["error_detail"]) == ("WorkerLostError", LEFT_OUT)
