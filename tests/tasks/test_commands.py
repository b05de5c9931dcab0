"""Commands for people: what they print, what they change, what they say when something is wrong."""

import pkgutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import click
import pytest
from click.testing import CliRunner, Result

import settings
from db import api_keys, organizations
from db.tables.organizations import OrganizationRow
from domain.callback_tokens import Credentials, IntakeToken, verify
from tasks.commands import batches, intake, keys, reprocess, setup
from tests.architecture.source import ROOT
from tests.support import chain, messages
from tests.support.factories import ApiKeyFactory, OrganizationFactory, TranscriptFactory
from tests.support.stored import count, rows

ORG = ("--org", "test")
NEXT = "`celery -A tasks batches --org test` shows how far they are, `celery -A tasks diff {} --org test` what changes."
DAYS = ("--since", "2026-11-03", "--until", "2026-11-04")
DAY = datetime(2026, 11, 1, tzinfo=UTC)


def _run(command: click.Command, *arguments: str, fails: bool = False) -> Result:
    result = CliRunner().invoke(command, arguments)
    assert (result.exit_code != 0) is fails, result.output
    return result


def _commands() -> dict[str, click.Command]:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["entry-points"]["celery.commands"]
    return {name: pkgutil.resolve_name(place) for name, place in scripts.items()}


class TestSetup:
    """What every release runs."""

    def test_a_second_release_changes_nothing(self) -> None:
        assert _run(setup.setup).output == "organization default: made\n"
        before = chain.whole("organizations")
        assert _run(setup.setup).output == "organization default: there already\n"
        assert chain.whole("organizations") == before

    def test_each_account_gets_an_organization(self, configured: Callable[..., None]) -> None:
        second = f"AC{'c' * 32}"
        configured(
            TWILIO_ACCOUNTS=f'{{"AC{"b" * 32}": ["t"], "{second}": ["t"], "SK{"d" * 32}": ["t"], "{second}/webhooks_sharedkey_x": ["t"]}}',
            TWILIO_ACCOUNT_SID="",
            TWILIO_AUTH_TOKEN="",
        )
        _run(setup.setup)
        assert [(found["slug"], found["twilio_account_sid"]) for found in rows("SELECT * FROM organizations ORDER BY slug DESC")] == [
            ("default", f"AC{'b' * 32}"),
            (second.lower(), second),
        ]

    def test_a_house_without_twilio_gets_its_organization_too(self, configured: Callable[..., None]) -> None:
        configured(TWILIO_ACCOUNT_SID="", TWILIO_AUTH_TOKEN="")
        _run(setup.setup)
        assert [found["twilio_account_sid"] for found in chain.whole("organizations")] == [None]

    def test_the_account_that_comes_later_is_told_to_the_organization(self, configured: Callable[..., None]) -> None:
        """The first release had no Twilio account; when one is configured, its webhooks must find their organization."""
        configured(TWILIO_ACCOUNT_SID="", TWILIO_AUTH_TOKEN="")
        _run(setup.setup)
        account = f"AC{'e' * 32}"
        configured(TWILIO_ACCOUNT_SID=account, TWILIO_AUTH_TOKEN="token")
        _run(setup.setup)
        found = organizations.find_by_twilio_account(account)
        assert found
        assert found.slug == "default"
        assert count("organizations") == 1

    def test_an_account_that_replaces_another_gets_an_organization_of_its_own(self, configured: Callable[..., None]) -> None:
        _run(setup.setup)
        account = f"AC{'e' * 32}"
        configured(TWILIO_ACCOUNT_SID=account, TWILIO_AUTH_TOKEN="token")
        made, advice = _run(setup.setup).output.splitlines()
        assert made == f"organization {account.lower()}: made"
        assert f"add `--org {account.lower()}` to {setup.OF_ONE}" in advice
        assert organizations.find_by_twilio_account(account)

    def test_it_names_every_command_that_takes_an_organization(self) -> None:
        commands = _commands()
        of_one = {
            name
            for name, command in commands.items()
            for each in (command, *getattr(command, "commands", {}).values())
            if any("--org" in option.opts for option in each.params)
        }
        assert set(setup.OF_ONE.replace(" and ", ", ").split(", ")) == of_one

    def test_nobody_is_greeted_with_an_account_sid(self, configured: Callable[..., None]) -> None:
        _run(setup.setup)
        configured(TWILIO_ACCOUNT_SID=f"AC{'e' * 32}", TWILIO_AUTH_TOKEN="token")
        _run(setup.setup)
        assert [found["name"] for found in chain.whole("organizations")] == ["Front Desk", "Front Desk"]

    def test_on_one_machine_the_default_organization_takes_the_account_that_replaces_another(self, configured: Callable[..., None]) -> None:
        """The demo's invented account came first; keys and intake-url mean `default`, so the real account must lead there too."""
        _run(setup.setup)
        account = f"AC{'e' * 32}"
        configured(TWILIO_ACCOUNT_SID=account, TWILIO_AUTH_TOKEN="token", HOOKLINE_EXCHANGE_ACCOUNT="1")
        assert _run(setup.setup).output == "organization default: there already\n"
        found = organizations.find_by_twilio_account(account)
        assert found
        assert found.slug == "default"
        assert count("organizations") == 1

    def test_an_account_that_has_an_organization_keeps_it(self, configured: Callable[..., None]) -> None:
        theirs = OrganizationFactory.create(slug="clinic", twilio_account_sid=f"AC{'e' * 32}")
        _run(setup.setup)
        configured(TWILIO_ACCOUNT_SID=theirs.twilio_account_sid, TWILIO_AUTH_TOKEN="token")
        assert "add `--org clinic`" in _run(setup.setup, "--exchange").output
        assert (organizations.find_by_twilio_account(f"AC{'e' * 32}") or pytest.fail("gone")).slug == "clinic"


