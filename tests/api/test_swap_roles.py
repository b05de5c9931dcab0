"""POST /v1/transcripts/{id}/swap-roles: a person says who is who; only what depends on it is made anew."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient

from db.tables.conversations import TranscriptRow
from domain.chain import TASK_NAMES, Stage
from tasks import app
from tests.support import chain, reprocessing
from tests.support.factories import EffectFactory, TranscriptFactory
from tests.support.stored import count, row, rows

SWAPPED = {"0": "customer", "1": "agent"}
AS_IT_WAS = {"0": "agent", "1": "customer"}
LONG_AGO, HOUR = datetime(2020, 1, 1, tzinfo=UTC), timedelta(hours=1)
STAGES_AFTER_WORDS = (Stage.CLASSIFY_SPEAKERS, Stage.GENERATE_REPLY, Stage.PERSIST)


def _swap(client: FlaskClient, transcript: TranscriptRow, body: Mapping[str, object] | None = None) -> tuple[int, dict[str, Any]]:
    answer = client.post(f"/v1/transcripts/{transcript.id}/swap-roles", **({} if body is None else {"json": body}))
    return answer.status_code, answer.get_json()


def _work_off(run: str) -> None:
    app.loader.import_default_modules()
    assert [app.tasks[TASK_NAMES[stage]](run) for stage in STAGES_AFTER_WORDS] == ["done"] * 3


def _shown(client: FlaskClient, transcript: TranscriptRow) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/v1/transcripts/{transcript.id}").get_json()
    return found


def _later() -> None:
    """So much later that a click is no echo of the one before."""
    rows("UPDATE runs SET created_at = created_at - interval '1 minute' RETURNING id")


def test_agent_and_customer_change_places_and_what_depends_on_it_is_made_anew(api_client: FlaskClient, finished: TranscriptRow) -> None:
    before = _shown(api_client, finished)
    status, told = _swap(api_client, finished)
    assert (status, told["roles"]) == (202, SWAPPED)
    assert _shown(api_client, finished)["run"]["id"] == before["run"]["id"], "what there is counts until there is better"
    _work_off(told["run_id"])
    after = _shown(api_client, finished)
    assert after["run"]["id"] == told["run_id"]
    assert (after["analysis"]["roles"], after["analysis"]["role_confidence"]) == (SWAPPED, 1.0)
    assert [said["role"] for said in after["utterances"]] == ["customer", "agent"]
    assert after["reply"]["text"]
    assert (after["status"], after["processing_status"]) == ("completed", "completed")


def test_nothing_is_transcribed_again(api_client: FlaskClient, finished: TranscriptRow) -> None:
    before = _shown(api_client, finished)["utterances"]
    _, told = _swap(api_client, finished)
    assert chain.run_row(UUID(told["run_id"]))["stage"] == "classify_speakers"
    _work_off(told["run_id"])
    after = _shown(api_client, finished)
    same = ("seq", "speaker", "text", "start_ms", "end_ms", "confidence", "channel")
    assert [[said[name] for name in same] for said in after["utterances"]] == [[said[name] for name in same] for said in before]
    assert rows("SELECT stage FROM run_steps WHERE run_id = %s AND stage = 'transcribe'", told["run_id"]) == []


def test_what_was_sent_is_neither_sent_again_nor_said_otherwise(api_client: FlaskClient, finished: TranscriptRow) -> None:
    sent = EffectFactory.create(
        organization_id=finished.organization_id, conversation_id=finished.conversation_id, transcript_id=finished.id,
        run_id=finished.current_run_id, effect_key=f"transcript:{finished.id}:sms", state="sent",
    )  # fmt: skip
    words = row("SELECT text FROM replies")["text"]
    for _ in range(2):
        _, told = _swap(api_client, finished)
        _work_off(told["run_id"])
        assert _shown(api_client, finished)["reply"]["text"] == words
        _later()
    assert [effect["id"] for effect in rows("SELECT id FROM effects")] == [str(sent.id)]


def test_who_said_it_and_why_is_written_down(api_client: FlaskClient, finished: TranscriptRow) -> None:
    _swap(api_client, finished, {"reason": "the caller is Dr. Elm's patient"})
    written = row("SELECT organization_id, actor, act, subject, subject_id, reason FROM audits")
    assert written == {
        "organization_id": str(finished.organization_id),
        "actor": row("SELECT id FROM api_keys")["id"],
        "act": "transcript.swap_roles",
        "subject": "transcript",
        "subject_id": str(finished.id),
        "reason": "the caller is Dr. Elm's patient",
    }


class TestTwoClicks:
    """Whoever clicks twice means it once."""

    @pytest.mark.parametrize("body", [None, {"roles": SWAPPED}], ids=["swap", "roles"])
    def test_the_second_one_gets_the_run_of_the_first(
        self, api_client: FlaskClient, finished: TranscriptRow, body: dict[str, object] | None
    ) -> None:
        first, second = _swap(api_client, finished, body), _swap(api_client, finished, body)
        assert first == second
        _work_off(first[1]["run_id"])
        assert _swap(api_client, finished, body) == first
        assert (count("runs"), count("audits")) == (2, 1)

    def test_who_thinks_better_of_it_later_takes_it_back(self, api_client: FlaskClient, finished: TranscriptRow) -> None:
        for wanted in (SWAPPED, AS_IT_WAS):
            _, told = _swap(api_client, finished)
            _work_off(told["run_id"])
            assert _shown(api_client, finished)["analysis"]["roles"] == wanted
            _later()

    def test_who_names_the_roles_is_never_misunderstood(self, api_client: FlaskClient, finished: TranscriptRow) -> None:
        for wanted in (SWAPPED, AS_IT_WAS):
            _, told = _swap(api_client, finished, {"roles": wanted})
            _work_off(told["run_id"])
            assert _shown(api_client, finished)["analysis"]["roles"] == wanted


class TestRefused:
    """What cannot be done, and what to do instead."""

    def test_while_another_run_is_at_work(self, api_client: FlaskClient, finished: TranscriptRow) -> None:
        _swap(api_client, finished)
        status, said = _swap(api_client, finished, {"roles": AS_IT_WAS})
        assert (status, said["code"]) == (409, "conflict")
        assert "Ask again when it has ended" in said["detail"]

    def test_before_anything_counts(self, api_client: FlaskClient, finished: TranscriptRow) -> None:
        fresh = TranscriptFactory.create(organization_id=finished.organization_id)
        assert _swap(api_client, fresh)[0] == 409

    def test_where_nobody_was_told_apart(self, api_client: FlaskClient, finished: TranscriptRow) -> None:
        rows("""UPDATE analyses SET roles = '{"0": "unsure", "1": "unsure"}' RETURNING run_id""")
        status, said = _swap(api_client, finished)
        assert (status, "Say who is who in `roles`" in said["detail"]) == (409, True)
        assert _swap(api_client, finished, {"roles": SWAPPED})[0] == 202

    @pytest.mark.parametrize("named", [{"0": "agent"}, {"0": "agent", "1": "customer", "2": "customer"}, {"4": "agent", "5": "customer"}])
    def test_roles_of_others_than_are_heard(self, api_client: FlaskClient, finished: TranscriptRow, named: dict[str, str]) -> None:
        status, said = _swap(api_client, finished, {"roles": named})
        assert (status, "Speakers [0, 1] are heard" in said["detail"]) == (409, True)
        assert count("runs") == 1

    @pytest.mark.parametrize(
        "body",
        [{"roles": {"0": "unsure", "1": "agent"}}, {"roles": {"a": "agent"}}, {"roles": {}}, {"reason": "\0"}, {"speakers": {}}],
    )
    def test_what_makes_no_sense(self, api_client: FlaskClient, finished: TranscriptRow, body: dict[str, object]) -> None:
        assert _swap(api_client, finished, body)[0] == 422

    def test_somebody_elses_transcript_is_not_there(self, api_client: FlaskClient) -> None:
        foreign = TranscriptFactory.create()
        assert [_swap(api_client, foreign)[0], api_client.post(f"/v1/transcripts/{uuid4()}/swap-roles").status_code] == [404, 404]
        assert count("audits") == 0

    def test_without_a_key(self, client: FlaskClient, finished: TranscriptRow) -> None:
        assert _swap(client, finished)[0] == 401
        assert count("runs") == 1


def test_what_is_worked_on_again_keeps_what_a_person_said(api_client: FlaskClient, finished: TranscriptRow) -> None:
    _, told = _swap(api_client, finished)
    _work_off(told["run_id"])
    assert reprocessing.opened(finished.organization_id, LONG_AGO, finished.created_at + HOUR) == [1]
    assert row("SELECT told_roles FROM runs WHERE purpose = 'reprocess'") == {"told_roles": SWAPPED}
