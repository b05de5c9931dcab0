"""Calm words for a person at a terminal, and plain ones for a log."""

import os
import sys
from contextlib import suppress

COLOURS = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34", "cyan": "36"}


def is_terminal() -> bool:
    """Whether somebody looks on, so that a line may be drawn anew."""
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def paint(text: str, *colours: str) -> str:
    """The text in colours, unless nobody would see them or NO_COLOR is set."""
    if not is_terminal() or os.environ.get("NO_COLOR"):
        return text
    return f"\033[{';'.join(COLOURS[colour] for colour in colours)}m{text}\033[0m"


def say(text: str = "") -> None:
    """A line that stays."""
    print(f"{_erase()}{text}", flush=True)


def done(what: str, detail: str = "") -> None:
    """A step that worked."""
    say(f"  {paint('ok', 'green')}  {what:<27}{paint(detail, 'dim')}".rstrip())


def note(text: str) -> None:
    """Something a person should know."""
    say(f"  {paint('--', 'yellow')}  {text}")


def complain(text: str, heading: str = "Stopped") -> None:
    """What went wrong and what to do next, on stderr."""
    print(f"{_erase()}{paint(f'{heading}:', 'red', 'bold')} {text}", file=sys.stderr, flush=True)


def call_out(text: str) -> None:
    """A line from a signal handler, past the buffer that the interrupted code may be writing to."""
    with suppress(OSError):
        os.write(sys.stdout.fileno(), f"{_erase()}{text}\n".encode())


def working(text: str) -> None:
    """A line that the next one replaces; nothing where it would fill a log."""
    if is_terminal():
        print(f"{_erase()}  {paint('..', 'cyan')}  {text}", end="", flush=True)


def _erase() -> str:
    return "\r\033[K" if is_terminal() else ""