@pytest.mark.usefixtures("organization")
class TestKeys:
    """API keys, shown once."""

    def test_a_key_is_shown_once_and_kept_as_a_hash(self) -> None:
        result = _run(keys.keys, "create", *ORG, "--name", "ops")
        key = result.stdout.strip()
        assert key.startswith("hk_")
        assert "cannot be shown again" in result.stderr
        assert key not in _run(keys.keys, "list", *ORG).output
        assert key.rsplit("_", 1)[-1] not in str(chain.whole("api_keys"))

    def test_keys_are_listed_with_their_state(self) -> None:
        _run(keys.keys, "create", *ORG, "--name", "ops")
        [found] = chain.whole("api_keys")
        assert _run(keys.keys, "list", *ORG).output == f"{found['id']}  ops  viewer  active  never used\n"
        assert _run(keys.keys, "revoke", *ORG, found["id"]).output == "revoked\n"
        assert _run(keys.keys, "list", *ORG).output == f"{found['id']}  ops  viewer  revoked  never used\n"
        assert (api_keys.find(UUID(found["id"])) or pytest.fail("gone")).revoked_at

    def test_a_key_is_revoked_once(self) -> None:
        _run(keys.keys, "create", *ORG, "--name", "ops")
        [found] = chain.whole("api_keys")
        _run(keys.keys, "revoke", *ORG, found["id"])
        assert "has no active key" in _run(keys.keys, "revoke", *ORG, found["id"], fails=True).output

    def test_another_organizations_key_is_neither_listed_nor_revoked(self) -> None:
        theirs = ApiKeyFactory.create()
        assert _run(keys.keys, "list", *ORG).output == ""
        assert "keys list" in _run(keys.keys, "revoke", *ORG, str(theirs.id), fails=True).output

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (("create", "--org", "nobody", "--name", "x"), "There is no organization 'nobody'. Name another with --org: there is test.\n"),
            (("create", *ORG), "Missing option '--name'"),
            (("revoke", *ORG, "me"), "'me' is not a valid UUID: `celery -A tasks keys list` shows the ids"),
            (("revoke", *ORG, str(uuid4())), "has no active key"),
        ],
    )
    def test_a_mistake_is_told_without_a_traceback(self, arguments: tuple[str, ...], says: str) -> None:
        output = _run(keys.keys, *arguments, fails=True).output
        assert says in output
        assert "Traceback" not in output


