"""What a step found becomes rows, statuses, a pointer and effects, all in one commit."""

from functools import partial
from typing import Any
from uuid import UUID

import pytest

from db.results import escalate, publish, record_assessment, record_transcription
from db.tables.conversations import TranscriptRow
from db.tables.runs import RunRow
from db.work import load
from domain.chain import Stage
from domain.errors import LeaseLost
from domain.runs import Assessment, Planned, Publication
from domain.speech import Role, Urgency
from tests.support import chain
from tests.support.factories import ConversationFactory, RunFactory, TranscriptFactory
from tests.support.stored import count, row, rows


def _run(stage: Stage, **values: Any) -> RunRow:
    return RunFactory.create(stage=stage, **values)


def _reprocess(transcript: TranscriptRow, stage: Stage = Stage.TRANSCRIBE) -> RunRow:
    return _run(stage, organization_id=transcript.organization_id, transcript_id=transcript.id, purpose="reprocess")


def _another(run: RunRow, **values: Any) -> RunRow:
    return RunFactory.create(organization_id=run.organization_id, transcript_id=run.transcript_id, **values)


class TestWords:
    """What was said."""

    def test_utterances_are_rows_in_their_order(self) -> None:
        held = chain.claim(_run(Stage.TRANSCRIBE).id)
        record_transcription(held, chain.transcription("hello", "I have a toothache", "since when"))
        found = rows("SELECT seq, speaker, start_ms, end_ms, text, confidence, channel, role, organization_id FROM utterances ORDER BY seq")
        assert [(item["seq"], item["speaker"], item["text"]) for item in found] == [
            (0, 0, "hello"),
            (1, 1, "I have a toothache"),
            (2, 0, "since when"),
        ]
        assert (found[1]["start_ms"], found[1]["end_ms"], found[1]["confidence"]) == (1_000, 1_900, 0.9)
        assert {item["organization_id"] for item in found} == {str(held.organization_id)}

    def test_an_hour_of_speech_is_written_quickly(self) -> None:
        held = chain.claim(_run(Stage.TRANSCRIBE).id)
        record_transcription(held, chain.transcription(*["so and so"] * 2_000))
        assert count("utterances") == 2_000

    def test_silence_is_a_transcription_too(self) -> None:
        run = _run(Stage.TRANSCRIBE)
        held = chain.claim(run.id)
        silence = chain.transcription()
        record_transcription(held, type(silence)((), silence.provider))
        assert chain.run_row(run.id)["stage"] == "classify_speakers"

    def test_words_complete_the_speech_axis(self) -> None:
        transcript = TranscriptFactory.create(status="pending", status_reason="waiting")
        run = _run(Stage.TRANSCRIBE, organization_id=transcript.organization_id, transcript_id=transcript.id)
        chain.record(chain.claim(run.id))
        found = chain.transcript_row(transcript.id)
        assert (found["status"], found["status_reason"], found["processing_status"]) == ("completed", None, "pending")

    def test_words_of_an_earlier_life_are_replaced(self) -> None:
        run = _run(Stage.TRANSCRIBE)
        record_transcription(chain.claim(run.id), chain.transcription("old", "older"))
        rows("UPDATE runs SET stage = 'transcribe' RETURNING id")
        record_transcription(chain.claim(run.id), chain.transcription("new"))
        assert rows("SELECT text FROM utterances") == [{"text": "new"}]

    def test_the_figures_of_the_step_hold_no_words(self) -> None:
        chain.record(chain.claim(_run(Stage.TRANSCRIBE).id))
        step = row("SELECT * FROM run_steps")
        assert (step["provider"], step["model"], step["vendor_request_id"]) == ("deepgram", "nova-3", "request-1")
        assert step["queued_at"] <= step["started_at"] <= step["finished_at"]
        assert chain.TEXT not in str(step)


