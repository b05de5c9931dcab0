"""A run goes by the settings that it began with, to its end; who begins later goes by those that are there then."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from db import organization_versions as versions
from db import organizations, remembered
from db.tables.organizations import OrganizationRow
from db.work import load
from domain.chain import STAGES, Stage
from domain.organizations.organization import Organization
from domain.organizations.organization_settings import accepted
from tests.support import chain, reprocessing, visits
from tests.support.documents import CLINIC, clinic
from tests.support.stored import row, rows


@pytest.fixture(autouse=True)
def _forgetful() -> None:
    remembered._known.clear()


@pytest.fixture
def made() -> UUID:
    """An organization whose first version is written down."""
    found = organizations.ensure("clinic", "Clinic", None)
    assert found
    return found[0].id


def _change(organization_id: UUID, greeting: str) -> None:
    versions.change(organization_id, accepted({"name": "Clinic", "greeting": greeting}), "ada")


def _run(organization_id: UUID, ref: str = "SM1") -> UUID:
    run_id = chain.store_sms(organization_id, ref, conversation=ref).run_id
    assert run_id
    return run_id


def _seen(run_id: UUID, stage: Stage) -> Organization:
    held = chain.claim(run_id, stage)
    organization = load(held).organization
    chain.record(held)
    assert held.organization_version == organization.version
    return organization


def test_a_change_in_the_middle_of_a_run_is_for_the_runs_after_it(made: UUID) -> None:
    _change(made, "one")
    run_id = _run(made)
    seen = []
    for stage in STAGES:
        organization = _seen(run_id, stage)
        seen.append((organization.version, organization.greeting))
        _change(made, f"after {stage}")
    assert seen == [(2, "one")] * len(STAGES)
    assert row("SELECT organization_version FROM runs")["organization_version"] == 2
    assert _seen(_run(made, "SM2"), Stage.TRANSCRIBE).greeting == "after persist"


def test_what_counts_is_when_a_run_is_first_claimed(made: UUID) -> None:
    run_id = _run(made)
    assert row("SELECT organization_version FROM runs")["organization_version"] is None
    _change(made, "later")
    assert _seen(run_id, Stage.TRANSCRIBE).greeting == "later"


def test_a_step_that_is_tried_again_sees_what_it_saw(made: UUID) -> None:
    run_id = _run(made)
    first = load(chain.claim(run_id)).organization
    rows("UPDATE runs SET lease_until = clock_timestamp() - interval '1 second' RETURNING id")
    _change(made, "later")
    assert load(chain.claim(run_id)).organization == first


def test_an_organization_from_before_versions_is_pinned_too(organization: OrganizationRow) -> None:
    """The version that was there is written down with its first change, so the run still finds it."""
    run_id = _run(organization.id)
    before = _seen(run_id, Stage.TRANSCRIBE)
    _change(organization.id, "later")
    after = _seen(run_id, Stage.CLASSIFY_SPEAKERS)
    assert (after.version, after.name, after.hours, after.greeting) == (1, organization.name, before.hours, "")


def test_a_run_over_what_was_said_before_goes_by_what_is_wanted_now(made: UUID) -> None:
    run_id = _run(made)
    for stage in STAGES:
        _seen(run_id, stage)
    _change(made, "later")
    now = datetime.now(UTC)
    assert sum(reprocessing.opened(made, now - timedelta(days=1), now + timedelta(days=1))) == 1
    again = UUID(row("SELECT id FROM runs WHERE purpose = 'reprocess'")["id"])
    assert _seen(again, Stage.TRANSCRIBE).greeting == "later"
    assert row("SELECT organization_version FROM runs WHERE purpose = 'live'")["organization_version"] == 1


def test_whatever_is_wanted_arrives(made: UUID) -> None:
    versions.change(made, accepted(CLINIC), "ada")
    run_id = _run(made)
    expected = Organization.from_settings(
        made, "clinic", CLINIC["name"], accepted(CLINIC).settings, vertical="medical", version=2
    )  # fmt: skip
    for stage in STAGES:
        seen = _seen(run_id, stage)
        assert (str(seen.id), seen.slug) == (str(made), "clinic")
        assert [getattr(seen, name) for name in ("name", "hours", "opening", "persona", "intents", "intake", "vertical")] == [
            getattr(expected, name) for name in ("name", "hours", "opening", "persona", "intents", "intake", "vertical")
        ]


def test_what_has_no_versions_is_as_it_is_now(made: UUID) -> None:
    _change(made, "one")
    run_id = _run(made)
    chain.claim(run_id)
    rows("UPDATE organizations SET twilio_account_sid = 'ACnew' WHERE id = %s RETURNING id", str(made))
    rows("UPDATE runs SET lease_until = clock_timestamp() - interval '1 second' RETURNING id")
    for _ in range(2):
        seen = load(chain.claim(run_id)).organization
        assert (seen.twilio_account, seen.greeting) == ("ACnew", "one")
        rows("UPDATE runs SET lease_until = clock_timestamp() - interval '1 second' RETURNING id")


class TestMemory:
    """What a process has read of a version it need not be told again."""

    @staticmethod
    def _told(run_id: UUID, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
        """What the database says of the organization when each stage is loaded."""
        told: list[Any] = []
        from_settings = Organization.from_settings

        def note(*args: Any, **kwargs: Any) -> Organization:
            told.append(kwargs["version"])
            return from_settings(*args, **kwargs)

        monkeypatch.setattr(Organization, "from_settings", note)
        for stage in STAGES:
            _seen(run_id, stage)
        return told

    def test_a_version_is_told_once(self, made: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
        _change(made, "one")
        assert self._told(_run(made), monkeypatch) == [2]

    def test_what_is_not_written_down_is_never_remembered(self, organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch) -> None:
        assert self._told(_run(organization.id), monkeypatch) == [1] * len(STAGES)
        assert remembered.recall(organization.id, 1) is None

    def test_it_is_bounded(self, made: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(remembered, "AT_MOST", 3)
        seen = Organization.from_settings(made, "clinic", "Clinic", {})
        for version in range(1, 6):
            remembered.keep(made, Organization.from_settings(made, "clinic", "Clinic", {}, version=version))
        assert [remembered.recall(made, version) is not None for version in range(1, 6)] == [False, False, True, True, True]
        assert remembered.recall(made, 5) == Organization.from_settings(made, "clinic", "Clinic", {}, version=5) != seen

    @pytest.mark.parametrize("is_known", [False, True])
    def test_a_claim_and_a_load_are_one_visit_each(self, made: UUID, is_known: bool) -> None:  # noqa: FBT001 - a parameter of the test
        versions.change(made, accepted(clinic()), "ada")
        _seen(_run(made), Stage.TRANSCRIBE)
        run_id = _run(made, "SM2")
        if not is_known:
            remembered._known.clear()
        with visits.counted() as seen:
            load(chain.claim(run_id))
        assert len(seen) == 2