@pytest.mark.usefixtures("organization")
class TestIntakeUrl:
    """Where Deepgram may send what nobody asked for."""

    @staticmethod
    def _token(url: str) -> object:
        credentials, _, path = url.strip().removeprefix("https://").partition("@")
        presented = Credentials(path.rpartition("/")[2], credentials.partition(":")[2])
        return verify(settings.current().secret_key, presented, datetime.now(UTC))

    def test_the_url_opens_the_door_of_its_organization(self) -> None:
        tenant = organizations.find_by_slug("test")
        assert tenant
        url = _run(intake.intake_url, *ORG).output
        assert self._token(url) == IntakeToken(tenant.id, 1)
        assert url == _run(intake.intake_url, *ORG).output

    def test_a_rotated_url_is_another_one(self) -> None:
        before = _run(intake.intake_url, *ORG).output
        after = _run(intake.intake_url, *ORG, "--rotate").output
        tenant = organizations.find_by_slug("test")
        assert tenant
        assert (after != before, self._token(after)) == (True, IntakeToken(tenant.id, 2))
        assert after == _run(intake.intake_url, *ORG).output

    def test_nobodys_url_is_not_shown(self) -> None:
        assert "There is no organization 'nobody'" in _run(intake.intake_url, "--org", "nobody", fails=True).output