class TestAssessment:
    """Who is who, what they want, is anyone in danger."""

    def _assessed(self, run: RunRow, urgency: Urgency = Urgency.NORMAL) -> None:
        record_assessment(chain.claim(run.id, Stage.CLASSIFY_SPEAKERS), Assessment(chain.analysis(urgency)))

    def test_roles_are_written_to_the_utterances(self) -> None:
        run = _run(Stage.TRANSCRIBE)
        record_transcription(chain.claim(run.id), chain.transcription("hello", "hi", "how are you"))
        self._assessed(run)
        found = rows("SELECT role FROM utterances ORDER BY seq")
        assert [item["role"] for item in found] == ["agent", "customer", "agent"]

    def test_an_analysis_is_read_back_as_it_was_written(self) -> None:
        run = _run(Stage.TRANSCRIBE)
        chain.bring_to(run.id, Stage.GENERATE_REPLY)
        seen = load(chain.claim(run.id, Stage.GENERATE_REPLY))
        assert seen.analysis
        expected = chain.analysis().understanding
        understood = seen.analysis.understanding
        assert (understood.verdict, understood.intent) == (expected.verdict, expected.intent)
        assert (understood.engine.provider, understood.engine.model) == (chain.ENGINE.provider, chain.ENGINE.model)
        assert [said.role for said in seen.utterances] == [Role.AGENT]

    def test_the_run_says_which_engine_it_was(self) -> None:
        run = _run(Stage.CLASSIFY_SPEAKERS)
        self._assessed(run)
        found = chain.run_row(run.id)
        assert (found["engine"], found["model"]) == ("local", "test-1")
        assert row("SELECT usage FROM run_steps") == {"usage": {"tokens": 7}}

    def test_findings_are_kept_with_their_evidence(self) -> None:
        self._assessed(_run(Stage.CLASSIFY_SPEAKERS), Urgency.EMERGENCY)
        assert row("SELECT safety FROM analyses") == {"safety": [{"rule": "chest_pain", "urgency": "emergency", "seq": 0}]}


class TestEscalation:
    """A person is called, once, whatever becomes of the run."""

    def _escalated(self, run: RunRow, rule: str = "chest_pain", *effects: Planned) -> list[UUID]:
        return [bell.effect_id for bell in escalate(chain.claim(run.id, Stage.CLASSIFY_SPEAKERS), rule, effects)]

    def test_a_conversation_escalates_with_its_reason_and_its_effect(self) -> None:
        run = _run(Stage.CLASSIFY_SPEAKERS)
        [effect_id] = self._escalated(run, "chest_pain", chain.sms(run.transcript_id))
        found = row("SELECT phase, escalation_reason, escalated_at IS NOT NULL AS escalated FROM conversations")
        assert found == {"phase": "escalation", "escalation_reason": "chest_pain", "escalated": True}
        assert row("SELECT id FROM effects") == {"id": str(effect_id)}

    def test_the_run_goes_on_under_its_lease(self) -> None:
        run = _run(Stage.CLASSIFY_SPEAKERS)
        held = chain.claim(run.id, Stage.CLASSIFY_SPEAKERS)
        escalate(held, "chest_pain", ())
        chain.record(held)
        assert chain.run_row(run.id)["stage"] == "generate_reply"

    def test_an_escalation_stands_and_happens_once(self) -> None:
        first, second = self._two_turns()
        planned = chain.sms(first.transcript_id)
        assert len(self._escalated(first, "chest_pain", planned)) == 1
        before = row("SELECT phase, escalated_at, escalation_reason FROM conversations")
        assert self._escalated(second, "fire", planned) == []
        assert row("SELECT phase, escalated_at, escalation_reason FROM conversations") == before
        assert count("effects") == 1

    def test_a_calm_later_turn_takes_no_escalation_back(self) -> None:
        first, second = self._two_turns()
        self._escalated(first)
        chain.record(chain.claim(second.id, Stage.CLASSIFY_SPEAKERS))
        assert row("SELECT phase FROM conversations") == {"phase": "escalation"}

    def test_two_emergencies_at_the_same_moment_are_one_escalation(self) -> None:
        first, second = self._two_turns()
        planned = (chain.sms(first.transcript_id),)
        held = [chain.claim(run.id, Stage.CLASSIFY_SPEAKERS) for run in (first, second)]
        bells = chain.at_once([partial(escalate, claim, "chest_pain", planned) for claim in held])
        assert sorted(map(len, bells)) == [0, 1]

    def test_who_lost_the_run_calls_nobody(self) -> None:
        run = _run(Stage.CLASSIFY_SPEAKERS)
        late = chain.claim(run.id, Stage.CLASSIFY_SPEAKERS)
        rows("UPDATE runs SET lease_token = gen_random_uuid() RETURNING id")
        with pytest.raises(LeaseLost):
            escalate(late, "chest_pain", (chain.sms(run.transcript_id),))
        assert row("SELECT phase FROM conversations") == {"phase": "greeting"}
        assert count("effects") == 0

    def test_a_reprocess_run_calls_nobody(self) -> None:
        run = _run(Stage.CLASSIFY_SPEAKERS, purpose="reprocess")
        assert self._escalated(run, "chest_pain", chain.sms(run.transcript_id)) == []
        assert row("SELECT phase FROM conversations") == {"phase": "greeting"}

    @staticmethod
    def _two_turns() -> tuple[RunRow, RunRow]:
        conversation = ConversationFactory.create()
        ids = {"organization_id": conversation.organization_id, "conversation_id": conversation.id}
        both = (TranscriptFactory.create(**ids, turn=turn) for turn in (1, 2))
        first, second = (
            _run(Stage.CLASSIFY_SPEAKERS, organization_id=conversation.organization_id, transcript_id=transcript.id) for transcript in both
        )
        return first, second


