"""What a batch would change, letting it count, and taking that back: nobody's choice is overrun, and nobody gets a second message."""

import pytest

from db.tables.organizations import OrganizationRow
from tests.support.stored import count, row, rows
from tests.tasks.reprocessing.conftest import CALLS, Desk


@pytest.fixture
def done(desk: Desk) -> Desk:
    """A batch with another prompt and other replies is done."""
    desk.again("--prompt", "reply-3")
    desk.work_off()
    rows("UPDATE replies SET text = 'Changed words.' WHERE run_id IN (SELECT id FROM runs WHERE purpose = 'reprocess') RETURNING run_id")
    return desk


def _effects() -> list[dict[str, object]]:
    return rows("SELECT id, effect_key, state, body FROM effects ORDER BY id")


def test_the_difference_is_told_without_a_word_of_anybody(done: Desk) -> None:
    said = done.say("diff", "again")
    assert f"reply text: {CALLS}  such as " in said
    assert "intent: 0" in said
    assert "Changed words" not in said


def test_words_are_printed_for_who_asks_for_them_after_a_warning(done: Desk) -> None:
    said = done.say("diff", "again", "--show-words", "--samples", "1")
    assert said.index("words written for callers") < said.index("batch says: Changed words.")
    assert said.count("batch says") == 1


def test_every_kind_of_change_is_counted(done: Desk) -> None:
    mine = "run_id IN (SELECT id FROM runs WHERE purpose = 'reprocess' ORDER BY transcript_id LIMIT 2)"
    rows(
        f"UPDATE analyses SET intent = 'refund', roles = '{{\"0\": \"unsure\"}}', safety ="  # noqa: S608 - our own words
        f' \'[{{"rule": "chest_pain", "urgency": "emergency", "seq": 0}}]\' WHERE {mine} RETURNING run_id'
    )
    rows(f"UPDATE replies SET fault = 'promises', escalates = true WHERE {mine} RETURNING run_id")  # noqa: S608 - our own words
    said = done.say("diff", "again")
    for kind in ("roles", "intent", "urgency", "safety rules", "asks for a person", "reply refused"):
        assert f"  {kind}: 2  such as " in said
    assert "-> refund: 2" in said


def test_promoted_and_undone_leaves_everything_as_it_was(done: Desk) -> None:
    before, effects = done.counting(), _effects()
    said = done.say("promote", "--batch", "again")
    assert f"{CALLS} results of the batch count" in said
    assert {found["text"] for found in done.counting()} == {"Changed words."}
    assert f"{CALLS} count again as before" in done.say("undo", "--batch", "again")
    assert done.counting() == before
    assert _effects() == effects


def test_promoted_twice_moves_nothing_more_and_may_be_done_again_after_an_undo(done: Desk) -> None:
    done.say("promote", "--batch", "again")
    assert "0 results of the batch count" in done.say("promote", "--batch", "again")
    assert count("promotions") == CALLS
    done.say("undo", "--batch", "again")
    assert f"{CALLS} results" in done.say("promote", "--batch", "again")
    assert {found["text"] for found in done.counting()} == {"Changed words."}


def test_what_a_person_chose_since_is_left_and_listed(done: Desk) -> None:
    done.again("--prompt", "reply-3", name="other")
    done.work_off()
    chosen = row("SELECT r.id, r.transcript_id FROM runs AS r JOIN batches AS b ON b.id = r.batch_id WHERE b.name = 'other' LIMIT 1")
    done.say("promote", chosen["id"])
    said = done.say("promote", "--batch", "again")
    assert f"{CALLS - 1} results of the batch count" in said
    assert f"left as it is: transcript {chosen['transcript_id']}" in said
    counts = row("SELECT current_run_id FROM transcripts WHERE id = %s", chosen["transcript_id"])
    assert counts == {"current_run_id": chosen["id"]}


