"""``celery -A tasks organization``: what it shows and changes."""

import pytest
from click.testing import CliRunner

from db.tables.organizations import OrganizationRow
from db.work import load
from domain.chain import Stage
from tasks.commands import setup
from tasks.commands.organization import organization as command
from tests.support import chain
from tests.support.stored import rows


def _run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(command, ["--org", "test", *arguments])
    return done.exit_code, done.output


def test_without_a_change_it_shows_what_there_is(organization: OrganizationRow) -> None:
    before = chain.whole("organizations")
    code, said = _run()
    assert code == 0
    assert said.splitlines() == [
        f"name: {organization.name}",
        "hours: Monday to Friday, 8:00 to 18:00",
        'services: ["cleaning", "check-up"]',
        "on_call: none (default)",
        "sends_from: none (default)",
        "answers_calls_by_sms: false (default)",
        "critical: false (default)",
    ]
    assert chain.whole("organizations") == before


def test_what_is_given_is_changed_and_reaches_the_next_run(organization: OrganizationRow) -> None:
    _run("--hours", "never")
    code, said = _run("--name", "Elm Street", "--service", "cleaning", "--service", "check-up", "--on-call", "+15005550111",
                      "--answer-calls-by-sms", "--critical")  # fmt: skip
    assert code == 0, said
    run_id = chain.store_sms(organization.id).run_id
    assert run_id
    seen = load(chain.claim(run_id, Stage.TRANSCRIBE)).organization
    assert (seen.name, seen.hours, seen.services, seen.on_call) == ("Elm Street", "never", ("cleaning", "check-up"), "+15005550111")
    assert (seen.answers_calls_by_sms, seen.is_critical, seen.twilio_account) == (True, True, organization.twilio_account_sid)
    _run("--no-answer-calls-by-sms", "--not-critical")
    assert _run()[1].splitlines()[-2:] == ["answers_calls_by_sms: false", "critical: false"]


def test_what_nobody_set_is_marked_as_the_default(organization: OrganizationRow) -> None:
    rows("UPDATE organizations SET settings = '{}', name = %s WHERE id = %s RETURNING id", setup.NAME, organization.id)
    code, said = _run()
    assert code == 0
    assert said.splitlines() == [
        "name: Front Desk (default)",
        "hours: none (default)",
        "services: none (default)",
        "on_call: none (default)",
        "sends_from: none (default)",
        "answers_calls_by_sms: false (default)",
        "critical: false (default)",
    ]


def test_hours_can_be_taken_back(organization: OrganizationRow) -> None:
    del organization
    _run("--hours", "always")
    assert "hours: always\n" in _run()[1]
    assert "hours: none (default)\n" in _run("--hours", "")[1]


def test_a_setting_without_an_option_is_shown_too(organization: OrganizationRow) -> None:
    rows("""UPDATE organizations SET settings = settings || '{"persona": "brief"}' WHERE id = %s RETURNING id""", organization.id)
    assert _run()[1].splitlines()[-1] == "persona: brief"


@pytest.mark.parametrize(("arguments", "says"), [(("--on-call", "the boss"), "+15551234567"), (("--org", "nobody"), "no organization")])
def test_a_mistake_is_told_and_changes_nothing(organization: OrganizationRow, arguments: tuple[str, ...], says: str) -> None:
    before = chain.whole("organizations")
    code, said = _run(*arguments)
    assert code != 0
    assert says in said
    assert chain.whole("organizations") == before