class TestPublication:
    """A run comes to count."""

    def _published(self, run: RunRow, *effects: Planned) -> list[UUID]:
        return [bell.effect_id for bell in publish(chain.claim(run.id, Stage.PERSIST), Publication(effects))]

    def test_pointer_status_effect_and_end_are_one_commit(self) -> None:
        run = _run(Stage.PERSIST)
        [effect_id] = self._published(run, chain.sms(run.transcript_id))
        transcript, found = chain.transcript_row(run.transcript_id), chain.run_row(run.id)
        assert (transcript["current_run_id"], transcript["processing_status"]) == (str(run.id), "completed")
        assert (found["state"], found["lease_token"], found["last_error"]) == ("done", None, None)
        effect = row("SELECT id, state, conversation_id, transcript_id, run_id FROM effects")
        assert (effect["id"], effect["state"], effect["run_id"]) == (str(effect_id), "pending", str(run.id))

    def test_an_effect_that_stands_in_the_ledger_is_not_entered_again(self) -> None:
        run = _run(Stage.PERSIST)
        self._published(run, chain.sms(run.transcript_id))
        second = _another(run, stage=Stage.PERSIST)
        assert self._published(second, chain.sms(run.transcript_id)) == []
        assert count("effects") == 1

    @pytest.fixture(params=["nothing", "itself", "its predecessor", "a promoted run"])
    def pointed_at(self, request: pytest.FixtureRequest) -> tuple[RunRow, bool]:
        """A run at persist, and whether the pointer may move to it from where it stands."""
        before = _run(Stage.PERSIST, state="done")
        run = _another(before, stage=Stage.PERSIST, predecessor_id=before.id if request.param == "its predecessor" else None)
        pointer = {"nothing": None, "itself": run.id}.get(request.param, before.id)
        rows("UPDATE transcripts SET current_run_id = %s RETURNING id", str(pointer) if pointer else None)
        return run, request.param != "a promoted run"

    def test_the_pointer_moves_only_from_nothing_itself_or_the_predecessor(self, pointed_at: tuple[RunRow, bool]) -> None:
        run, moves = pointed_at
        self._published(run)
        found = chain.transcript_row(run.transcript_id)
        assert (found["current_run_id"] == str(run.id)) is moves
        assert found["processing_status"] == "completed"

    def test_the_next_turns_reply_is_rung_for_at_once(self) -> None:
        first = _run(Stage.PERSIST)
        later = TranscriptFactory.create(organization_id=first.organization_id, conversation_id=first.conversation_id, turn=2)
        reply = _run(Stage.GENERATE_REPLY, organization_id=first.organization_id, transcript_id=later.id)
        rows("UPDATE runs SET next_publish_at = clock_timestamp() + interval '10 seconds' WHERE id = %s RETURNING id", str(reply.id))
        self._published(first)
        assert chain.seconds_from_now(chain.run_row(reply.id), "next_publish_at") <= 0

    def test_the_runs_of_other_conversations_are_not_rung_for(self) -> None:
        stranger = _run(Stage.GENERATE_REPLY, turn=2)
        rows("UPDATE runs SET next_publish_at = clock_timestamp() + interval '10 seconds' RETURNING id")
        self._published(_run(Stage.PERSIST))
        assert chain.seconds_from_now(chain.run_row(stranger.id), "next_publish_at") > 5


