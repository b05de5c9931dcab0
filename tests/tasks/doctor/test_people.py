"""Whoever is in danger shall reach somebody: an organization that names nobody is told."""

from db.tables.organizations import OrganizationRow
from domain.diagnosis.finding import Weight
from tasks.doctor import people
from tests.support.factories import OrganizationFactory
from tests.support.stored import rows


def test_an_organization_that_names_nobody_is_told(organization: OrganizationRow) -> None:
    OrganizationFactory.create(slug="other", settings={"front_desk": "+15005550112"})
    [finding] = people.look()
    assert (finding.code, finding.weight) == ("nobody_on_call", Weight.FINE)
    assert finding.sentence.startswith("1 organization")
    assert f"--org {organization.slug} --on-call" in (finding.fix or "")


def test_whoever_is_on_call_or_at_the_front_desk_is_somebody(organization: OrganizationRow) -> None:
    rows("UPDATE organizations SET settings = jsonb_build_object('on_call', '+15005550111') RETURNING id")
    assert people.look() == []
    rows("UPDATE organizations SET settings = jsonb_build_object('on_call', '') RETURNING id")
    assert people.look()
