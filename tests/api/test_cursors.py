"""Positions come back as they went, and every word that the document allows is one."""

import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from hypothesis import given, strategies

from api import cursors
from api.lists import PageQueryV1
from api.search_schemas import SearchQueryV1
from api.transcript_schemas import UtteranceQueryV1

_VALUES: dict[type, strategies.SearchStrategy[Any]] = {
    datetime: strategies.datetimes(datetime(1970, 1, 1), datetime(2112, 1, 1), timezones=strategies.just(UTC)),  # noqa: DTZ001 - naive bounds
    UUID: strategies.uuids(),
    int: strategies.integers(0, 2**28 - 1),
    float: strategies.floats(0, 1),
}
KINDS = [(datetime, UUID), (UUID, int), (float, datetime, UUID, int)]
QUERIES = [PageQueryV1, UtteranceQueryV1, SearchQueryV1]


@pytest.mark.parametrize("kinds", KINDS)
@given(data=strategies.data())
def test_a_position_comes_back_as_it_went(kinds: tuple[type, ...], data: strategies.DataObject) -> None:
    position = data.draw(strategies.tuples(*(_VALUES[kind] for kind in kinds)))
    assert cursors.decode(str(cursors.encode(position)), kinds) == position


@pytest.mark.parametrize(("query", "kinds"), list(zip(QUERIES, KINDS, strict=True)))
@given(data=strategies.data())
def test_every_word_that_the_document_allows_is_a_position(query: type[Any], kinds: tuple[type, ...], data: strategies.DataObject) -> None:
    pattern = query().fields["cursor"].metadata["pattern"]
    word = data.draw(strategies.from_regex(re.compile(pattern, re.ASCII), fullmatch=True)).rstrip("\n")
    assert cursors.encode(cursors.decode(word, kinds)) == word


@pytest.mark.parametrize("word", ["", "x", "0" * 44, "0" * 46, "g" * 45, "A" * 45, "0" * 45 + "\n", "é" * 45])
def test_any_other_word_is_refused(api_client: FlaskClient, word: str) -> None:
    answer = api_client.get("/v1/transcripts", query_string={"cursor": word})
    assert (answer.status_code, list(answer.get_json()["errors"])) == (422, ["cursor"])


@pytest.mark.parametrize("name", ["transcripts", "conversations", "keys", "audits", "runs", "events", "search"])
@pytest.mark.parametrize("digit", "0f")
def test_the_ends_of_the_line_are_pages_too(api_client: FlaskClient, name: str, digit: str) -> None:
    word = {"0": "0" * 68, "f": "3" + "f" * 67}[digit] if name == "search" else digit * 45
    assert api_client.get(f"/v1/{name}", query_string={"cursor": word} | ({"q": "x"} if name == "search" else {})).status_code == 200
