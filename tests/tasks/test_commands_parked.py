"""What waits for a person, and what they do about it: what the commands print, change and refuse."""

import subprocess
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import click
import pytest
from click.testing import CliRunner, Result

from db.tables.organizations import OrganizationRow
from tasks.commands import dismiss, promote, resend, retry
from tasks.commands.parked import parked
from tests.architecture.source import ROOT
from tests.support import chain
from tests.support.factories import THEIR_NUMBER, EffectFactory, OrganizationFactory, RunFactory, TranscriptFactory
from tests.support.stored import count, row, rows

ORG = ("--org", "test")
ENDED = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
SID = f"SM{'0' * 32}"


def _run(command: click.Command, *arguments: object, fails: bool = False, says: str | None = None) -> Result:
    result = CliRunner().invoke(command, [*map(str, arguments), *ORG], input=says)
    assert (result.exit_code != 0) is fails, result.output
    assert "Traceback" not in result.output
    return result


def _dead(organization: OrganizationRow, code: str = "openai:invalid_key", **values: Any) -> UUID:
    values = {"stage": "classify_speakers", "finished_at": ENDED, **values}
    return RunFactory.create(organization_id=organization.id, state="dead", last_error=code, **values).id


def _parked(organization: OrganizationRow, state: str = "unknown") -> UUID:
    return EffectFactory.create(organization_id=organization.id, state=state, last_error="outcome_unknown", finished_at=ENDED).id


def _states() -> list[str]:
    return sorted(found["state"] for found in chain.whole("runs"))


class TestParked:
    """The list."""

    @pytest.mark.usefixtures("organization")
    def test_nothing_is_said_to_be_nothing(self) -> None:
        RunFactory.create(state="dead", last_error="theirs", finished_at=ENDED)
        assert _run(parked).output == "nothing waits for a person\n"

    def test_each_line_names_ids_code_time_and_the_next_command(self, organization: OrganizationRow) -> None:
        transcript = TranscriptFactory.create(organization_id=organization.id, source_ref="RE1")
        run, effect = _dead(organization, transcript_id=transcript.id), _parked(organization)
        conversation = row("SELECT conversation_id FROM effects")["conversation_id"]
        assert _run(parked).output.splitlines() == [
            (
                f"2026-11-20 08:30:00  run {run}  RE1  died at classify_speakers: openai:invalid_key"
                f"  next: celery -A tasks retry {run} --org test"
            ),
            (
                f"2026-11-20 08:30:00  effect {effect}  conversation {conversation}  sms unknown: outcome_unknown"
                f"  next: celery -A tasks resend {effect} --org test"
            ),
        ]
        assert THEIR_NUMBER[1:] not in _run(parked).output

    def test_words_that_the_vendor_says_there_are_none_of_are_to_be_asked_for_anew(self, organization: OrganizationRow) -> None:
        run = _dead(organization, "transcription:failed", stage="transcribe")
        assert f"retry {run} --from transcribe --org test" in _run(parked).output

    def test_only_so_many_are_shown(self, organization: OrganizationRow) -> None:
        for _ in range(3):
            _dead(organization)
            _parked(organization)
        assert len(_run(parked, "--limit", 2).output.splitlines()) == 4

    def test_the_commands_that_it_names_do_what_they_say(self, organization: OrganizationRow) -> None:
        _dead(organization)
        _dead(organization, "transcription:failed", stage="transcribe")
        _parked(organization)
        commands = {"retry": retry.retry, "resend": resend.resend}
        for line in _run(parked).output.splitlines():
            name, *arguments = line.partition("celery -A tasks ")[2].split()
            assert CliRunner().invoke(commands[name], [*arguments, "--yes"]).exit_code == 0
        assert _run(parked).output == "nothing waits for a person\n"


