"""A house in which everything has happened: every state that a run, a transcript and an effect may rightly have, made by the product."""

from dataclasses import dataclass
from uuid import UUID

from db import events, live, runs, submissions
from db import jobs as asked_for
from db.plant import effects, jobs, redo, sweep
from db.results import publish, record_assessment
from domain.chain import EffectState, Purpose, Stage
from domain.deliveries import Envelope, MessageReport, Stored
from domain.jobs import Job
from domain.runs import Assessment, Claim, Effect, Planned, Publication, Wait
from domain.speech import Urgency
from domain.statuses import ConversationStatus
from tests.support import acting, calling, chain, reprocessing
from tests.support.chain import bring_to, claim, record
from tests.support.invariants import EVER
from tests.support.plant_factories import VendorHealthFactory
from tests.support.stored import row, rows


@dataclass(frozen=True, slots=True)
class Placed:
    """A delivery, its run and its transcript."""

    run: UUID
    transcript: UUID
    conversation: UUID


def placed(stored: Stored) -> Placed:
    """What a stored delivery that says something belongs to."""
    assert stored.run_id
    assert stored.transcript_id
    assert stored.conversation_id
    return Placed(stored.run_id, stored.transcript_id, stored.conversation_id)


class LivedIn:
    """The places that tests break something at, each by the name of how it stands."""

    def __init__(self, organization_id: UUID) -> None:
        """Everything happens in this organization."""
        self.organization_id = organization_id
        self.answered = self._answered("SM1", "talk")
        self.answered_later = self._answered("SM2", "talk")
        self.fresh = self.sms("SM3", "fresh")
        self.alone = self._answered("SM4", "alone")
        self.leased = self.sms("SM5", "leased")
        claim(self.leased.run)
        self.at_classify = self.at(Stage.CLASSIFY_SPEAKERS)
        self.at_reply = self.at(Stage.GENERATE_REPLY)
        self.waiting = self.recorded("RE1")
        self.submitted(self.waiting, "job-1")
        self.recording = self._recording_done()
        self.dead = self.recorded("RE3")
        runs.bury(claim(self.dead.run), "twilio:gone")
        self.dead_in_classify = self.at(Stage.CLASSIFY_SPEAKERS)
        runs.bury(claim(self.dead_in_classify.run, Stage.CLASSIFY_SPEAKERS), "openai:gone")
        self.urgent = self._urgent()
        self.pending = self._finished(self.sms("SM6", "pending"))
        self.reported = self._reported()
        self.spoken, self.spoken_later = self._spoken()
        self.job, self.job_at_work, self.job_done, self.job_failed = self._asked()

    def sms(self, ref: str, thread: str) -> Placed:
        """Somebody writes."""
        return placed(chain.store_sms(self.organization_id, ref, conversation=thread))

    def recorded(self, ref: str) -> Placed:
        """Somebody was recorded."""
        return placed(chain.store_recording(self.organization_id, ref))

    def at(self, stage: Stage) -> Placed:
        """A message whose run has come so far."""
        number = row("SELECT count(*) AS n FROM transcripts")["n"]
        found = self.sms(f"SMat{number}", f"at-{number}")
        bring_to(found.run, stage)
        return found

    def submitted(self, place: Placed, job: str | None) -> None:
        """The run has handed its recording to a transcriber and waits."""
        held = claim(place.run)
        number = submissions.submit(held, 4, 1_000)
        assert number
        if job:
            submissions.note_accepted(held, number, job)
        runs.wait(held, Wait("deepgram", 600, None if job else "deepgram:timeout"))

    def sent(self, ref: str = "local") -> None:
        """Whatever is pending leaves the house."""
        for pending in rows("SELECT id FROM effects WHERE state = 'pending'"):
            held = effects.claim(pending["id"], lease_s=30)
            if held:
                effects.settle(held, EffectState.SENT, provider="twilio", ref=f"{ref}:{held.id}")

    def _finished(self, place: Placed, withheld: str | None = None) -> Placed:
        bring_to(place.run, Stage.PERSIST)
        key, kind = f"transcript:{place.transcript}:sms", chain.sms(place.transcript).kind
        answer = Planned(key, kind, "+15005550199", "Hello.", withheld=withheld)
        publish(claim(place.run, Stage.PERSIST), Publication((answer,)))
        return place

    def _answered(self, ref: str, thread: str) -> Placed:
        found = self._finished(self.sms(ref, thread))
        self.sent()
        return found

    def _recording_done(self) -> Placed:
        org, found = self.organization_id, self.recorded("RE2")
        for name, status, number in (
            ("completed", ConversationStatus.COMPLETED, 3),
            ("ringing", ConversationStatus.RINGING, 1),
            ("in-progress", ConversationStatus.IN_PROGRESS, 2),
        ):
            events.store_status(org, chain.envelope("call_status", f"CARE2:{name}:{number}"), chain.call("CARE2", status, name, number))
        self.submitted(found, None)
        chain.store_callback(org, found.transcript)
        chain.store_callback(org, found.transcript, failed=True, key="late")
        for stage in Stage:
            record(claim(found.run, stage))
        return found

    def _urgent(self) -> Placed:
        found = self.at(Stage.CLASSIFY_SPEAKERS)
        person = chain.escalation(found.conversation)
        record(claim(found.run, Stage.CLASSIFY_SPEAKERS), Urgency.EMERGENCY, (person,))
        self.sent()
        return found

    def _spoken(self) -> tuple[Placed, Placed]:
        """Two turns of a live call, each answered in it."""
        first, call = calling.store_turn(self.organization_id)
        said = []
        for turn in (1, 2):
            stored = first if turn == 1 else calling.store_turn(self.organization_id, turn=turn, sid=call)[0]
            calling.answer_turn(stored, call)
            assert live.take_reply(self.organization_id, call, turn, 1, "trace", gives_up=False).words
            said.append(placed(stored))
        return said[0], said[1]

    def _asked(self) -> tuple[UUID, UUID, UUID, UUID]:
        """Jobs of the API: one waits, one is at work, one went well, one did not."""
        fresh = acting.entered(self.organization_id).id
        held = [self.taken_job() for _ in range(3)]
        jobs.succeed(held[1], {"intent": "refund"})
        jobs.fail(held[2], "openai:no")
        return fresh, held[0].id, held[1].id, held[2].id

    def taken_job(self, lease_s: float = 30.0) -> Job:
        """A job that a worker has."""
        found = jobs.claim(acting.entered(self.organization_id).id, lease_s=lease_s, max_attempts=6, worker="worker@test")
        assert found
        return found

    def _reported(self) -> UUID:
        """The effect of a message that was delivered, its reports in the wrong order."""
        effect = row("SELECT id FROM effects WHERE transcript_id = %s", str(self.answered_later.transcript))["id"]
        ref = f"local:{effect}"
        for status, rank in (("delivered", 10), ("sent", 6), ("queued", 3)):
            envelope = Envelope("twilio", "message_status", f"{ref.replace(':', '-')}:{status}", ref, {}, b"", "trace")
            events.store_report(self.organization_id, envelope, MessageReport(ref, status, rank))
        return UUID(str(effect))


