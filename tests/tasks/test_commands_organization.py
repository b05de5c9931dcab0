"""``celery -A tasks organization``: what it shows and changes."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from click.testing import CliRunner

from db import organization_versions
from db.tables.organizations import OrganizationRow
from db.work import load
from domain.chain import Stage
from domain.organizations.organization_settings import Kept, Settings, accepted
from tasks.commands import setup
from tasks.commands.organization import organization as command
from tests.support import chain
from tests.support.documents import CLINIC
from tests.support.factories import OrganizationFactory
from tests.support.stored import count, rows


def _run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(command, ["--org", "test", *arguments])
    return done.exit_code, done.output


def test_without_a_change_it_shows_what_there_is(organization: OrganizationRow) -> None:
    before = chain.whole("organizations")
    code, said = _run()
    assert code == 0
    assert said.splitlines()[:7] == [
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
    assert _run()[1].splitlines()[5:7] == ["answers_calls_by_sms: false", "critical: false"]


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
        "vertical: general (default)",
        'persona: {"locale": "en-US"} (default)',
        "greeting: none (default)",
        "goals: none (default)",
        "front_desk: none (default)",
        "alarm_words: none (default)",
        "never_promise: none (default)",
        "intents: none (default)",
        "intake: none (default)",
        "texts_silent_callers: true (default)",
        "transcribes_live: false (default)",
        "version: 1",
    ]


def test_what_every_start_makes_is_all_default_and_has_a_version(configured: Callable[..., None]) -> None:
    configured()
    assert CliRunner().invoke(setup.setup).exit_code == 0
    said = CliRunner().invoke(command).output.splitlines()
    assert [line for line in said if not line.endswith("(default)")] == ["version: 1"]
    assert re.fullmatch(r"1  [-0-9]+ [:0-9]+  by setup\n", CliRunner().invoke(command, "--history").output)


def test_hours_can_be_taken_back(organization: OrganizationRow) -> None:
    del organization
    _run("--hours", "always")
    assert "hours: always\n" in _run()[1]
    assert "hours: none (default)\n" in _run("--hours", "")[1]


def test_a_setting_of_another_release_is_shown_too(organization: OrganizationRow) -> None:
    rows("""UPDATE organizations SET settings = '{"persona": "brief", "colour": "red"}' WHERE id = %s RETURNING id""", organization.id)
    assert {"persona: brief", "colour: red"} <= set(_run()[1].splitlines())


def test_every_setting_has_an_option_or_comes_by_file(organization: OrganizationRow, tmp_path: Path) -> None:
    by_option = (
        *("--name", CLINIC["name"], "--vertical", "medical", "--service", "check-ups", "--service", "vaccinations"),
        *("--service", "lab tests", "--persona-name", "Maya", "--tone", "warm and brief", "--locale", "en-IN"),
        *("--greeting", CLINIC["greeting"], "--goal", CLINIC["goals"][0], "--goal", CLINIC["goals"][1]),
        *("--on-call", "+15005550111", "--front-desk", "+15005550112", "--sends-from", "+15005550100"),
        *("--alarm-word", "insulin pump alarm", "--never-promise", "same-day appointment", "--never-promise", "refund"),
        *("--answer-calls-by-sms", "--no-text-silent-callers", "--transcribe-live", "--critical"),
    )
    assert _run(*by_option)[0] == 0
    file_only = ("hours", "intents", "intake")
    rest = {name: value for name, value in CLINIC.items() if name not in file_only}
    assert {name: value for name, value in json.loads(_run("--to", "-")[1]).items() if name not in file_only} == rest
    (tmp_path / "clinic.json").write_text(json.dumps(CLINIC), encoding="utf-8")
    assert _run("--from", str(tmp_path / "clinic.json"))[0] == 0
    assert json.loads(_run("--to", "-")[1]) == CLINIC
    said = _run()[1].splitlines()
    assert [line for line in said if line.endswith("(default)")] == []
    assert 'intents: ["refill", "test_results", "opening_hours", "book_appointment"]' in said
    assert 'persona: {"name": "Maya", "tone": "warm and brief", "locale": "en-IN"}' in said


def test_what_stands_inside_a_setting_is_changed_alone(organization: OrganizationRow) -> None:
    _run("--tone", "brief", "--never-promise", "refund")
    _run("--locale", "en-IN", "--critical")
    settings = json.loads(_run("--to", "-")[1])
    assert (settings["persona"], settings["policy"]) == (
        {"tone": "brief", "locale": "en-IN"},
        {"critical": True, "never_promise": ["refund"]},
    )


def test_a_tone_from_before_stays_the_tone(organization: OrganizationRow) -> None:
    rows("""UPDATE organizations SET settings = '{"persona": "brief"}' WHERE id = %s RETURNING id""", organization.id)
    _run("--locale", "en-IN")
    assert json.loads(_run("--to", "-")[1])["persona"] == {"tone": "brief", "locale": "en-IN"}


def test_a_list_can_be_taken_back(organization: OrganizationRow) -> None:
    _run("--goal", "be brief")
    assert "goals: none (default)" in _run("--goal", "")[1]


def test_who_changed_what_and_when_is_listed_and_what_was_can_be_had_again(organization: OrganizationRow, tmp_path: Path) -> None:
    assert _run("--history") == (0, "nothing was changed since versions are kept\n")
    _run("--greeting", "one", "--by", "ada")
    _run("--greeting", "two", "--by", "ben")
    lines = [re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "then", line) for line in _run("--history")[1].splitlines()]
    assert lines == ["3  then  by ben", "2  then  by ada", "1  then  by somebody, before versions were kept"]
    assert "greeting: one\n" in _run("--at", "2")[1]
    _run("--at", "2", "--to", str(tmp_path / "then.json"))
    code, said = _run("--from", str(tmp_path / "then.json"), "--by", "ada")
    assert (code, "greeting: one\n" in said, "version: 4\n" in said) == (0, True, True)
    assert "has no version 9; --history lists" in _run("--at", "9")[1]


def test_a_change_between_look_and_change_is_not_overwritten(organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else is quicker, each time."""
    change = organization_versions.change

    def late(organization_id: UUID, wanted: Settings, by: str, expected: set[int]) -> Kept:
        change(organization_id, accepted({"name": "Theirs"}), "ben")
        return change(organization_id, wanted, by, expected)

    monkeypatch.setattr(organization_versions, "change", late)
    code, said = _run("--greeting", "Hello.")
    assert (code, "at version 2 now" in said) == (1, True)
    assert "name: Theirs\n" in _run()[1]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('{"name": "Joe",\n "hours" 9}', "That is no JSON: Expecting ':' delimiter in line 2, column 10."),
        ("[1]", "must hold one JSON object"),
        ("[" * 100_000, "That is no JSON of settings"),
        ('{"vertical": "starship"}', "Error: name: is missing\nvertical: must be one of general, medical"),
        ('{"name": "Joe", "persona": {"locale": "English"}}', "Error: persona.locale: must be a language tag such as en-IN"),
    ],
)
def test_a_file_that_cannot_be_is_explained_and_changes_nothing(
    organization: OrganizationRow, tmp_path: Path, content: str, says: str
) -> None:
    (tmp_path / "settings.json").write_text(content, encoding="utf-8")
    before = chain.whole("organizations")
    code, said = _run("--from", str(tmp_path / "settings.json"))
    assert (code, says in said) == (1, True), said
    assert (chain.whole("organizations"), count("organization_versions")) == (before, 0)


