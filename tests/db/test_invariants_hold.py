"""A house that is busy and well raises no alarm, whatever it went through."""

from db.tables.organizations import OrganizationRow
from tests.support.invariants import assert_they_hold
from tests.support.lived_in import LivedIn, go_on_living


def test_an_empty_house_breaks_no_promise() -> None:
    assert_they_hold()


def test_a_house_in_which_everything_has_happened_breaks_no_promise(organization: OrganizationRow) -> None:
    house = LivedIn(organization.id)
    assert_they_hold()
    go_on_living(house)
    assert_they_hold()
