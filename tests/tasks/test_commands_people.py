"""``celery -A tasks people`` and ``keys``: what they print, keep and audit."""

from click.testing import CliRunner, Result

from db import passwords, people
from db.tables.organizations import OrganizationRow
from tasks.commands.keys import keys
from tasks.commands.people import staff
from tasks.commands.plan import plan
from tests.support.stored import rows

ORG = ("--org", "test")


def _run(*arguments: str, fails: bool = False) -> Result:
    result = CliRunner().invoke(staff, arguments)
    assert (result.exit_code != 0) is fails, result.output
    return result


def _acts() -> list[tuple[str, str]]:
    return [(found["actor"], found["act"]) for found in rows("SELECT actor, act FROM audits ORDER BY at")]


def test_somebody_is_let_in_listed_and_let_in_no_more(organization: OrganizationRow) -> None:
    password = _run("create", *ORG, "--login", " Ada ", "--scope", "operator", "--by", "eve").stdout.splitlines()[-1]
    [ada] = people.fetch_all(organization.id)
    assert (ada.login, ada.scope.value) == ("ada", "operator")
    assert passwords.matches(ada.password_hash, password)
    assert _run("list", *ORG).stdout == f"{ada.id}  ada  operator  active\n"

    another = _run("password", *ORG, "ADA", "--by", "eve").stdout.splitlines()[-1]
    [ada] = people.fetch_all(organization.id)
    assert passwords.matches(ada.password_hash, another)
    assert not passwords.matches(ada.password_hash, password)

    assert _run("disable", *ORG, "ada", "--by", "eve").stdout == "disabled\n"
    assert "disabled" in _run("list", *ORG).stdout
    for command in ("disable", "password"):
        assert "has nobody active with this login" in _run(command, *ORG, "ada", fails=True).output
    assert _acts() == [("eve", "person.create"), ("eve", "person.give_password"), ("eve", "person.disable")]
    assert password not in str(rows("SELECT a::text FROM audits AS a"))


def test_a_login_is_somebodys_once(organization: OrganizationRow) -> None:
    _run("create", *ORG, "--login", "ada")
    assert "has this login already" in _run("create", *ORG, "--login", "ADA", fails=True).output
    assert "characters" in _run("create", *ORG, "--login", "  ", fails=True).output


def test_keys_that_a_person_makes_or_revokes_are_audited(organization: OrganizationRow) -> None:
    made = CliRunner().invoke(keys, ["create", *ORG, "--name", "k", "--by", "eve"])
    key_id = made.stdout.splitlines()[-1].split("_")[1]
    assert CliRunner().invoke(keys, ["list", *ORG]).stdout.rstrip().endswith("active  never used")
    assert CliRunner().invoke(keys, ["revoke", *ORG, key_id, "--by", "eve"]).exit_code == 0
    assert _acts() == [("eve", "key.create"), ("eve", "key.revoke")]


def test_an_organization_is_given_a_plan_that_has_a_figure(organization: OrganizationRow) -> None:
    told = CliRunner().invoke(plan, [*ORG, "pro", "--by", "eve"])
    assert told.output == "test: pro, 12000 requests a minute for each key and person\n"
    assert rows("SELECT plan FROM organizations") == [{"plan": "pro"}]
    refused = CliRunner().invoke(plan, [*ORG, "gold"])
    assert (refused.exit_code, "but free, pro" in refused.output) == (1, True)
    assert _acts() == [("eve", "organization.give_plan")]
