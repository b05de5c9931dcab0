"""/v1/usage: what was used, and what is left of today, for one organization only."""

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

import settings
from db.tables.organizations import OrganizationRow
from tests.support.plant_factories import UsageDayFactory


def test_nothing_used_leaves_the_whole_day(api_client: FlaskClient) -> None:
    limits = settings.current().spend
    assert api_client.get("/v1/usage").get_json() == {
        "speech_seconds_left_today": limits.day_speech_s,
        "llm_tokens_left_today": limits.day_llm_tokens,
        "days": [],
    }


def test_what_was_used_is_listed_by_day_and_taken_from_today(api_client: FlaskClient, organization: OrganizationRow) -> None:
    today, limits = datetime.now(UTC).date(), settings.current().spend
    UsageDayFactory.create(organization_id=organization.id, day=today, speech_seconds=90, llm_tokens=limits.day_llm_tokens + 5)
    UsageDayFactory.create(organization_id=organization.id, day=today - timedelta(days=1), speech_seconds=7, llm_tokens=8)
    UsageDayFactory.create(day=today, speech_seconds=1_000)
    shown = api_client.get("/v1/usage").get_json()
    assert (shown["speech_seconds_left_today"], shown["llm_tokens_left_today"]) == (limits.day_speech_s - 90, 0)
    assert [(day["speech_seconds"], day["llm_tokens"]) for day in shown["days"]] == [(90, limits.day_llm_tokens + 5), (7, 8)]
    assert len(api_client.get("/v1/usage?days=1").get_json()["days"]) == 1


@pytest.mark.parametrize("days", ["0", "367", "many"])
def test_how_far_back_is_bounded(api_client: FlaskClient, days: str) -> None:
    assert api_client.get(f"/v1/usage?days={days}").status_code == 422
