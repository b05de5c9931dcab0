"""The public address, tokens and vendors' keys are wrong; the doctor names which, and what it says mends it."""

from domain.diagnosis import repairs
from tests.support.doctor_house import House, new_sid
from tests.support.processes import until
from tests.support.signing import ACCOUNT_SID


def refused(house: House, base: str, token: str) -> str:
    """The MessageSid of a delivery that the front turns away, and keeps a sample of."""
    before, sid = house.rows("SELECT max(id) AS id FROM quarantine"), new_sid()
    assert house.deliver(base, token, sid) == 403
    until(lambda: house.rows("SELECT max(id) AS id FROM quarantine") != before, "the refusal is kept")
    return sid


def test_a_public_address_that_is_not_the_one_twilio_calls(house: House) -> None:
    right = house.environment["PUBLIC_BASE_URL"].replace("127.0.0.1", "localhost")
    token = house.environment["TWILIO_AUTH_TOKEN"]
    sid = refused(house, right, token)
    told = house.why(sid)
    assert (told["code"], told["command"]) == ("public_url_wrong", repairs.RECONCILE)
    assert f"et PUBLIC_BASE_URL={right} and restart every process" in told["fix"]
    finding = house.finds("public_url_wrong")
    name, _, value = finding["fix"].removeprefix("set ").split()[0].partition("=")
    assert (name, value) == ("PUBLIC_BASE_URL", right)
    house.environment[name] = value
    house.restart_all()
    house.run(told["command"])
    house.is_done(house.sends())
    house.is_well()


def test_an_auth_token_that_was_rotated(house: House) -> None:
    fresh = "token-of-tomorrow-00000000000000"
    house.tokens[ACCOUNT_SID] = fresh
    sid = refused(house, house.environment["PUBLIC_BASE_URL"], fresh)
    told = house.why(sid)
    assert (told["code"], told["command"]) == ("auth_token_old", repairs.RECONCILE)
    assert "et TWILIO_AUTH_TOKEN to what Twilio's console shows now" in told["fix"]
    verdict = house.doctor()
    assert verdict.code == 1
    finding = house.finds("auth_token_old")
    assert finding["fix"].startswith("set TWILIO_AUTH_TOKEN to what Twilio's console shows now")
    assert "TWILIO_AUTH_TOKEN" in house.finds("vendor_key_refused")["fix"]
    house.environment["TWILIO_AUTH_TOKEN"] = fresh
    house.restart_all()
    house.run(told["command"])
    house.is_done(house.sends())
    house.is_well()


def test_a_front_that_runs_with_the_settings_of_before(house: House) -> None:
    """The token was changed in the environment, and nobody restarted the front."""
    older = house.environment["TWILIO_AUTH_TOKEN"]
    house.tokens[ACCOUNT_SID] = house.environment["TWILIO_AUTH_TOKEN"] = "token-of-the-day-after-000000000"
    assert "restart `web`" in house.finds("front_refuses_signature")["fix"]
    sid = refused(house, house.environment["PUBLIC_BASE_URL"], house.tokens[ACCOUNT_SID])
    told = house.why(sid)
    assert (told["code"], "start `web` anew" in told["fix"].lower()) == ("auth_token_old", True)
    assert older not in str(house.doctor())
    house.restart_all()
    # what was refused before with tokens that are gone by now is no longer a reason for alarm
    assert house.deliver(house.environment["PUBLIC_BASE_URL"], house.environment["TWILIO_AUTH_TOKEN"]) == 200
    house.is_well()


def test_a_front_that_is_gone(house: House) -> None:
    house.running["web"].kill_group()
    try:
        assert "start the Procfile's `web`" in house.finds("front_unreachable")["fix"]
        assert house.why(new_sid())["code"] == "front_unreachable", "what never came is not heard of for a reason"
    finally:
        house.start("web")
    house.is_well()


def test_a_vendors_key_that_is_wrong(house: House) -> None:
    finding = house.finds("vendor_key_refused", OPENAI_API_KEY="sk-mistyped")
    assert finding["fix"].startswith("set OPENAI_API_KEY")
    assert "sk-mistyped" not in str(finding)
    house.is_well(OPENAI_API_KEY=house.keys["OPENAI_API_KEY"])
