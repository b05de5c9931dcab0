"""The demo changes settings for its own time only, whatever they were and however it ends."""

import contextlib
from pathlib import Path

import pytest

from scripts.demo import wishes
from scripts.stack.interruption import Interrupted

WANTED = {"on_call": "+15005550111", "answers_calls_by_sms": "true"}


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """Where a stand-in for the command keeps both settings, and how often it was told something."""
    command = tmp_path / "celery"
    command.write_text(
        f"""#!/bin/sh
cd '{tmp_path}'
while [ $# -gt 0 ]; do case "$1" in
  --no-answer-calls-by-sms) echo false > answers_calls_by_sms;;
  --answer-calls-by-sms) echo true > answers_calls_by_sms;;
  --on-call) shift; echo "$1" > on_call;;
esac; shift; done
on_call=$(cat on_call)
echo "name: Front Desk (default)"
echo "on_call: ${{on_call:-none (default)}}"
echo "answers_calls_by_sms: $(cat answers_calls_by_sms)"
echo told >> told
"""
    )
    command.chmod(0o700)
    return tmp_path


def _is(kept: Path) -> tuple[str, str]:
    return kept.joinpath("on_call").read_text().strip(), kept.joinpath("answers_calls_by_sms").read_text().strip()


@pytest.mark.parametrize("on_call", ["", "+15550100777"])
@pytest.mark.parametrize("answers", ["true", "false (default)"])
@pytest.mark.parametrize("end", [None, Interrupted])
def test_settings_are_the_demos_own_while_it_runs(kept: Path, on_call: str, answers: str, end: type[Exception] | None) -> None:
    kept.joinpath("on_call").write_text(on_call)
    kept.joinpath("answers_calls_by_sms").write_text(answers)
    environment = {"PATH": f"{kept}:/usr/bin:/bin"}
    with contextlib.suppress(Interrupted), wishes.changed(environment, kept / "setup.log", WANTED):
        assert _is(kept) == ("+15005550111", "true")
        if end:
            raise end
    assert _is(kept) == (on_call, answers.removesuffix(wishes.UNTOLD))


def test_what_is_as_it_should_be_is_left_alone(kept: Path) -> None:
    kept.joinpath("on_call").write_text("+15005550111")
    kept.joinpath("answers_calls_by_sms").write_text("true")
    with wishes.changed({"PATH": f"{kept}:/usr/bin:/bin"}, kept / "setup.log", WANTED):
        assert _is(kept) == ("+15005550111", "true")
    assert kept.joinpath("told").read_text() == "told\n"


@pytest.mark.parametrize(("before", "meanwhile"), [("", "+15005550111"), ("+15550100777", "+15550100777")])
def test_what_somebody_told_is_not_overruled_by_a_default_of_the_demo(kept: Path, before: str, meanwhile: str) -> None:
    kept.joinpath("on_call").write_text(before)
    kept.joinpath("answers_calls_by_sms").write_text("true")
    default = {"on_call": "+15005550111"}
    with wishes.changed({"PATH": f"{kept}:/usr/bin:/bin"}, kept / "setup.log", {}, default):
        assert _is(kept)[0] == meanwhile
    assert _is(kept)[0] == before
