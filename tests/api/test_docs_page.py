"""/docs: a page that shows the document without asking anybody else for anything."""

import re

import pytest
from flask.testing import FlaskClient


def test_the_page_takes_all_it_needs_from_this_house(client: FlaskClient) -> None:
    with client.get("/docs") as page:
        asked = re.findall(r'(?:src|href)="([^"]+)"', page.get_data(as_text=True))
        assert (page.status_code, page.mimetype) == (200, "text/html")

    assert asked == ["/docs/swagger-ui.css", "/docs/swagger-ui-bundle.js", "/docs/docs.js"]
    for address in asked:
        with client.get(address) as answer:
            assert answer.mimetype == ("text/css" if address.endswith(".css") else "text/javascript")
            assert ("swagger" in answer.get_data(as_text=True)) or ("/v1/openapi.json" in answer.get_data(as_text=True))


def test_no_script_of_others_runs_in_it_and_nothing_is_sent_elsewhere(client: FlaskClient) -> None:
    with client.get("/docs") as page:
        policy = page.headers["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "connect-src 'self';" in policy
    assert "http" not in policy


@pytest.mark.parametrize("file", ["README.md", "../auth.py", "docs.html", "swagger-ui/README.md", "%2e%2e/auth.py"])
def test_no_other_file_is_served(client: FlaskClient, file: str) -> None:
    answer = client.get(f"/docs/{file}")

    assert answer.status_code == 404
    assert answer.get_json()["code"] == "not_found"


def test_the_page_begins_with_how_to_ask(client: FlaskClient) -> None:
    told = client.get("/v1/openapi.json").get_json()["info"]["description"]

    assert [
        word for word in ("Authorization: Bearer", "keys create", "GET /v1/transcripts", "next_cursor", "trace_id") if word not in told
    ] == []