class TestReprocess:
    """Results beside the live ones; nothing else moves."""

    def test_a_reprocess_run_touches_nothing_but_itself(self) -> None:
        transcript = TranscriptFactory.create()
        live = _run(Stage.TRANSCRIBE, organization_id=transcript.organization_id, transcript_id=transcript.id)
        for stage in Stage:
            chain.record(chain.claim(live.id, stage))
        tables = ("transcripts", "conversations", "effects")
        before = [chain.whole(table) for table in tables]
        again = _reprocess(transcript)
        planned = (chain.sms(again.id),)
        for stage in Stage:
            chain.record(chain.claim(again.id, stage), Urgency.EMERGENCY, planned)
        assert [chain.whole(table) for table in tables] == before
        assert chain.run_row(again.id)["state"] == "done"

    def test_the_results_of_both_runs_lie_side_by_side(self) -> None:
        transcript = TranscriptFactory.create()
        live = _run(Stage.TRANSCRIBE, organization_id=transcript.organization_id, transcript_id=transcript.id)
        for run in (live, _reprocess(transcript)):
            for stage in Stage:
                chain.record(chain.claim(run.id, stage))
        for table in ("utterances", "analyses", "replies"):
            assert len({item["run_id"] for item in chain.whole(table)}) == 2

    def test_a_reprocess_run_does_not_fill_an_empty_pointer(self) -> None:
        run = _reprocess(TranscriptFactory.create(), Stage.PERSIST)
        chain.record(chain.claim(run.id, Stage.PERSIST))
        assert chain.transcript_row(run.transcript_id)["current_run_id"] is None


class TestLoading:
    """What a step may look at."""

    def test_work_begins_when_the_first_ai_step_looks(self) -> None:
        run = _run(Stage.CLASSIFY_SPEAKERS)
        load(chain.claim(run.id, Stage.CLASSIFY_SPEAKERS))
        assert chain.transcript_row(run.transcript_id)["processing_status"] == "processing"

    @pytest.mark.parametrize(("stage", "purpose"), [(Stage.TRANSCRIBE, "live"), (Stage.CLASSIFY_SPEAKERS, "reprocess")])
    def test_other_looks_change_nothing(self, stage: Stage, purpose: str) -> None:
        run = _run(stage, purpose=purpose)
        load(chain.claim(run.id, stage))
        assert chain.transcript_row(run.transcript_id)["processing_status"] == "pending"

    def test_a_look_does_not_reopen_what_has_failed(self) -> None:
        transcript = TranscriptFactory.create(processing_status="failed", processing_reason="worker_lost")
        run = _run(Stage.CLASSIFY_SPEAKERS, organization_id=transcript.organization_id, transcript_id=transcript.id)
        load(chain.claim(run.id, Stage.CLASSIFY_SPEAKERS))
        assert chain.transcript_row(transcript.id)["processing_status"] == "failed"

    def test_persist_sees_everything_that_was_written(self) -> None:
        run = _run(Stage.TRANSCRIBE)
        chain.bring_to(run.id, Stage.PERSIST)
        seen = load(chain.claim(run.id, Stage.PERSIST))
        assert [said.text for said in seen.utterances] == [chain.TEXT]
        assert seen.reply == chain.reply()
        assert seen.customer_number == "+15005550199"
        assert seen.organization.services == ("cleaning", "check-up")
