"""What holds a batch up or ends it: live work, a limit of the day, who cancels it, a second one beside it, a prompt that is gone."""

import pytest

import settings
from domain.batches import SHARE
from domain.errors import StepFailed
from tasks import app
from tests.support import chain
from tests.support.stored import count, row, rows
from tests.tasks.reprocessing.conftest import CALLS, Desk

DONE = 2


def _tokens(used: float) -> None:
    rows("UPDATE usage_days SET llm_tokens = %s RETURNING day", int(used))


def _first(state: str = "ready") -> str:
    return str(row("SELECT id FROM runs WHERE purpose = 'reprocess' AND state = %s ORDER BY id LIMIT 1", state)["id"])


def _reply(run: str) -> str:
    """The outcome of asking for its reply."""
    for task in ("transcript.transcribe", "transcript.classify_speakers"):
        assert app.tasks[task](run) in {"done", "already done"}
    return str(app.tasks["reply.generate"](run))


class TestHalfOfTheDay:
    """A batch leaves half of the organization's tokens to whoever calls today."""

    def test_at_half_of_the_limit_it_waits_for_the_next_day_and_live_work_goes_on(self, desk: Desk) -> None:
        desk.again("--prompt", "reply-3")
        limit, asked = settings.current().spend.day_llm_tokens, desk.asked()
        _tokens(limit * SHARE)
        assert _reply(_first()).endswith("s: spend:day_llm_tokens")
        assert row("SELECT attempts FROM runs WHERE id = %s", _first()) == {"attempts": 0}
        assert desk.asked() == asked
        live = chain.store_sms(desk.house.organization.id, "SMlive", conversation="another thread")
        assert desk.house.work_off(live)["state"] == "done"
        assert desk.asked() == asked + 2

    def test_below_it_and_on_the_next_day_it_goes_on(self, desk: Desk) -> None:
        desk.again("--prompt", "reply-3")
        _tokens(settings.current().spend.day_llm_tokens * SHARE - 1)
        assert _reply(_first()) == "done"
        _tokens(settings.current().spend.day_llm_tokens)
        rows("UPDATE usage_days SET day = day - 1 RETURNING day")
        desk.work_off()
        assert row("SELECT count(*) AS n FROM runs WHERE purpose = 'reprocess' AND state = 'done'") == {"n": CALLS}

    def test_what_is_reused_takes_none_of_it(self, desk: Desk) -> None:
        desk.again()
        _tokens(settings.current().spend.day_llm_tokens)
        desk.work_off()
        assert row("SELECT count(*) AS n FROM runs WHERE purpose = 'reprocess' AND state = 'done'") == {"n": CALLS}


def test_live_work_goes_first(desk: Desk) -> None:
    """All places of the vendor but the batch's own are taken: the batch waits without using up a try, and goes on when there is room."""
    rows(
        "INSERT INTO vendor_places (id, vendor, held_until) SELECT gen_random_uuid(), 'openai', clock_timestamp() + interval '10 minutes'"
        " FROM generate_series(1, %s) RETURNING id",
        int(settings.current().openai.concurrency * SHARE),
    )
    asked = desk.asked()
    desk.again("--prompt", "reply-3")
    assert _reply(_first()).endswith("openai:busy")
    assert row("SELECT attempts, last_error FROM runs WHERE id = %s", _first()) == {"attempts": 0, "last_error": "openai:busy"}
    assert desk.asked() == asked
    rows("DELETE FROM vendor_places RETURNING id")
    desk.house.put_clock_forward()
    desk.work_off()
    assert desk.asked() == asked + CALLS


class TestCancelledInTheMiddle:
    """Somebody changes their mind while it is at work."""

    def test_what_is_done_stays_and_counts_if_promoted_and_nobody_is_asked_for_the_rest(self, desk: Desk) -> None:
        desk.again("--prompt", "reply-3")
        desk.work_off(DONE)
        begun, asked, effects = _first(), desk.asked(), count("effects")
        assert app.tasks["transcript.transcribe"](begun) == "done"
        assert f"{CALLS - DONE} runs were ended, what is done stays" in desk.say("reprocess", "--cancel", "again")
        # messages of before are in the queue still
        assert app.tasks["transcript.classify_speakers"](begun) == "dead: batch_cancelled"
        assert desk.asked() == asked
        assert "was cancelled" in desk.say("reprocess", "--resume", "again", fails=True)
        assert "was cancelled" in desk.again("--prompt", "reply-3", fails=True)
        assert f"{DONE} results of the batch count" in desk.say("promote", "--batch", "again")
        assert f"{DONE} count again as before" in desk.say("undo", "--batch", "again")
        assert count("effects") == effects

    def test_cancelled_twice_ends_nothing_more(self, desk: Desk) -> None:
        desk.again("--prompt", "reply-3")
        desk.say("reprocess", "--cancel", "again")
        assert "0 runs were ended" in desk.say("reprocess", "--cancel", "again")


class TestBesideAnother:
    """The same conversations are asked for while a batch over them is open."""

    def test_the_same_order_goes_on_with_the_open_batch(self, desk: Desk) -> None:
        order = ("reprocess", "--since", "2020-01-01", "--until", "2100-01-01", "--prompt", "reply-3", "--yes")
        first = desk.say(*order)
        desk.work_off(DONE)
        assert desk.say(*order).splitlines()[-2].split(":")[0] == first.splitlines()[-2].split(":")[0]
        assert (count("batches"), count("runs")) == (1, 2 * CALLS)

    def test_under_another_name_it_is_another_batch_and_each_reply_is_paid_once(self, desk: Desk) -> None:
        asked = desk.asked()
        for name in ("first", "second"):
            assert f"{CALLS} asked of openai" in desk.again("--prompt", "reply-3", name=name), "nothing is known yet"
        desk.work_off()
        assert desk.asked() == asked + CALLS
        assert (count("batches"), count("runs")) == (2, 3 * CALLS)
        assert row("SELECT count(*) AS n FROM run_steps WHERE stage = 'generate_reply' AND cached") == {"n": CALLS}


def test_a_batch_over_nothing_ends_at_once(desk: Desk) -> None:
    said = desk.again("--where", "intent=nothing_of_the_kind")
    assert said.splitlines()[-1] == "0 reprocess runs: there is nothing to do."
    assert (count("batches"), count("runs")) == (0, CALLS)


def test_a_batch_whose_transcripts_were_emptied_meanwhile_is_done(desk: Desk) -> None:
    """What it was about when it was planned may be gone when it is gone on with."""
    desk.again("--where", "source=sms", "--prompt", "reply-3")
    rows("DELETE FROM runs WHERE purpose = 'reprocess' RETURNING id")
    rows("UPDATE transcripts SET emptied_at = clock_timestamp() RETURNING id")
    assert "Batch again: 0 reprocess runs, 0 done" in desk.say("reprocess", "--resume", "again", "--wait")
    for command, says in (("diff", "unchanged: 0"), ("promote", "0 results"), ("undo", "0 count again")):
        assert says in desk.say(command, *(["again"] if command == "diff" else ["--batch", "again"]))


def test_a_prompt_that_this_release_no_longer_has_ends_a_run_and_asks_nobody(desk: Desk) -> None:
    desk.again("--prompt", "reply-3")
    rows("UPDATE batches SET prompt = 'reply-99' RETURNING id")
    asked, run = desk.asked(), _first()
    with pytest.raises(StepFailed, match="prompt_unknown"):
        _reply(run)
    assert desk.asked() == asked
    assert row("SELECT state, last_error FROM runs WHERE id = %s", run) == {"state": "dead", "last_error": "prompt_unknown"}
