"""``celery -A tasks organization``: what it shows and changes."""

import pytest
from click.testing import CliRunner

from db.tables.organizations import OrganizationRow
from db.work import load
from domain.chain import Stage
from tasks.commands.organization import organization as command
from tests.support import chain


def _run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(command, ["--org", "test", *arguments])
    return done.exit_code, done.output


def test_without_a_change_it_shows_what_there_is(organization: OrganizationRow) -> None:
    before = chain.whole("organizations")
    assert _run() == (0, f"name: {organization.name}\n" + "".join(f"{k}: {v}\n" for k, v in sorted(organization.settings.items())))
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
    assert "answers_calls_by_sms: False" in _run()[1]


@pytest.mark.parametrize(("arguments", "says"), [(("--on-call", "the boss"), "+15551234567"), (("--org", "nobody"), "no organization")])
def test_a_mistake_is_told_and_changes_nothing(organization: OrganizationRow, arguments: tuple[str, ...], says: str) -> None:
    before = chain.whole("organizations")
    code, said = _run(*arguments)
    assert code != 0
    assert says in said
    assert chain.whole("organizations") == before
