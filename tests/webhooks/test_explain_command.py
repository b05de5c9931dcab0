"""``celery -A tasks explain-signature`` on what the front has really refused."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import click
import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import settings
from db.tables.organizations import OrganizationRow
from tests.architecture.source import ROOT
from tests.support import payloads
from tests.support.plant_factories import QuarantineFactory
from tests.support.signing import ACCOUNT_SID, AUTH_TOKEN, FORM, PUBLIC_BASE_URL, twilio_signature
from tests.support.stored import awaited, row
from webhooks.twilio.commands import explain_signature

SMS = "/webhooks/twilio/sms"


def send(client: FlaskClient, url: str, secret: str = AUTH_TOKEN, path: str = SMS, **headers: str) -> TestResponse:
    """Post an SMS that was signed for an address."""
    form = [*(pair for pair in payloads.twilio("sms_incoming").fields or () if pair[0] != "AccountSid"), ("AccountSid", ACCOUNT_SID)]
    sent = {"X-Twilio-Signature": twilio_signature(url, form, secret), "Content-Type": FORM}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post(path, data=urlencode(form).encode(), headers=sent)


@pytest.fixture
def post(client: FlaskClient, organization: OrganizationRow) -> Callable[..., int]:
    """Post what is refused; the number of its refusal once it is kept."""

    def refused(url: str, **more: str) -> int:
        answer = send(client, url, **more)
        assert answer.status_code == 403
        assert answer.json is not None
        return int(awaited("SELECT id FROM quarantine WHERE trace_id = %s", answer.json["trace_id"])["id"])

    return refused


@pytest.fixture
def based_on(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Lets a test set PUBLIC_BASE_URL."""

    def configure(url: str) -> None:
        monkeypatch.setenv("PUBLIC_BASE_URL", url)
        settings.current.cache_clear()

    yield configure
    monkeypatch.undo()
    settings.current.cache_clear()


def said(*arguments: str, fails: bool = False, typed: str | None = None) -> str:
    result = CliRunner().invoke(explain_signature, arguments, input=typed)
    assert (result.exit_code != 0) is fails, result.output
    return result.output


def test_the_newest_refusal_is_explained(post: Callable[..., int], based_on: Callable[[str], None]) -> None:
    based_on("http://hookline.example")
    number = post(PUBLIC_BASE_URL + SMS)
    first, last = said().splitlines()
    assert first.startswith(f"{number}  2")
    assert last == f"Twilio signed {PUBLIC_BASE_URL}{SMS}, you checked http://hookline.example{SMS}: set PUBLIC_BASE_URL={PUBLIC_BASE_URL}."


def test_the_advice_works(post: Callable[..., int], based_on: Callable[[str], None], client: FlaskClient) -> None:
    """Behind a tunnel, as a developer meets it: the tunnel names itself, and its address is the right base."""
    based_on("http://localhost:8000")
    post("https://tunnel.example" + SMS, Host="localhost:8000", X_Forwarded_Host="tunnel.example")
    advice = said().rpartition("PUBLIC_BASE_URL=")[2].strip().removesuffix(".")
    assert advice == "https://tunnel.example"
    based_on(advice)
    assert send(client, "https://tunnel.example" + SMS).status_code == 200


def test_an_earlier_refusal_is_explained_by_its_number(post: Callable[..., int]) -> None:
    number = post("http://hookline.example" + SMS)
    post(PUBLIC_BASE_URL + SMS, secret="wrong")
    assert "set PUBLIC_BASE_URL=http://hookline.example" in said(str(number))
    assert "No variation fits" in said()


def test_what_was_checked_is_kept_bounded_and_for_refusals_only(post: Callable[..., int], client: FlaskClient) -> None:
    post(PUBLIC_BASE_URL + SMS, secret="wrong", X_Forwarded_Host="a.example, b.example,c.example:99999,d.example,e.example,f.example")
    kept = row("SELECT * FROM quarantine")
    assert (kept["url"], kept["content_type"], kept["signature_settings"]) == (PUBLIC_BASE_URL + SMS, FORM, None)
    assert len(kept["signature"]) == 28
    assert kept["hosts"] == "localhost a.example b.example d.example"


@pytest.mark.parametrize("query", ["?a=" + "x" * 10_000, "?%00=\0"])
def test_an_address_of_any_kind_is_refused_and_kept_if_it_can_be(post: Callable[..., int], query: str) -> None:
    post("x", path=SMS + query.replace("\0", "%00"))
    assert (row("SELECT url FROM quarantine")["url"] is None) is (len(query) > 4_096)


def test_a_delivery_of_deepgrams_keeps_no_address(client: FlaskClient) -> None:
    """Its path is a secret."""
    answer = client.post("/callback/abc.def", data=b"{}")
    assert answer.json is not None
    kept = awaited("SELECT url, signature FROM quarantine WHERE trace_id = %s", answer.json["trace_id"])
    assert kept == {"url": None, "signature": None}


def test_a_refusal_without_evidence_is_explained_as_far_as_it_goes() -> None:
    QuarantineFactory.create(reason="invalid_fields")
    assert "refused for invalid_fields" in said()


def test_the_last_refusals_are_listed_newest_first() -> None:
    first, last = (QuarantineFactory.create(reason=f"reason_{number}").id for number in range(2))
    QuarantineFactory.create(provider="deepgram")
    *listed, following = said("--list").splitlines()
    assert [line.split("  ")[0] for line in listed] == [str(last), str(first)]
    assert following == f"next: celery -A tasks explain-signature {last}"


def test_the_list_ends_with_the_one_to_ask_about_first(post: Callable[..., int]) -> None:
    assert said("--list").splitlines()[-1].startswith("next: celery -A tasks doctor")
    number = post(PUBLIC_BASE_URL + SMS, secret="wrong")
    QuarantineFactory.create(reason="signature_missing")
    assert said("--list").splitlines()[-1] == f"next: celery -A tasks explain-signature {number}", "the last one names no account of ours"


def test_a_token_is_asked_for_and_not_shown(post: Callable[..., int]) -> None:
    post(PUBLIC_BASE_URL + SMS, secret="from-the-console")
    shown = said("--token", typed="from-the-console\n")
    assert "set TWILIO_AUTH_TOKEN to it, or add it to TWILIO_ACCOUNTS" in shown
    assert "from-the-console" not in shown


@pytest.mark.parametrize("arguments", [(), ("7",)])
def test_nothing_to_explain_is_said_with_what_to_do(arguments: tuple[str, ...]) -> None:
    assert "Error: No refused request of Twilio's is kept" in said(*arguments, fails=True)


def test_it_is_a_command_of_celerys() -> None:
    entry = f'{explain_signature.name} = "{explain_signature.callback.__module__}:explain_signature"' if explain_signature.callback else ""
    assert entry in (ROOT / "pyproject.toml").read_text()
    assert isinstance(explain_signature, click.Command)


def test_it_loads_no_web_framework(tmp_path: Path) -> None:
    """Every celery process loads the commands."""
    code = "import sys, webhooks.twilio.commands; print(sorted({'flask', 'twilio', 'requests'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
