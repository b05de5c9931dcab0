"""The demo changes settings for its own time only, whatever they were and however it ends."""

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest

from scripts.demo import wishes
from scripts.stack.interruption import Interrupted

HELP = "+15005550111"
WANTED = {"on_call": HELP, "answers_calls_by_sms": True, "intake": {"type": "object", "properties": {"color": {"type": "string"}}}}
NOBODY_WISHES = {"name": "Front Desk", "services": ["check-ups"]}


class Kept:
    """A stand-in for the command: it keeps the document in a file, and how often it was told something."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._file = folder, folder / "kept.json"
        command = folder / "celery"
        command.write_text(
            f"""#!/bin/sh
case "$4" in
  --to) cp '{self._file}' "$5";;
  --from) cp "$5" '{self._file}';;
esac
echo "$4" >> '{folder}/told'
"""
        )
        command.chmod(0o700)
        self.environment = {"PATH": f"{folder}:/usr/bin:/bin"}

    def set(self, **settings: Any) -> None:
        """Somebody has set these."""
        self._file.write_text(json.dumps({**NOBODY_WISHES, **settings}))

    def shown(self) -> dict[str, Any]:
        """What is set; null counts as left out."""
        return {name: value for name, value in json.loads(self._file.read_text()).items() if value is not None}


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    """An organization."""
    return Kept(tmp_path)


@pytest.mark.parametrize("on_call", [{}, {"on_call": "+15550100777"}])
@pytest.mark.parametrize("answers", [{}, {"answers_calls_by_sms": True}])
@pytest.mark.parametrize("end", [None, Interrupted])
def test_settings_are_the_demos_own_while_it_runs(
    kept: Kept, on_call: dict[str, str], answers: dict[str, bool], end: type[Exception] | None
) -> None:
    kept.set(**on_call, **answers)
    with contextlib.suppress(Interrupted), wishes.changed(kept.environment, kept.folder / "setup.log", WANTED):
        assert kept.shown() == {**NOBODY_WISHES, **WANTED}
        if end:
            raise end
    assert kept.shown() == {**NOBODY_WISHES, **on_call, **answers}
    assert not (kept.folder / "organization.json").exists()


def test_what_somebody_else_sets_meanwhile_stays(kept: Kept) -> None:
    kept.set()
    with wishes.changed(kept.environment, kept.folder / "setup.log", WANTED):
        kept.set(**WANTED, greeting="Hello.")
    assert kept.shown() == {**NOBODY_WISHES, "greeting": "Hello."}


def test_what_is_as_it_should_be_is_left_alone(kept: Kept) -> None:
    kept.set(**WANTED)
    with wishes.changed(kept.environment, kept.folder / "setup.log", WANTED):
        assert kept.shown() == {**NOBODY_WISHES, **WANTED}
    assert (kept.folder / "told").read_text() == "--to\n"


@pytest.mark.parametrize(("before", "meanwhile"), [({}, HELP), ({"on_call": "+15550100777"}, "+15550100777")])
def test_what_somebody_told_is_not_overruled_by_a_default_of_the_demo(kept: Kept, before: dict[str, str], meanwhile: str) -> None:
    kept.set(**before)
    with wishes.changed(kept.environment, kept.folder / "setup.log", {}, {"on_call": HELP}):
        assert kept.shown()["on_call"] == meanwhile
    assert kept.shown() == {**NOBODY_WISHES, **before}
