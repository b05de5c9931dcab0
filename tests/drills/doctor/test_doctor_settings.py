"""The environment is wrong; the doctor does not die of it, and names each variable."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import processes
from tests.support.doctor_house import House


def test_no_setting_at_all_is_named_one_by_one(house: House) -> None:
    missing = ("DATABASE_URL", "REDIS_URL", "PUBLIC_BASE_URL", "SECRET_KEY")
    verdict = house.doctor(**dict.fromkeys(house.environment, ""))
    said = [finding["sentence"].split()[0] for finding in verdict.findings if finding["code"] == "setting_missing"]
    assert sorted(said) == sorted(missing)
    assert verdict.code == 1
    assert verdict.of("not_checked")


def test_what_is_bad_is_named_with_what_would_be_right_and_the_rest_is_looked_at(house: House) -> None:
    verdict = house.doctor(TWILIO_AUTH_TOKEN="", WEB_CONCURRENCY="many", LOG_LEVEL="LOUD")
    said = {finding["sentence"].split()[0]: finding["sentence"] for finding in verdict.findings if finding["code"] == "setting_bad"}
    assert set(said) == {"TWILIO_ACCOUNT_SID", "WEB_CONCURRENCY", "LOG_LEVEL"}
    assert "DEBUG, INFO" in said["LOG_LEVEL"]
    assert "database     well" in verdict.progress


def test_a_key_that_can_be_guessed(house: House) -> None:
    assert "secrets.token_hex" in house.finds("secret_key_weak", SECRET_KEY="changeme" * 5)["fix"]


def test_an_address_without_https_is_told_as_soon_as_the_vendors_are_real(house: House) -> None:
    finding = house.finds("public_url_not_https", PUBLIC_BASE_URL="http://hookline.example", TWILIO_BASE_URL="http://nowhere.invalid")
    assert finding["fix"] == "set PUBLIC_BASE_URL=https://hookline.example"


@pytest.mark.parametrize("arguments", [("worker", "-n", "doctor"), ("-A", "tasks", "parked")])
def test_nobody_else_goes_on_without_settings(arguments: tuple[str, ...], tmp_path: Path) -> None:
    command = [str(Path(sys.executable).with_name("celery")), *(("-A", "tasks") if arguments[0] == "worker" else ()), *arguments]
    environment = {"PATH": processes.surroundings(processes.ROOT)["PATH"], "HOME": str(tmp_path)}
    done = subprocess.run(command, cwd=processes.ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 1
    assert "hookline cannot start: " in done.stderr
    assert "DATABASE_URL" in done.stderr