def go_on_living(house: LivedIn) -> None:
    """What is rare, and as right: pauses, tries, lost workers, runs done again, replies that are withheld or give way."""
    _failures(house)
    _asked_in_vain(house)
    _unclear_effects(house)
    _done_again(house)
    _unspoken(house)
    chain.store_recording(house.organization_id, "REabsent", "absent")
    chain.store_recording(house.organization_id, "RElate", "failed")
    chain.store_recording(house.organization_id, "RElate")
    chain.store_sms(house.organization_id, "SM1", conversation="talk")
    assert sum(reprocessing.opened(house.organization_id, EVER, EVER.replace(year=2200)))
    _reprocessed()


def _unspoken(house: LivedIn) -> None:
    """Live turns whose reply gave way: to the end of the call, to patience, to what was said next."""
    org = house.organization_id
    for number, why in enumerate(("call_ended", "waited_too_long", "later_turn")):
        stored, call = calling.store_turn(org)
        if why == "waited_too_long":
            live.take_reply(org, call, 1, 9, "trace", gives_up=True)
            bring_to(placed(stored).run, Stage.PERSIST)
            publish(claim(placed(stored).run, Stage.PERSIST), Publication((calling.planned(stored, call),)))
        else:
            effect = calling.answer_turn(stored, call)
            calling.hang_up(org, call) if number == 0 else calling.store_turn(org, turn=2, sid=call)
            assert effects.claim(effect, lease_s=30) is None
        standing = row("SELECT state, last_error FROM effects WHERE transcript_id = %s", str(stored.transcript_id))
        assert standing == {"state": "superseded", "last_error": why}


