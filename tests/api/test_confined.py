"""With the filter of a query removed on purpose, no route shows or changes what is another organization's."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from flask import Blueprint, Flask, Response
from flask.testing import FlaskClient
from sqlalchemy import select

from api import transcripts
from api.auth import with_scope
from db import reading
from db.engine import engine
from db.tables.conversations import TranscriptRow
from db.tables.organizations import OrganizationRow
from domain.access import Scope
from tests.support.factories import OrganizationFactory, TranscriptFactory
from wsgi import create_app


def _ids() -> list[str]:
    with engine().connect() as connection:
        return [str(found) for found in connection.scalars(select(TranscriptRow.id))]


@pytest.fixture
def both(organization: OrganizationRow) -> tuple[UUID, UUID]:
    """A transcript of the caller's organization and one of another."""
    other = OrganizationFactory.create(slug="other")
    return TranscriptFactory.create(organization_id=organization.id).id, TranscriptFactory.create(organization_id=other.id).id


@pytest.fixture
def forgetful(app: Flask) -> FlaskClient:
    """An application with two routes that filter nothing; the second answers while it is sent."""
    made = create_app()
    careless = Blueprint("careless", __name__)

    @careless.get("/all")
    @with_scope(Scope.VIEWER)
    def everything() -> Response:
        return Response(",".join(_ids()))

    @careless.get("/stream")
    @with_scope(Scope.VIEWER)
    def stream() -> Response:
        def parts() -> Iterator[str]:
            yield "ids:"
            yield ",".join(_ids())

        return Response(parts())

    made.register_blueprint(careless)
    return made.test_client()


@pytest.mark.parametrize(("path", "before"), [("/all", ""), ("/stream", "ids:")])
def test_a_route_that_filters_nothing_tells_only_the_callers_rows(
    forgetful: FlaskClient, api_client: FlaskClient, both: tuple[UUID, UUID], path: str, before: str
) -> None:
    mine, _ = both
    answer = forgetful.get(path, headers={"Authorization": api_client.environ_base["HTTP_AUTHORIZATION"]})
    assert (answer.status_code, answer.text) == (200, f"{before}{mine}")
    assert len(_ids()) == 2, "and the thread serves everybody again"


def test_a_query_that_asks_for_another_organization_finds_nothing(
    api_client: FlaskClient, both: tuple[UUID, UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The filter is there, and says the wrong organization: as good as none."""
    _, theirs = both
    with engine().connect() as connection:
        other = connection.scalar(select(TranscriptRow.organization_id).where(TranscriptRow.id == theirs))
    assert isinstance(other, UUID)
    assert len(reading.fetch_page(other, reading.Filters(), 5).items) == 1
    monkeypatch.setattr(transcripts, "organization_id", lambda: other)
    assert api_client.get("/v1/transcripts").json == {"items": [], "next_cursor": None}
    assert api_client.get(f"/v1/transcripts/{theirs}").status_code == 404