def test_a_file_of_an_editor_that_marks_its_encoding_is_read(organization: OrganizationRow, tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text('{"name": "Zoë"}', encoding="utf-8-sig")
    assert "name: Zoë\n" in _run("--from", str(tmp_path / "settings.json"))[1]


def test_one_thing_is_asked_for_at_a_time(organization: OrganizationRow) -> None:
    code, said = _run("--history", "--greeting", "Hello.")
    assert (code, "one thing at a time" in said) == (2, True)


@pytest.mark.parametrize(("arguments", "says"), [(("--on-call", "the boss"), "+15551234567"), (("--org", "nobody"), "no organization")])
def test_a_mistake_is_told_and_changes_nothing(organization: OrganizationRow, arguments: tuple[str, ...], says: str) -> None:
    before = chain.whole("organizations")
    code, said = _run(*arguments)
    assert code != 0
    assert says in said
    assert chain.whole("organizations") == before


@pytest.mark.parametrize(("others", "told"), [(1, "org-00, test."), (12, "org-09 and 3 more.")])
def test_an_organization_that_is_not_there_is_told_with_those_that_are(organization: OrganizationRow, others: int, told: str) -> None:
    for number in range(others):
        OrganizationFactory.create(slug=f"org-{number:02}")
    done = CliRunner().invoke(command, ["--org", "tets"])
    assert done.exit_code == 1
    assert done.output.startswith("Error: There is no organization 'tets'. Name another with --org: there are org-00, ")
    assert done.output.endswith(f"{told}\n")


def test_where_no_organization_is_there_setup_makes_one() -> None:
    assert "Run `celery -A tasks setup` first" in CliRunner().invoke(command, ["--org", "test"]).output
