"""A delivery goes through the whole chain over real sockets, and the read side shows what became of it."""

import orjson
import pytest
from sqlalchemy import select

from benchmarks.harness.processes import Process
from db.tables.effects import EffectRow
from db.tables.organizations import OrganizationRow
from tests.end_to_end.conftest import Follow
from tests.support.processes import ROOT, until
from tests.support.sessions import session
from tests.support.vendors import call_back, send_sms

pytestmark = pytest.mark.usefixtures("worker")
STAGES = ["transcribe", "classify_speakers", "generate_reply", "persist"]
CALLS = sorted(path for path in (ROOT / "demo" / "calls").glob("*.json") if not path.name.endswith(".label.json"))


def test_a_real_call_gets_its_roles_and_a_reply(web_url: str, organization: OrganizationRow, follow: Follow) -> None:
    document = orjson.loads(CALLS[0].read_bytes())
    label = orjson.loads(CALLS[0].with_suffix(".label.json").read_bytes())

    answer = call_back(web_url, organization, document)
    transcript = follow(document["metadata"]["request_id"])

    assert answer.status_code == 200
    assert (transcript["status"], transcript["processing_status"]) == ("completed", "completed")
    assert transcript["analysis"]["roles"] == {str(label["agent_speaker"]): "agent", str(label["customer_speaker"]): "customer"}
    assert transcript["reply"]["text"]
    assert [(step["stage"], step["state"], step["attempts"]) for step in transcript["run"]["steps"]] == [
        (stage, "done", 1) for stage in STAGES
    ]


def test_an_sms_is_answered_once_through_the_ledger(web_url: str, message_sid: str, follow: Follow) -> None:
    for _ in range(3):
        answer = send_sms(web_url, message_sid, "What time do you open tomorrow?")
        assert (answer.status_code, answer.text) == (200, "<Response></Response>")
    transcript = follow(message_sid)

    def sent() -> list[EffectRow]:
        session.rollback()
        return list(session.scalars(select(EffectRow).where(EffectRow.state == "sent")))

    [effect] = until(sent, "the reply is recorded as sent")
    assert (effect.target, effect.body, effect.provider) == ("+14155550123", transcript["reply"]["text"], "local")
    assert [row.effect_key for row in session.scalars(select(EffectRow))] == [f"transcript:{transcript['id']}:sms"]


def test_one_trace_id_goes_from_the_webhook_to_the_last_step(web_url: str, worker: Process, message_sid: str, follow: Follow) -> None:
    answer = send_sms(web_url, message_sid, "Do you repair phones?")
    follow(message_sid)
    trace_id = answer.headers["X-Trace-Id"]
    until(lambda: worker.said('"stage": "persist"') or worker.said('"stage":"persist"'), "the last step speaks")
    lines = [orjson.loads(line) for line in worker.log.read_text(encoding="utf-8").splitlines() if '"step_finished"' in line]
    assert {line["trace_id"] for line in lines} == {trace_id}
    assert [line["stage"] for line in lines] == STAGES
