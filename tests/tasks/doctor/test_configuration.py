"""What the doctor says of settings that keep messages here: whether a call for help leaves all the same."""

from collections.abc import Callable

import pytest

from domain.diagnosis.finding import Finding, Weight
from tasks.doctor import configuration
from tests.support.signing import ACCOUNT_SID, AUTH_TOKEN


def _found(code: str) -> Finding:
    [found] = [finding for finding in configuration.look() if finding.code == code]
    return found


@pytest.mark.parametrize(
    ("sid", "token", "said"),
    [(ACCOUNT_SID, AUTH_TOKEN, "calls for help are sent all the same"), ("", "", "so are calls for help, without an account")],
)
def test_what_send_sms_keeps_here(configured: Callable[..., None], sid: str, token: str, said: str) -> None:
    configured(SEND_SMS="false", TWILIO_ACCOUNT_SID=sid, TWILIO_AUTH_TOKEN=token)
    found = _found("sms_not_sent")
    assert (found.weight, said in found.sentence) == (Weight.FINE, True)


def test_without_an_account_it_warns_that_no_call_for_help_leaves(configured: Callable[..., None]) -> None:
    configured(TWILIO_ACCOUNT_SID="", TWILIO_AUTH_TOKEN="")
    found = _found("twilio_not_configured")
    assert (found.weight, "no call for help" in found.sentence) == (Weight.WARNING, True)


def test_vendors_that_are_played_here_are_not_taken_for_the_vendors(configured: Callable[..., None]) -> None:
    configured(TWILIO_BASE_URL="http://127.0.0.1:8900", OPENAI_BASE_URL="http://localhost:8900/v1")
    found = _found("vendors_played")
    assert found.weight is Weight.FINE
    assert found.evidence == ("TWILIO_BASE_URL is http://127.0.0.1:8900", "OPENAI_BASE_URL is http://localhost:8900/v1")


def test_without_them_nothing_is_played() -> None:
    assert not [finding for finding in configuration.look() if finding.code == "vendors_played"]