class TestReprocess:
    """Works stored transcripts off again."""

    def _transcripts(self, organization: OrganizationRow, *days: int) -> None:
        for day in days:
            TranscriptFactory.create(organization_id=organization.id, created_at=DAY + timedelta(days=day))

    def test_it_says_how_many_runs_it_made_and_sends_nothing(self, organization: OrganizationRow) -> None:
        self._transcripts(organization, 0, 1, 2, 3)
        result = _run(reprocess.reprocess, *ORG, "--since", "2026-11-02", "--until", "2026-11-04", "--name", "two", "--yes")
        assert result.output.splitlines()[-2:] == ["Batch two: 2 reprocess runs, 0 done, 0 dead; nothing is sent.", NEXT.format("two")]
        assert {found["purpose"] for found in chain.whole("runs")} == {"reprocess"}
        assert count("effects") == 0

    @pytest.mark.usefixtures("organization")
    def test_a_stretch_without_transcripts_makes_no_runs(self) -> None:
        result = _run(reprocess.reprocess, *ORG, "--since", "2026-11-02", "--until", "2026-11-04")
        assert result.output.splitlines()[-1].startswith("0 reprocess runs")
        assert count("batches") == 0

    def test_times_may_say_their_offset(self, organization: OrganizationRow) -> None:
        self._transcripts(organization, 1)
        bounds = ("--since", "2026-11-02T01:00:00+01:00", "--until", "2026-11-02T01:00:01+01:00")
        assert "1 reprocess runs" in _run(reprocess.reprocess, *ORG, *bounds, "--yes").output

    @pytest.mark.usefixtures("organization")
    def test_another_organization_is_left_alone(self) -> None:
        self._transcripts(OrganizationFactory.create(), 1)
        _run(reprocess.reprocess, *ORG, "--since", "2026-11-01", "--until", "2026-11-04")
        assert count("runs") == 0

    def test_the_same_command_twice_opens_each_run_once(self, organization: OrganizationRow) -> None:
        self._transcripts(organization, 1, 2)
        for _ in range(2):
            _run(reprocess.reprocess, *ORG, "--since", "2026-11-01", "--until", "2026-11-04", "--yes")
        assert (count("runs"), count("batches")) == (2, 1)

    def test_it_asks_before_it_opens_anything(self, organization: OrganizationRow) -> None:
        self._transcripts(organization, 1)
        result = CliRunner().invoke(reprocess.reprocess, [*ORG, "--since", "2026-11-01", "--until", "2026-11-04"], input="n\n")
        assert (result.exit_code, count("runs"), count("batches")) == (1, 0, 0)

    def test_the_offline_engines_say_that_they_know_no_prompt(self, organization: OrganizationRow) -> None:
        self._transcripts(organization, 1)
        said = _run(reprocess.reprocess, *ORG, "--since", "2026-11-01", "--until", "2026-11-04", "--plan", "--prompt", "reply-4").output
        assert "they know no --prompt and no --model" in said
        assert "Calls: openai 0, deepgram 0" in said

    def test_a_batch_is_gone_on_with_and_cancelled_by_its_name(self, organization: OrganizationRow) -> None:
        self._transcripts(organization, 1)
        _run(reprocess.reprocess, *ORG, "--since", "2026-11-01", "--until", "2026-11-04", "--name", "mine", "--yes")
        self._transcripts(organization, 2)
        assert "Batch mine: 2 reprocess runs" in _run(reprocess.reprocess, *ORG, "--resume", "mine").output
        assert "2 runs were ended" in _run(reprocess.reprocess, *ORG, "--cancel", "mine").output
        assert "was cancelled" in _run(reprocess.reprocess, *ORG, "--resume", "mine", fails=True).output
        assert "cancelled, by" in _run(batches.batches, *ORG).output

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (("--since", "last week", "--until", "2026-11-04"), "'last week' is not a time such as 2026-11-20"),
            (("--since", "2026-11-04", "--until", "2026-11-04"), "must be before --until"),
            (("--since", "2026-11-05", "--until", "2026-11-04"), "must be before --until"),
            (("--since", "2026-11-04"), "Missing option '--until'"),
            ((*DAYS, "--where", "colour=red"), "'colour' is none of engine, escalated, intent, role, source, status"),
            ((*DAYS, "--where", "role=boss"), "role may be agent, customer, unsure"),
            ((*DAYS, "--prompt", "reply-99"), "'reply-99' is none of reply-3, reply-4, understanding-2"),
            ((*DAYS, "--model", "a model"), "is not a model's name"),
            ((*DAYS, "--from-step", "persist"), "'persist' is not one of"),
            (("--resume", "nothing"), "There is no batch 'nothing'"),
            (("--org", "nobody", "--since", "2026-11-03", "--until", "2026-11-04"), "There is no organization 'nobody'"),
        ],
    )
    def test_a_mistake_is_told_and_makes_nothing(self, organization: OrganizationRow, arguments: tuple[str, ...], says: str) -> None:
        self._transcripts(organization, 1)
        output = _run(reprocess.reprocess, *ORG, *arguments, fails=True).output
        assert says in output
        assert "Traceback" not in output
        assert count("runs") == 0

    def test_it_is_a_celery_subcommand(self, organization: OrganizationRow) -> None:
        self._transcripts(organization, 0)
        celery = str(Path(sys.executable).with_name("celery"))
        command = [celery, "-A", "tasks", "reprocess", *ORG, "--since", "2026-11-01", "--until", "2026-11-02", "--name", "one", "--yes"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=180, check=False)
        last = ["Batch one: 1 reprocess runs, 0 done, 0 dead; nothing is sent.", NEXT.format("one")]
        assert (done.returncode, done.stdout.splitlines()[-2:]) == (0, last), done.stderr
        assert count("runs") == 1
        assert messages.names("batch") == []  # the sweeper paces them


@pytest.mark.parametrize(
    "command", ["parked", "setup", "intake-url", "organization", "retry --all --yes", "keys list", "explain-signature"]
)
def test_without_its_database_a_command_says_so_in_a_sentence(configured: Callable[..., None], command: str) -> None:
    name, *arguments = command.split()
    configured(DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    result = CliRunner().invoke(_commands()[name], arguments)
    assert (result.exit_code, type(result.exception)) == (1, SystemExit)
    assert result.output.startswith("Error: The database did not answer (database:OperationalError)")
