"""What the doctor says of a vendor that answers no: what is wrong with what was set is not taken for a broken network."""

from collections.abc import Callable

import pytest

from domain.diagnosis.finding import Finding, Weight
from domain.diagnosis.reached import Reached
from domain.errors import PermanentError, RetryableError
from domain.vendors import Vendor
from providers import registry
from tasks.doctor import vendors
from tests.support.signing import ACCOUNT_SID, AUTH_TOKEN


def _says_no(code: str, monkeypatch: pytest.MonkeyPatch) -> Finding:
    def ask(account: str, token: str, limit_s: float) -> Reached:
        assert (account, token, limit_s) == (ACCOUNT_SID, AUTH_TOKEN, vendors.LIMIT_S)
        raise (RetryableError if code == "twilio:unreachable" else PermanentError)(code)

    monkeypatch.setattr(registry, "reach_twilio", ask)
    [room] = vendors.rooms()
    [finding] = room.look()
    assert (room.name, finding.weight, finding.evidence[-1]) == (Vendor.TWILIO, Weight.BROKEN, f"what came back: {code}")
    return finding


def test_an_account_sid_that_is_none_is_no_matter_of_the_network(configured: Callable[..., None]) -> None:
    configured(TWILIO_ACCOUNT_SID="", TWILIO_AUTH_TOKEN="", TWILIO_ACCOUNTS='{"AC123": "token"}')
    [finding] = vendors.rooms()[0].look()
    assert (finding.code, finding.weight) == ("account_sid_wrong", Weight.BROKEN)
    assert "token 1 of AC123" in finding.sentence
    assert "set TWILIO_ACCOUNT_SID" in (finding.fix or "")


@pytest.mark.parametrize(
    ("code", "finding"),
    [
        ("twilio:20404", "account_sid_wrong"),
        ("twilio:invalid_credentials", "vendor_key_refused"),
        ("twilio:http_404", "vendor_elsewhere"),
        ("twilio:unreachable", "vendor_unreachable"),
    ],
)
def test_a_no_is_told_by_what_it_says(code: str, finding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _says_no(code, monkeypatch).code == finding
