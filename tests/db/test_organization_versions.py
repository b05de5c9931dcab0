"""Settings change one version after the other: each is kept with who made it, and of two changes at once one is told to look again."""

from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest

from db import organization_versions as versions
from db import organizations
from db.tables.organizations import OrganizationRow
from domain.errors import ChangedMeanwhileError, StoreUnavailable
from domain.organizations.organization_settings import Kept, Settings, accepted
from tests.support import chain
from tests.support.documents import CLINIC, clinic
from tests.support.factories import OrganizationFactory
from tests.support.stored import count, row, rows


def _made(slug: str = "clinic") -> UUID:
    found = organizations.ensure(slug, "Clinic", None)
    assert found
    return found[0].id


def _change(organization_id: UUID, expected: set[int] | None = None, **settings: Any) -> Kept:
    return versions.change(organization_id, accepted({"name": "Clinic", **settings}), "ada", expected)


def _list(organization_id: UUID, before: int | None = None, limit: int = 100) -> list[tuple[int, str]]:
    return [(each.version, each.changed_by) for each in versions.fetch_list(organization_id, before, limit)]


def test_an_organization_begins_with_version_one() -> None:
    made = _made()
    assert _list(made) == [(1, "setup")]
    assert versions.fetch(made) == versions.fetch(made, 1) == Kept(1, Settings("Clinic", "general", {}))


def test_who_is_there_already_gets_no_version() -> None:
    made = _made()
    _made()
    assert _list(made) == [(1, "setup")]


def test_a_change_makes_a_version_and_the_one_before_can_be_read() -> None:
    made = _made()
    assert versions.change(made, accepted(CLINIC), "ada") == Kept(2, accepted(CLINIC))
    assert _change(made, greeting="Hello.").version == 3
    assert [kept and kept.settings.document for kept in (versions.fetch(made, 2), versions.fetch(made, 3), versions.fetch(made))] == [
        CLINIC,
        *[{"name": "Clinic", "vertical": "general", "greeting": "Hello."}] * 2,
    ]
    assert _list(made) == [(3, "ada"), (2, "ada"), (1, "setup")]


def test_versions_are_listed_in_pieces() -> None:
    made = _made()
    for number in range(4):
        _change(made, greeting=f"Hello {number}.")
    assert [version for version, _ in _list(made, limit=2)] == [5, 4]
    assert [version for version, _ in _list(made, before=4, limit=2)] == [3, 2]
    assert _list(made, before=1) == []


def test_an_organization_from_before_keeps_the_version_that_was_there(organization: OrganizationRow) -> None:
    before = versions.fetch(organization.id)
    assert before == versions.fetch(organization.id, 1)
    assert _list(organization.id) == []
    _change(organization.id, greeting="Hello.")
    assert versions.fetch(organization.id, 1) == before
    assert _list(organization.id) == [(2, "ada"), (1, versions.NOBODY_KNOWS)]


def test_what_is_never_read_by_the_rules_stands_in_its_version_all_the_same() -> None:
    old = OrganizationFactory.create(vertical="starship", settings={"colour": "red", "hours": "x" * 5_000})
    _change(old.id, greeting="Hello.")
    was = versions.fetch(old.id, 1)
    assert was == Kept(1, Settings(old.name, "starship", {"colour": "red", "hours": "x" * 5_000}))


def test_what_changes_nothing_makes_no_version() -> None:
    made = _made()
    _change(made, greeting="Hello.")
    assert _change(made, greeting="Hello.").version == 2
    assert _change(made, {1}, greeting="Hello.").version == 2, "who asks twice because the answer got lost is told the same"
    assert (len(_list(made)), count("audits")) == (2, 1)


def test_a_change_of_what_somebody_else_changed_is_refused_and_changes_nothing() -> None:
    made = _made()
    _change(made, {1}, greeting="Hello.")
    before = chain.whole("organizations")
    with pytest.raises(ChangedMeanwhileError, match="at version 2 now") as refused:
        _change(made, {1}, greeting="Good day.")
    assert refused.value.version == 2
    assert (chain.whole("organizations"), len(_list(made)), count("audits")) == (before, 2, 1)


def test_of_changes_at_once_one_stands() -> None:
    made = _made()

    def attempt(number: int) -> int:
        try:
            return _change(made, {1}, greeting=f"Hello {number}.").version
        except ChangedMeanwhileError as refused:
            return -refused.version

    assert sorted(chain.at_once([partial(attempt, number) for number in range(5)])) == [-2, -2, -2, -2, 2]
    assert len(_list(made)) == 2


def test_changes_at_once_that_expect_nothing_stand_one_after_the_other() -> None:
    made = _made()
    made_versions = chain.at_once([partial(_change, made, greeting=f"Hello {number}.") for number in range(5)])
    assert sorted(kept.version for kept in made_versions) == [2, 3, 4, 5, 6]
    assert [versions.fetch(made, kept.version) for kept in made_versions] == made_versions


def test_a_change_is_audited() -> None:
    made = _made()
    _change(made, greeting="Hello.")
    found = row("SELECT * FROM audits")
    assert (found["organization_id"], found["actor"], found["act"], found["subject"], found["subject_id"]) == (
        str(made), "ada", "organization.change", "organization", str(made),
    )  # fmt: skip


def test_what_comes_in_does_not_wait_for_a_change(organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("db.driver.engine", chain.impatient_engine)
    with chain.holding(f"SELECT FROM organizations WHERE id = '{organization.id}' FOR NO KEY UPDATE"):
        assert chain.store_sms(organization.id).fresh


def test_nobodys_settings_can_be_changed() -> None:
    with pytest.raises(LookupError):
        _change(uuid4(), greeting="Hello.")
    assert versions.fetch(uuid4()) is None
    assert versions.fetch(_made(), 2) is None


def test_another_organizations_versions_are_not_read() -> None:
    mine, theirs = _made("mine"), _made("theirs")
    versions.change(theirs, accepted(clinic()), "ada")
    assert versions.fetch(mine, 2) is None
    assert _list(mine) == [(1, "setup")]


def test_an_outage_is_reported(organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "engine", chain.impatient_engine)
    with chain.holding("LOCK TABLE organizations"), pytest.raises(StoreUnavailable):
        _change(organization.id, greeting="Hello.")
    assert rows("SELECT * FROM organization_versions") == []