class TestRetry:
    """Runs, by any name or by what they died of."""

    def test_a_run_is_opened_where_it_died(self, organization: OrganizationRow) -> None:
        run = _dead(organization)
        assert _run(retry.retry, run).output == f"run {run} is open again; a worker takes it within seconds\n"
        assert (chain.run_row(run)["state"], chain.run_row(run)["stage"]) == ("ready", "classify_speakers")

    def test_or_at_an_earlier_stage(self, organization: OrganizationRow) -> None:
        run = _dead(organization)
        _run(retry.retry, run, "--from", "transcribe")
        assert chain.run_row(run)["stage"] == "transcribe"

    def test_what_cannot_be_done_is_said_and_the_rest_is_done(self, organization: OrganizationRow) -> None:
        good, late = _dead(organization), _dead(organization, stage="transcribe")
        result = _run(retry.retry, good, late, "SM404", "--from", "classify_speakers", fails=True)
        assert f"run {good} is open again" in result.stdout
        assert f"Error: Run {late} died at transcribe and has nothing that classify_speakers could begin with" in result.stderr
        assert "Error: SM404: this organization has nothing by that name" in result.stderr
        assert _states() == ["dead", "ready"]

    def test_all_that_fit_are_opened_when_a_person_says_so(self, organization: OrganizationRow) -> None:
        _dead(organization)
        _dead(organization, "worker_lost")
        _dead(organization, finished_at=ENDED.replace(day=1))
        _dead(OrganizationFactory.create())
        bounds = ("--code", "openai:invalid_key", "--since", "2026-11-20", "--until", "2026-11-21")
        result = _run(retry.retry, "--all", *bounds, says="y\n")
        assert "1 dead run\nOpen them again? [y/N]: y" in result.output
        assert result.output.splitlines()[-1] == "1 run is open again; a worker takes it in turn"
        assert _states() == ["dead", "dead", "dead", "ready"]

    def test_who_says_no_changes_nothing(self, organization: OrganizationRow) -> None:
        _dead(organization)
        _run(retry.retry, "--all", says="n\n", fails=True)
        assert _states() == ["dead"]

    def test_those_that_cannot_be_opened_are_told_and_left(self, organization: OrganizationRow) -> None:
        verdict = _dead(organization, "deepgram:job_failed", stage="transcribe")
        _dead(organization)
        result = _run(retry.retry, "--all", "--yes")
        assert f"Error: Run {verdict}: its transcriber says that there are no words (deepgram:job_failed)" in result.stderr
        assert "1 run is open again" in result.stdout
        assert _states() == ["dead", "ready"]

    @pytest.mark.usefixtures("organization")
    def test_none_is_none(self) -> None:
        assert _run(retry.retry, "--all").output == "0 dead runs\n"

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            ((), "Name runs, or say --all"),
            (("SM1", "--all"), "Name runs, or say --all"),
            (("SM1", "--code", "x"), "--code, --since and --until go with --all"),
            (("SM1", "--from", "reply"), "is not one of 'transcribe', 'classify_speakers'"),
        ],
    )
    def test_a_mistake_is_told(self, organization: OrganizationRow, arguments: tuple[str, ...], says: str) -> None:
        _dead(organization)
        assert says in _run(retry.retry, *arguments, fails=True).output
        assert _states() == ["dead"]

    def test_it_is_a_celery_subcommand(self, organization: OrganizationRow) -> None:
        run = _dead(organization)
        command = [str(Path(sys.executable).with_name("celery")), "-A", "tasks", "retry", str(run), *ORG]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode, done.stdout) == (0, f"run {run} is open again; a worker takes it within seconds\n"), done.stderr


class TestResend:
    """Effects that failed or may have happened."""

    @pytest.mark.parametrize(("state", "warning"), [("unknown", "Nobody knows whether it was sent"), ("failed", "It was not sent")])
    def test_a_person_is_warned_and_asked(self, organization: OrganizationRow, state: str, warning: str) -> None:
        effect = _parked(organization, state)
        assert warning in _run(resend.resend, effect, says="n\n", fails=True).output
        assert count("effects") == 1
        assert "a worker sends it within seconds" in _run(resend.resend, effect, says="y\n").output
        assert count("effects") == 2

    def test_pressing_twice_sends_once(self, organization: OrganizationRow) -> None:
        effect = _parked(organization)
        _run(resend.resend, effect, "--yes")
        assert "was sent again before, as effect" in _run(resend.resend, effect, "--yes", fails=True).output
        assert count("effects") == 2

    def test_what_a_later_turn_has_overtaken_is_to_be_settled_and_nobody_is_asked(self, organization: OrganizationRow) -> None:
        first = TranscriptFactory.create(organization_id=organization.id)
        ids = {"organization_id": organization.id, "conversation_id": first.conversation_id}
        effect = EffectFactory.create(**ids, transcript_id=first.id, state="failed", last_error="too_late", finished_at=ENDED).id
        EffectFactory.create(**ids, transcript_id=TranscriptFactory.create(**ids, turn=2).id, state="sent")
        refusal = _run(resend.resend, effect, fails=True).output
        assert "Send it now?" not in refusal
        assert f"`celery -A tasks settle {effect} --failed --org test` takes it off the list" in refusal
        assert _run(parked).output.endswith(f"next: celery -A tasks settle {effect} --failed --org test\n")
        _run(resend.settle, effect, "--failed")
        assert _run(parked).output == "nothing waits for a person\n"

    def test_an_unknown_effect_is_told(self, organization: OrganizationRow) -> None:
        assert organization.slug == "test"
        assert "There is no effect" in _run(resend.resend, uuid4(), "--yes", fails=True).output

    def test_settled_it_waits_for_nobody(self, organization: OrganizationRow) -> None:
        sent, failed = _parked(organization), _parked(organization)
        assert _run(resend.settle, sent, "--sent", SID).output == "settled\n"
        assert _run(resend.settle, failed, "--failed").output == "settled\n"
        assert _run(parked).output == "nothing waits for a person\n"

    @pytest.mark.parametrize("arguments", [(), ("--sent", SID, "--failed"), ("--sent", THEIR_NUMBER)])
    def test_only_a_sid_or_a_no_settles_it(self, organization: OrganizationRow, arguments: tuple[str, ...]) -> None:
        output = _run(resend.settle, _parked(organization), *arguments, fails=True).output
        assert "--sent" in output
        assert THEIR_NUMBER not in output
        assert row("SELECT state FROM effects") == {"state": "unknown"}


