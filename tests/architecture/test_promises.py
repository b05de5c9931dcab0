"""What the front page promises is what the tree holds."""

import re
import tomllib

import pytest

from tests.architecture.source import ROOT

LAYOUT = ("webhooks", "tasks", "domain", "db", "migrations", "tests", "celeryconfig.py", "wsgi.py", "requirements.txt", "Procfile")
CARD = (
    "flask", "gunicorn", "celery", "redis", "kombu", "sqlalchemy", "psycopg2-binary", "marshmallow", "openai", "deepgram-sdk", "twilio",
    "flower", "sentry-sdk", "pytest", "factory-boy",
)  # fmt: skip
PROCESSES = ("release", "web", "worker", "live", "batch", "beat", "flower")


def _requirements(name: str = "requirements.txt") -> list[str]:
    lines = (line.split("#")[0].strip() for line in (ROOT / name).read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line]


def _settings_read() -> set[str]:
    source = (ROOT / "settings.py").read_text(encoding="utf-8")
    return set(re.findall(r"env\.\w+\(\s*\"([A-Z_]+)\"", source))


@pytest.mark.parametrize("name", LAYOUT)
def test_the_layout_is_the_one_that_was_promised(name: str) -> None:
    assert (ROOT / name).exists()


@pytest.mark.parametrize("package", CARD)
def test_every_package_of_the_card_is_installed(package: str) -> None:
    assert any(re.match(rf"{re.escape(package)}(\[[a-z]+\])?==", line.replace("_", "-"), re.IGNORECASE) for line in _requirements())


@pytest.mark.parametrize(
    "name", ["requirements.txt", "requirements-dev.txt", "requirements-whisper.txt", "requirements-vectors.txt", "requirements-bench.txt"]
)
def test_every_requirement_is_pinned(name: str) -> None:
    loose = [line for line in _requirements(name) if "==" not in line and not line.startswith(("-e .", "-r "))]
    assert loose == []


def test_no_package_is_pinned_twice_in_different_versions() -> None:
    pins = {
        line
        for name in (
            "requirements.txt",
            "requirements-dev.txt",
            "requirements-whisper.txt",
            "requirements-vectors.txt",
            "requirements-bench.txt",
        )
        for line in _requirements(name)
        if "==" in line
    }
    names = [line.split("==")[0].lower() for line in pins]
    assert [name for name in set(names) if names.count(name) > 1] == []


def test_the_project_installs_itself_last_so_that_its_subcommands_register() -> None:
    assert _requirements()[-1] == "-e ."
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["entry-points"]["celery.commands"]
    assert {"reprocess", "setup", "keys", "intake-url"} <= set(scripts)


def test_the_procfile_names_every_process() -> None:
    named = [line.split(":")[0] for line in (ROOT / "Procfile").read_text(encoding="utf-8").splitlines() if re.match(r"\w+:", line)]
    assert named == list(PROCESSES)


def test_the_readme_lists_exactly_the_settings_that_are_read() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    listed = {name for cell in re.findall(r"^\| (`[A-Z_]+`[^|]*)", readme, flags=re.MULTILINE) for name in re.findall(r"`([A-Z_]+)`", cell)}
    assert _settings_read() <= listed
    others = listed - _settings_read()
    source = "".join((ROOT / name).read_text(encoding="utf-8") for name in ("Procfile", "gunicorn_conf.py", "flowerconfig.py"))
    assert {name for name in others if name not in source} == set()
