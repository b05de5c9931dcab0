"""What every answer says to browsers, which pages may ask, and what a process of one surface serves."""

from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient

import settings
from wsgi import create_app

PAGE = "https://app.example"
EVERYWHERE = ("X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy", "Content-Security-Policy", "Cache-Control")


@pytest.fixture
def made_with(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., FlaskClient]]:
    """An application with these settings, and a caller of it."""

    def make(**values: str) -> FlaskClient:
        for name, value in values.items():
            monkeypatch.setenv(name, value)
        settings.current.cache_clear()
        return create_app().test_client()

    yield make
    monkeypatch.undo()
    settings.current.cache_clear()


@pytest.mark.parametrize("path", ["/health", "/v1/transcripts", "/v1/nothing", "/auth/token", "/v1/openapi.json"])
def test_every_answer_of_the_api_is_guarded(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    told = {name: answer.headers.get(name) for name in EVERYWHERE}
    assert told == {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "Cache-Control": "no-store",
    }


def test_only_an_encrypted_address_insists_on_it(made_with: Callable[..., FlaskClient]) -> None:
    assert made_with(PUBLIC_BASE_URL=PAGE).get("/health").headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "Strict-Transport-Security" not in made_with(PUBLIC_BASE_URL="http://localhost:8000").get("/health").headers


def _preflight(client: FlaskClient, origin: str, path: str = "/v1/transcripts") -> dict[str, str]:
    asks = {"Origin": origin, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
    answer = client.options(path, headers=asks)
    assert answer.status_code == 200
    return {name: value for name, value in answer.headers.items() if name.startswith("Access-Control-")}


def test_a_page_that_is_named_may_ask_and_read_what_it_needs(made_with: Callable[..., FlaskClient]) -> None:
    client = made_with(CORS_ORIGINS=f"{PAGE} http://localhost:5173")
    told = _preflight(client, PAGE)
    assert told["Access-Control-Allow-Origin"] == PAGE
    assert told["Access-Control-Allow-Headers"] == "authorization"
    assert told["Access-Control-Max-Age"] == "600"
    assert "Access-Control-Allow-Credentials" not in told
    answer = client.get("/v1/transcripts", headers={"Origin": PAGE})
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (401, PAGE), "a refusal can be read, too"
    assert "Origin" in answer.headers["Vary"]
    assert {"ETag", "Retry-After", "X-Trace-Id"} <= set(answer.headers["Access-Control-Expose-Headers"].split(", "))


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "https://app.example.evil.example", "http://app.example", "null", "https://appxexample"]
)
def test_no_other_page_may(made_with: Callable[..., FlaskClient], origin: str) -> None:
    client = made_with(CORS_ORIGINS=PAGE)
    assert _preflight(client, origin) == {}
    assert "Access-Control-Allow-Origin" not in client.get("/v1/transcripts", headers={"Origin": origin}).headers


def test_no_page_may_unless_it_is_named_and_none_may_call_webhooks(made_with: Callable[..., FlaskClient], client: FlaskClient) -> None:
    assert _preflight(client, PAGE) == {}
    assert _preflight(made_with(CORS_ORIGINS=PAGE), PAGE, "/webhooks/twilio/sms") == {}


@pytest.mark.parametrize(("surface", "webhook", "api"), [("both", 403, 401), ("api", 404, 401), ("webhooks", 403, 404)])
def test_a_process_serves_its_surface_and_says_that_it_is_well(
    made_with: Callable[..., FlaskClient], surface: str, webhook: int, api: int
) -> None:
    client = made_with(SURFACE=surface)
    assert client.post("/webhooks/twilio/sms").status_code == webhook
    assert client.get("/v1/transcripts").status_code == api
    assert client.post("/auth/token").status_code == (404 if surface == "webhooks" else 422)
    assert client.get("/v1/openapi.json").status_code == (404 if surface == "webhooks" else 200)
    assert (client.get("/health").status_code, client.get("/ready").status_code, client.get("/metrics").status_code) == (200, 200, 401)


def test_the_two_surfaces_share_no_blueprint(made_with: Callable[..., FlaskClient]) -> None:
    def names(surface: str) -> set[str]:
        return set(made_with(SURFACE=surface).application.blueprints)

    shared = names("api") & names("webhooks")
    assert shared == {"probes", "metrics"}
    assert names("both") == names("api") | names("webhooks")
