"""What the demo's organization is set to while the demo runs; whatever it was before, it is afterwards."""

import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from scripts.stack import commands

COMMAND = "celery -A tasks organization"
UNTOLD = " (default)"  # as that command marks what nobody set
TRUE, FALSE, NOTHING = "true", "false", "none"
_SWITCHES = {"answers_calls_by_sms": "answer-calls-by-sms"}


@contextmanager
def changed(
    environment: Mapping[str, str], log: Path, wanted: Mapping[str, str], unless_told: Mapping[str, str] | None = None
) -> Iterator[None]:
    """These settings, as the command shows them, for as long as the block lasts, however it ends. Raises StackError.

    Those of ``unless_told`` only where somebody has set none.
    """
    before = _settings(environment, log)
    wanted = {**wanted, **{name: value for name, value in (unless_told or {}).items() if before.get(name) == NOTHING}}
    others = {name: before.get(name, NOTHING) for name, value in wanted.items() if before.get(name) != value}
    if not others:
        yield
        return
    try:
        commands.run(_command({name: wanted[name] for name in others}), environment, log)
        yield
    finally:
        commands.run(_command(others), environment, log)


def _settings(environment: Mapping[str, str], log: Path) -> dict[str, str]:
    shown = (line.partition(": ") for line in commands.lines(COMMAND, environment, log))
    return {name: value.removesuffix(UNTOLD) for name, _, value in shown}


def _command(settings: Mapping[str, str]) -> str:
    return " ".join([COMMAND, *(_option(name, value) for name, value in settings.items())])


def _option(name: str, value: str) -> str:
    if name in _SWITCHES:
        return f"--{'' if value == TRUE else 'no-'}{_SWITCHES[name]}"
    return f"--{name.replace('_', '-')} {shlex.quote('' if value == NOTHING else value)}"
