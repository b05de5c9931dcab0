"""Nobody is paid twice for what came of the very same inputs; and what it costs is what the plan said."""

import re
from decimal import Decimal

import pytest

from db import batches
from tests.support.stored import count, row, rows
from tests.tasks.reprocessing.conftest import CALLS, Desk


def _cached() -> dict[str, int]:
    found = rows(
        "SELECT s.stage, count(*) AS n FROM run_steps AS s JOIN runs AS r ON r.id = s.run_id"
        " WHERE r.purpose = 'reprocess' AND s.cached GROUP BY s.stage"
    )
    return {str(each["stage"]): int(each["n"]) for each in found}


def _planned_usd(said: str) -> float:
    found = re.search(r"Price: about \$([\d.]+)", said)
    assert found, said
    return float(found[1])


def _spent_usd() -> float:
    query = (
        "SELECT COALESCE(sum(s.price_usd), 0) AS usd FROM run_steps AS s JOIN runs AS r ON r.id = s.run_id WHERE r.purpose = 'reprocess'"
    )
    return float(row(query)["usd"])


def test_what_did_not_change_asks_nobody(desk: Desk) -> None:
    before = desk.asked()
    assert before == 2 * CALLS
    said = desk.again()
    assert f"generate_reply     {CALLS} reused" in said
    assert "Calls: openai 0, deepgram 0" in said
    desk.work_off()
    assert desk.asked() == before
    assert _cached() == {"transcribe": CALLS, "classify_speakers": CALLS, "generate_reply": CALLS}
    assert _spent_usd() == 0.0
    unlike = rows(
        "SELECT FROM runs AS r JOIN transcripts AS t ON t.id = r.transcript_id JOIN replies AS g ON g.run_id = r.id"
        " JOIN replies AS h ON h.run_id = t.current_run_id JOIN analyses AS a ON a.run_id = r.id"
        " JOIN analyses AS b ON b.run_id = t.current_run_id"
        " WHERE r.purpose = 'reprocess' AND (g.text <> h.text OR a.intent <> b.intent OR a.roles <> b.roles OR a.figures <> b.figures)"
    )
    assert unlike == []
    assert row("SELECT count(DISTINCT (prompt_version, model, engine)) AS n FROM runs") == {"n": 1}


def test_a_new_reply_prompt_asks_for_replies_only_at_the_price_that_was_told(desk: Desk) -> None:
    before = desk.asked()
    said = desk.again("--prompt", "reply-3")
    assert f"classify_speakers  {CALLS} reused" in said
    assert f"generate_reply     {CALLS} asked of openai gpt-6-luna reply-3" in said
    desk.work_off()
    assert desk.asked() == before + CALLS
    assert _cached() == {"transcribe": CALLS, "classify_speakers": CALLS}
    assert _spent_usd() == pytest.approx(_planned_usd(said), rel=0.01)
    assert {run["prompt_version"] for run in rows("SELECT prompt_version FROM runs WHERE purpose = 'reprocess'")} == {
        "understanding-2+reply-3"
    }


def test_another_model_understands_and_answers_anew(desk: Desk) -> None:
    before = desk.asked()
    said = desk.again("--model", "another")
    desk.work_off()
    assert desk.asked() == before + 2 * CALLS
    assert {run["model"] for run in rows("SELECT model FROM runs WHERE purpose = 'reprocess'")} == {"another"}
    assert _spent_usd() == pytest.approx(_planned_usd(said), rel=0.01)


def test_another_model_from_a_step_on_leaves_what_is_before_it(desk: Desk) -> None:
    before = desk.asked()
    desk.again("--model", "another", "--from-step", "generate_reply")
    desk.work_off()
    assert desk.asked() == before + CALLS
    assert _cached() == {"transcribe": CALLS, "classify_speakers": CALLS}


def test_what_a_batch_found_is_there_for_the_next_one(desk: Desk) -> None:
    desk.again("--prompt", "reply-3", name="first")
    desk.work_off()
    after_the_first = desk.asked()
    assert "Calls: openai 0" in desk.again("--prompt", "reply-3", name="second")
    desk.work_off()
    assert desk.asked() == after_the_first


def test_other_settings_of_the_organization_are_other_inputs(desk: Desk) -> None:
    rows('UPDATE organizations SET settings = settings || \'{"services": ["cleaning"]}\', version = version + 1 RETURNING id')
    before = desk.asked()
    assert f"Calls: openai {2 * CALLS}" in desk.again()
    desk.work_off()
    assert desk.asked() == before + 2 * CALLS


def test_what_stood_in_for_the_model_is_not_taken_over(desk: Desk) -> None:
    rows("UPDATE run_steps SET error_code = 'openai:503' WHERE stage = 'generate_reply' RETURNING run_id")
    before = desk.asked()
    desk.again("--plan")
    assert f"Calls: openai {CALLS}" in desk.again("--plan")
    assert desk.asked() == before


def test_a_plan_writes_nothing_and_asks_nobody(desk: Desk) -> None:
    before, asked = [count(table) for table in ("runs", "batches", "run_steps", "effects")], desk.asked()
    assert desk.again("--plan", "--prompt", "reply-3").splitlines()[-1] == "Nothing was written."
    assert [count(table) for table in ("runs", "batches", "run_steps", "effects")] == before
    assert desk.asked() == asked


def test_what_it_was_said_to_cost_is_kept_beside_what_it_costs(desk: Desk) -> None:
    said = desk.again("--prompt", "reply-3")
    desk.work_off()
    [standing] = batches.fetch_list(desk.house.organization.id, 10)
    assert standing.planned_usd == pytest.approx(_planned_usd(said), abs=1e-6)
    assert standing.usd == pytest.approx(_spent_usd())
    assert (standing.opened, standing.done, standing.dead, standing.counting) == (CALLS, CALLS, 0, 0)


def test_steps_of_live_runs_say_what_they_came_of(desk: Desk) -> None:
    assert desk.asked()
    found = row(
        "SELECT count(*) AS n, count(DISTINCT input_hash) AS hashes, bool_or(cached) AS cached FROM run_steps WHERE stage <> 'persist'"
    )
    assert found == {"n": 3 * CALLS, "hashes": 3 * CALLS, "cached": False}
    assert row("SELECT sum(price_usd) > 0 AS paid FROM run_steps") == {"paid": True}
    assert Decimal(0) == row("SELECT COALESCE(sum(price_usd), 0) AS n FROM run_steps WHERE stage = 'persist'")["n"]