def _failures(house: LivedIn) -> None:
    for give_back in (True, False):
        runs.postpone(claim(house.at(Stage.GENERATE_REPLY).run, Stage.GENERATE_REPLY), "openai:x", delay_s=90_000, give_back=give_back)
    refused = house.recorded("REfailed")
    house.submitted(refused, "job-2")
    chain.store_callback(house.organization_id, refused.transcript, failed=True)
    nobody = house.recorded("REnobody")
    runs.wait(claim(nobody.run), Wait("no_transcriber", 3_600))
    lost = house.sms("SMlost", "lost")
    claim(lost.run, lease_s=-61)
    rows("UPDATE runs SET next_publish_at = clock_timestamp() WHERE id = %s RETURNING id", str(lost.run))
    with sweep.opened() as connection:
        assert [run for run, _ in sweep.bury_lost(connection, 1)] == [lost.run]


def _asked_in_vain(house: LivedIn) -> None:
    """Jobs that are put off, given up for it, or lost with their worker; one is lost for good."""
    for gives_up in (False, True):
        held = house.taken_job()
        jobs.postpone(held, "openai:rate_limited", 900, give_back=True)
        assert not gives_up or asked_for.give_up(house.organization_id, held.id)
    house.taken_job(lease_s=-1)
    lost = house.taken_job(lease_s=-61)
    rows("UPDATE jobs SET attempts = 9, next_publish_at = clock_timestamp() WHERE id = %s RETURNING id", str(lost.id))
    with sweep.opened() as connection:
        assert jobs.bury_lost(connection, 9) == [(lost.id, "worker_lost")]


def _unclear_effects(house: LivedIn) -> None:
    for name, state in (("unknown", EffectState.UNKNOWN), ("failed", EffectState.FAILED)):
        held = _taken(house, name)
        effects.settle(held, state, code=f"twilio:{name}")
    effects.postpone(_taken(house, "unclear"), "twilio:timeout", 900, left_the_house=True)
    effects.postpone(_taken(house, "again"), "twilio:http_503", 900, left_the_house=False, give_back=True)
    house._finished(house.sms("SMstop", "stop"), withheld="opted_out")
    earlier, later = (house._finished(house.sms(ref, "overtaken")) for ref in ("SMearly", "SMlater"))
    for place, ends_as in ((later, "sent"), (earlier, "superseded")):
        effect = row("SELECT id FROM effects WHERE transcript_id = %s", str(place.transcript))["id"]
        granted = effects.claim(effect, lease_s=30)
        if granted:
            effects.settle(granted, EffectState.SENT, provider="local", ref=f"local:{effect}")
        assert row("SELECT state FROM effects WHERE id = %s", str(effect))["state"] == ends_as


def _taken(house: LivedIn, name: str) -> Effect:
    place = house._finished(house.sms(f"SM{name}", name))
    held = effects.claim(row("SELECT id FROM effects WHERE transcript_id = %s", str(place.transcript))["id"], lease_s=30)
    assert held
    return held


def _done_again(house: LivedIn) -> None:
    """Three that were degraded: one is done again well, one dies, one is at work."""
    VendorHealthFactory.create(vendor="openai")
    places = [house._finished(house.sms(f"SMredo{number}", f"redo-{number}")) for number in range(3)]
    house.sent()
    for place in places:
        rows("UPDATE runs SET degraded = true, redo_with = 'openai' WHERE id = %s RETURNING id", str(place.run))
    with sweep.opened() as connection:
        again = redo.reopen_degraded(connection)
    assert len(again) == 3
    for stage in (Stage.CLASSIFY_SPEAKERS, Stage.GENERATE_REPLY, Stage.PERSIST):
        record(claim(again[0], stage))
    runs.bury(claim(again[1], Stage.CLASSIFY_SPEAKERS), "openai:gone")
    claim(again[2], Stage.CLASSIFY_SPEAKERS)


def _reprocessed() -> None:
    found = [UUID(str(run["id"])) for run in rows("SELECT id FROM runs WHERE purpose = %s ORDER BY id LIMIT 3", Purpose.REPROCESS)]
    for stage in Stage:
        record(claim(found[0], stage))
    runs.bury(claim(found[1]), "no_words_stored")
    record(claim(found[2]))
    held: Claim = claim(found[2], Stage.CLASSIFY_SPEAKERS)
    record_assessment(held, Assessment(chain.analysis()))
