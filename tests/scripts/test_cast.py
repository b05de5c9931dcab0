"""`make up` says who plays the vendors, and what to paste into Twilio's console."""

import pytest

from scripts.stack import cast, environment, places, twin

INVENTED = f"AC{'1' * 32}"
WHERE = environment.Addresses(8123, 5123, 8923)


def _told(variables: dict[str, str], twin_url: str = "") -> dict[str, str]:
    """What is said of each, by its name."""
    base = {"PUBLIC_BASE_URL": "https://tunnel.example", "TWILIO_ACCOUNT_SID": INVENTED}
    lines = [line.strip() for line in cast.lines(base | variables, twin_url, INVENTED)]
    return {name: rest.strip() for name, _, rest in (line.partition("  ") for line in lines)}


def test_the_twin_plays_all_three_for_who_has_no_key() -> None:
    told = _told(twin.settings(WHERE.twin), WHERE.twin)
    assert all(told[vendor].startswith(f"the twin on this machine ({WHERE.twin})") for vendor in ("Twilio", "Deepgram", "OpenAI"))


@pytest.mark.parametrize(
    ("variables", "vendor", "says"),
    [
        ({}, "Twilio", "nobody: its account is invented"),
        ({"TWILIO_ACCOUNT_SID": f"AC{'2' * 32}"}, "Twilio", "the vendor itself"),
        ({"TWILIO_ACCOUNTS": '{"AC…": ["x"]}'}, "Twilio", "the vendor itself"),
        ({"TWILIO_ACCOUNTS": '{"AC…": ["x"]}', "SEND_SMS": "false"}, "Twilio", "replies by SMS are recorded and sent to nobody"),
        ({}, "Deepgram", "nobody: recordings wait until there is a transcriber"),
        ({"WHISPER_MODEL_PATH": "/model"}, "Deepgram", "faster-whisper on this machine"),
        ({"DEEPGRAM_API_KEY": "k"}, "Deepgram", "the vendor itself"),
        ({"DEEPGRAM_API_KEY": "k", "PUBLIC_BASE_URL": WHERE.web}, "Deepgram", "it cannot call back here: set DEEPGRAM_CALLBACK=false"),
        ({}, "OpenAI", "the offline engines"),
        ({"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": "https://llm.example/v1"}, "OpenAI", "the server at https://llm.example/v1"),
    ],
)
def test_whoever_stands_in_is_named(variables: dict[str, str], vendor: str, says: str) -> None:
    assert says in _told(variables)[vendor]


@pytest.mark.parametrize("variables", [{}, {"PUBLIC_BASE_URL": WHERE.web, "DEEPGRAM_CALLBACK": "false"}])
def test_who_can_be_called_back_or_asks_for_no_call_is_told_nothing(variables: dict[str, str]) -> None:
    assert "call back" not in _told({"DEEPGRAM_API_KEY": "k"} | variables)["Deepgram"]


def test_webhooks_are_there_to_be_pasted() -> None:
    told = _told({})
    assert told["A message comes in"] == "https://tunnel.example/webhooks/twilio/sms#rc=3&rp=5xx,ct,rt"
    assert told["Call status changes"] == "https://tunnel.example/webhooks/twilio/call-status#rc=3&rp=5xx,ct,rt"
    assert told["Recording status callback"] == "https://tunnel.example/webhooks/twilio/recording-status#rc=3&rp=5xx,ct,rt"
    assert "this machine only" not in told["Public"]
    assert "this machine only" in _told({"PUBLIC_BASE_URL": WHERE.web})["Public"]


def test_the_webhooks_are_the_fronts_own() -> None:
    source = " ".join(path.read_text(encoding="utf-8") for path in (places.ROOT / "webhooks/twilio").glob("*.py"))
    assert all(path.rpartition("/")[2] in source for path in cast.WEBHOOKS.values())