@pytest.mark.usefixtures("organization")
@pytest.mark.parametrize("command", [resend.resend, resend.settle, dismiss.dismiss])
def test_what_is_no_id_is_told_where_to_find_one(command: click.Command) -> None:
    assert "'RE1' is not a valid UUID: `celery -A tasks parked` shows the ids" in _run(command, "RE1", fails=True).output


class TestDismiss:
    """Left as it is."""

    def test_runs_and_effects_leave_the_list(self, organization: OrganizationRow) -> None:
        run, effect = _dead(organization), _parked(organization)
        assert _run(dismiss.dismiss, run, effect, "--by", "ann").output.splitlines() == [
            f"run {run} stays as it is and waits for nobody; celery -A tasks retry still works",
            f"effect {effect} stays as it is and waits for nobody; celery -A tasks resend still works",
        ]
        assert _run(parked).output == "nothing waits for a person\n"
        _run(retry.retry, run)
        _run(resend.resend, effect, "--yes")

    def test_what_is_refused_is_told_and_the_others_are_dismissed(self, organization: OrganizationRow) -> None:
        run, nothing = _dead(organization), uuid4()
        output = _run(dismiss.dismiss, nothing, run, fails=True).output
        assert "Error: " in output
        assert f"no run and no effect {nothing}" in output
        assert f"run {run} stays as it is" in output

    def test_a_call_for_help_that_did_not_arrive_can_be_left_and_sent_again(self, organization: OrganizationRow) -> None:
        sent = {"state": "sent", "attempts": 1, "provider_ref": "SM1", "delivery": "undelivered", "finished_at": ENDED}
        effect = EffectFactory.create(organization_id=organization.id, kind="escalation", **sent).id
        _run(dismiss.dismiss, effect)
        assert row("SELECT settled_at IS NOT NULL AS settled FROM effects") == {"settled": True}
        _run(dismiss.dismiss, effect, fails=True)
        assert "It was sent, and did not reach its telephone" in _run(resend.resend, effect, says="y").output
        assert row("SELECT kind FROM effects WHERE state = 'pending'") == {"kind": "escalation"}

    def test_it_is_a_command_of_celery(self) -> None:
        scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["entry-points"]["celery.commands"]
        assert scripts["dismiss"] == "tasks.commands.dismiss:dismiss"


class TestPromote:
    """Which run counts."""

    @pytest.fixture
    def done(self, organization: OrganizationRow) -> UUID:
        """A run that is done, and does not count."""
        return RunFactory.create(organization_id=organization.id, purpose="reprocess", state="done", stage="persist").id

    def test_it_says_what_counts_now_and_how_to_take_it_back(self, done: UUID) -> None:
        transcript = row("SELECT id FROM transcripts")["id"]
        assert _run(promote.promote, done, "--by", "ann").output.splitlines() == [
            f"run {done} counts for transcript {transcript}, instead of none",
            f"celery -A tasks undo --org test {transcript}  takes it back",
        ]
        assert row("SELECT promoted_by FROM promotions") == {"promoted_by": "ann"}
        assert _run(promote.undo, transcript).output == f"none counts for transcript {transcript} again\n"
        assert "is left to be undone" in _run(promote.undo, transcript, fails=True).output

    def test_who_decides_is_who_is_logged_in(self, done: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("USER", "carol")
        _run(promote.promote, done)
        assert row("SELECT promoted_by FROM promotions") == {"promoted_by": "carol"}

    def test_a_transcript_goes_by_its_vendors_name_too(self, done: UUID) -> None:
        _run(promote.promote, done)
        rows("UPDATE transcripts SET source_ref = 'RE1' RETURNING id")
        assert "counts for transcript" in _run(promote.undo, "RE1").output
        assert "nothing by that name" in _run(promote.undo, "RE2", fails=True).output

    def test_what_cannot_count_is_told(self, organization: OrganizationRow) -> None:
        assert "is dead: only a run that is done can count" in _run(promote.promote, _dead(organization), fails=True).output


def test_a_database_that_does_not_answer_is_told_in_words(organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch) -> None:
    run = _dead(organization)
    monkeypatch.setattr("db.retries.engine", chain.impatient_engine)
    with chain.holding("SELECT FROM runs FOR UPDATE"):
        output = _run(retry.retry, run, fails=True).output
    assert "The database did not answer (database:" in output
    assert "Look at it, then try again." in output