def test_what_a_person_chose_before_is_left_too(desk: Desk) -> None:
    desk.again("--prompt", "reply-3", name="other")
    desk.work_off()
    chosen = row("SELECT id, transcript_id FROM runs WHERE purpose = 'reprocess' LIMIT 1")
    desk.say("promote", chosen["id"])
    desk.again("--prompt", "reply-3", name="again")
    desk.work_off()
    said = desk.say("promote", "--batch", "again")
    assert f"{CALLS - 1} results of the batch count" in said
    assert f"left as it is: transcript {chosen['transcript_id']}" in said


def test_where_a_live_run_is_at_work_nothing_moves_until_it_has_ended(done: Desk) -> None:
    live = row("SELECT id, transcript_id FROM runs WHERE purpose = 'live' ORDER BY id LIMIT 1")
    left = f"left as it is: transcript {live['transcript_id']}: Run {live['id']} is at work"
    for command, most, last in (
        ("promote", f"{CALLS - 1} results of the batch count", "1 results of the batch count"),
        ("undo", f"{CALLS - 1} count again", "1 count again"),
    ):
        rows("UPDATE runs SET state = 'ready' WHERE id = %s RETURNING id", live["id"])
        said = done.say(command, "--batch", "again")
        assert most in said
        assert left in said
        rows("UPDATE runs SET state = 'done' WHERE id = %s RETURNING id", live["id"])
        assert last in done.say(command, "--batch", "again")


def test_an_undo_leaves_what_moved_since(done: Desk) -> None:
    done.say("promote", "--batch", "again")
    moved = row("SELECT id, counted_run_id, transcript_id FROM runs WHERE purpose = 'reprocess' LIMIT 1")
    done.say("promote", moved["counted_run_id"])
    said = done.say("undo", "--batch", "again")
    assert f"{CALLS - 1} count again as before" in said
    assert f"left as it is: transcript {moved['transcript_id']}" in said


def test_nothing_is_sent_twice_even_with_effects(done: Desk) -> None:
    before, sent = _effects(), len(done.house.paid("send_message"))
    said = done.say("promote", "--batch", "again", "--with-effects", answers="y\n")
    assert "Send them?" in said
    done.house.deliver()
    assert _effects() == before
    assert len(done.house.paid("send_message")) == sent


def test_with_effects_who_was_never_answered_is_answered_once(done: Desk) -> None:
    lost = row("DELETE FROM effects WHERE id = (SELECT id FROM effects ORDER BY id LIMIT 1) RETURNING transcript_id")["transcript_id"]
    said = done.say("promote", "--batch", "again", "--with-effects", "--yes")
    assert f"{CALLS} results" in said
    [entered] = rows("SELECT state, body, effect_key FROM effects WHERE transcript_id = %s", lost)
    assert entered == {"state": "pending", "body": "Changed words.", "effect_key": f"transcript:{lost}:sms"}
    done.say("undo", "--batch", "again")
    done.say("promote", "--batch", "again", "--with-effects", "--yes")
    done.house.deliver()
    assert count("effects") == CALLS
    assert row("SELECT state FROM effects WHERE transcript_id = %s", lost) == {"state": "sent"}


def test_with_effects_somebody_who_says_no_changes_nothing(done: Desk) -> None:
    before = done.counting()
    done.say("promote", "--batch", "again", "--with-effects", answers="n\n", fails=True)
    assert done.counting() == before


def test_a_batch_of_another_organization_is_not_there(done: Desk, organization: OrganizationRow) -> None:
    rows("UPDATE batches SET organization_id = %s RETURNING id", str(_other(organization)))
    for command in (("diff", "again"), ("promote", "--batch", "again"), ("undo", "--batch", "again"), ("reprocess", "--cancel", "again")):
        assert "There is no batch 'again' in this organization" in done.say(*command, fails=True)


def _other(organization: OrganizationRow) -> object:
    found = row(
        "INSERT INTO organizations (id, slug, name) SELECT gen_random_uuid(), 'other', name FROM organizations WHERE id = %s RETURNING id",
        str(organization.id),
    )
    return found["id"]
