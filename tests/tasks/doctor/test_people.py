"""Whoever is in danger shall reach somebody: an organization that names nobody is told."""

import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from db.tables.organizations import OrganizationRow
from domain.diagnosis.finding import Weight
from domain.diagnosis.repairs import command_in
from tasks.commands.organization import organization as command
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


@pytest.mark.parametrize("harm", ['"on_call"', "[]", "3", "null"])
def test_settings_that_nobody_can_read_are_told_and_put_back(
    organization: OrganizationRow, harm: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody changed the row by hand; what was there is in its last version."""
    monkeypatch.chdir(tmp_path)
    _organization("--org", organization.slug, "--on-call", "+15005550111", "--hours", "Monday to Friday")
    assert people.look() == []
    rows("UPDATE organizations SET settings = CAST(%s AS jsonb) WHERE slug = %s RETURNING id", harm, organization.slug)
    found = people.look()[0]
    assert (found.code, found.weight) == ("organization_settings_unread", Weight.BROKEN)
    for typed in (command_in(found.fix or "") or "").split(" && "):
        _organization(*shlex.split(typed)[4:])
    assert people.look() == []
    assert "Monday to Friday" in _organization("--org", organization.slug)


def test_settings_of_which_no_version_was_kept_are_written_anew(organization: OrganizationRow) -> None:
    rows("UPDATE organizations SET settings = '\"on_call\"' WHERE slug = %s RETURNING id", organization.slug)
    found = people.look()[0]
    assert (found.fix or "").endswith(f"celery -A tasks organization --org {organization.slug} --on-call NUMBER")
    _organization("--org", organization.slug, "--on-call", "+15005550111")
    assert people.look() == []


def _organization(*options: str) -> str:
    done = CliRunner().invoke(command, options)
    assert done.exit_code == 0, done.output
    return done.output
