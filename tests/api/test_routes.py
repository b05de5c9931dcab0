"""Who may take which route: nobody without a key, nobody beyond their scope, nobody into another organization's house."""

from collections.abc import Callable, Mapping
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from db import api_keys
from db.tables.conversations import TranscriptRow
from db.tables.organizations import OrganizationRow
from domain.access import Scope
from tests.api.routes import NOBODYS, PLACE, PLANT, ROUTES, VENDOR, Route
from tests.support.factories import ConversationFactory, OrganizationFactory, WebhookEventFactory
from tests.support.plant_factories import JobFactory

GUARDED = [route for route in ROUTES if route.is_guarded]
NARROW = [(route, scope) for route in GUARDED for scope in Scope if isinstance(route.who, Scope) and not scope.covers(route.who)]
# "its own" settings have no id: another organization's key shows another organization's
WITH_ID = [route for route in GUARDED if "<" in route.rule and "version" not in route.rule]

Ask = Callable[[Route, Mapping[str, object], str | None], TestResponse]


@pytest.fixture
def ask(client: FlaskClient) -> Ask:
    """Take a route with these ids in its address and this key."""

    def asked(route: Route, ids: Mapping[str, object], key: str | None) -> TestResponse:
        address = PLACE.sub(lambda place: str(ids[place[1]]), route.rule)
        shown = {"Authorization": f"Bearer {key}"} if key else {}
        # nobody works here: whoever would wait for an answer waits for nothing
        headers = {**shown, "If-Match": "*", "Prefer": "wait=0"}
        answer = client.open(address, method=route.method, query_string=route.query, json=route.body, headers=headers)
        # a stream lets go of its place when it is read to its end
        answer.get_data()
        return answer

    return asked


@pytest.fixture
def ids(client: FlaskClient, finished: TranscriptRow) -> dict[str, object]:
    """What the organization `test` has of everything that an address can name."""
    mine = {"organization_id": finished.organization_id}
    call = ConversationFactory.create(**mine, provider_ref="CA" + "7" * 32)
    key_id, key = api_keys.create(finished.organization_id, "to be revoked", Scope.ADMIN)
    begun = client.post("/api/call/start", json={"reference": "mine"}, headers={"Authorization": f"Bearer {key}"})
    return {
        "transcript_id": finished.id,
        "conversation_id": finished.conversation_id,
        "run_id": finished.current_run_id,
        "event_id": WebhookEventFactory.create(**mine).id,
        "job_id": JobFactory.create(**mine).id,
        "key_id": key_id,
        "call_id": begun.get_json()["call_id"],
        "call_sid": call.provider_ref,
        "version": 1,
    }


@pytest.fixture
def nobodys() -> dict[str, object]:
    """Ids that nobody has."""
    names = ("transcript_id", "conversation_id", "run_id", "event_id", "job_id", "key_id", "call_id")
    return {**{name: uuid4() for name in names}, "call_sid": "CA" + "0" * 32, "version": 9_999}


def test_every_route_is_in_the_table_and_the_table_has_no_other(app: Flask) -> None:
    there = {f"{method} {rule}" for rule in app.url_map.iter_rules() for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}

    assert there == {route.name for route in ROUTES}


def test_vendors_routes_and_the_apis_share_no_blueprint(app: Flask) -> None:
    owners: dict[bool, set[str]] = {True: set(), False: set()}
    is_vendors = {route.rule: route.who == VENDOR for route in ROUTES}
    for rule in app.url_map.iter_rules():
        owners[is_vendors[rule.rule]].add(rule.endpoint.split(".")[0])

    assert owners[True].isdisjoint(owners[False])


@pytest.mark.parametrize("route", GUARDED, ids=lambda route: route.name)
def test_whoever_has_no_key_that_stands_is_told_so_and_nothing_else(
    ask: Ask, ids: dict[str, object], organization: OrganizationRow, route: Route
) -> None:
    key_id, revoked = api_keys.create(organization.id, "gone", Scope.ADMIN)
    api_keys.revoke(organization.id, key_id)
    for key in (None, f"hk_{uuid4().hex}_{'x' * 43}", revoked, "nonsense"):
        answer = ask(route, ids, key)
        assert answer.status_code == 401
        assert answer.get_json().keys() == {"detail", "code", "trace_id"}


@pytest.mark.parametrize(("route", "scope"), NARROW, ids=lambda value: getattr(value, "name", None))
def test_a_key_with_too_narrow_a_scope_is_refused(
    ask: Ask, ids: dict[str, object], organization: OrganizationRow, route: Route, scope: Scope
) -> None:
    _, key = api_keys.create(organization.id, "narrow", scope)

    assert ask(route, ids, key).status_code == 403


@pytest.mark.parametrize("route", [route for route in GUARDED if route.who != PLANT], ids=lambda route: route.name)
def test_a_key_with_just_this_scope_is_let_in(ask: Ask, ids: dict[str, object], organization: OrganizationRow, route: Route) -> None:
    _, key = api_keys.create(organization.id, "just", Scope(route.who))

    answer = ask(route, ids, key)

    body = str(route.body)
    # what a body names may not be there, and nobody hears here
    elsewhere = {404} if NOBODYS in body else {503} if "audio" in body else set()
    assert answer.status_code in {200, 201, 202, 204, 304, 409} | elsewhere


def test_the_plants_own_figures_are_for_who_runs_it(ask: Ask, organization: OrganizationRow) -> None:
    plant = OrganizationFactory.create(slug="default").id
    metrics = next(route for route in ROUTES if route.who == PLANT)
    answers = [ask(metrics, {}, api_keys.create(owner, "figures", Scope.ADMIN)[1]).status_code for owner in (organization.id, plant)]

    assert answers == [403, 200]


@pytest.mark.parametrize("route", WITH_ID, ids=lambda route: route.name)
def test_what_is_another_organizations_is_not_there(ask: Ask, ids: dict[str, object], nobodys: dict[str, object], route: Route) -> None:
    _, key = api_keys.create(OrganizationFactory.create().id, "stranger", Scope.ADMIN)
    theirs, nothing = ask(route, ids, key), ask(route, nobodys, key)

    assert theirs.status_code == nothing.status_code == 404
    assert _said(theirs) == _said(nothing)
    assert not any(str(value) in theirs.text for value in ids.values() if isinstance(value, UUID))


def _said(answer: TestResponse) -> dict[str, object]:
    return {**answer.get_json(), "trace_id": None}
