"""A worker mints a client secret for a request that waits, once, and says why it cannot; the secret is read once and lies nowhere else."""

import os
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from redis import Redis

import settings
from db.ephemeral import minting
from db.plant import vendors
from domain.vendors import Vendor
from tasks.realtime import mint
from tests.support.stored import rows
from tests.support.vendor_house import House


@pytest.fixture
def request_id(house: House) -> UUID:
    """Somebody waits."""
    found = uuid4()
    minting.wish(house.organization.id, found, 30)
    return found


def _asked(house: House) -> int:
    return len(house.twin.log(vendor="openai", operation="realtime"))


def _all_keys() -> set[str]:
    held: Any = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
    return {str(found) for found in held.keys("hookline:*")}


def test_a_secret_is_minted_for_who_waits_and_read_once(house: House, request_id: UUID) -> None:
    organization_id = house.organization.id
    assert mint(str(organization_id), str(request_id)) == "minted"
    assert mint(str(organization_id), str(request_id)) == "nobody waits for it", "a doubled message mints nothing"
    held: Any = Redis.from_url(os.environ["REDIS_URL"])
    [key] = _all_keys()
    assert 0 < held.ttl(key) <= minting.ANSWER_S
    assert minting.receive(uuid4(), request_id) is None, "another organization's request finds nothing"
    found = minting.receive(organization_id, request_id)
    assert found is not None
    assert str(found["value"]).startswith("ek_")
    assert (minting.receive(organization_id, request_id), _all_keys(), _asked(house)) == (None, set(), 1)


def test_nothing_is_minted_for_nobody(house: House) -> None:
    assert mint(str(house.organization.id), str(uuid4())) == "nobody waits for it"
    assert _asked(house) == 0


@pytest.fixture
def spent(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The organization used up its day."""
    monkeypatch.setenv("SPEND_DAY_LLM_TOKENS", "10")
    settings.current.cache_clear()
    rows(
        "INSERT INTO usage_days (organization_id, day, llm_tokens) VALUES (%s, (now() AT TIME ZONE 'UTC')::date, 10),"
        " (%s, (now() AT TIME ZONE 'UTC')::date + 1, 10) RETURNING day",
        str(house.organization.id), str(house.organization.id),
    )  # fmt: skip
    yield
    settings.current.cache_clear()


def test_who_used_up_their_day_is_told_so(house: House, spent: None, request_id: UUID) -> None:
    assert mint(str(house.organization.id), str(request_id)) == "spend:day_llm_tokens"
    assert _asked(house) == 0


def test_a_vendor_that_is_known_to_be_down_is_not_asked(house: House, request_id: UUID) -> None:
    vendors.leave_paused(vendors.take(Vendor.OPENAI, 5, 30.0), "openai:rate_limited", 30.0)
    assert mint(str(house.organization.id), str(request_id)) == "openai:rate_limited"
    found = minting.receive(house.organization.id, request_id)
    assert found is not None
    assert found["refused"] == "openai:rate_limited"
    assert isinstance(found["again_in_s"], float)
    assert _asked(house) == 0


def test_a_vendor_that_wants_to_be_paid_is_told_of_and_pauses(house: House, request_id: UUID) -> None:
    house.twin.misbehave("openai", "429", "realtime", code="insufficient_quota")
    assert mint(str(house.organization.id), str(request_id)) == "openai:insufficient_quota"
    assert [found["code"] for found in rows("SELECT code FROM vendor_health WHERE open_until > now()")] == ["openai:insufficient_quota"]


def test_without_a_key_nobody_can_hold_such_talks(house: House, request_id: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.realtime.registry.realtime_host", lambda: None)
    assert mint(str(house.organization.id), str(request_id)) == "not_configured"
