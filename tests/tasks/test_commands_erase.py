"""After an erasure nothing of the caller is left in any table, nobody else lost anything, and nothing brings them back."""

from uuid import UUID

import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient

from db import events
from db.bodies import unpack
from db.plant import effects
from db.tables import Base
from db.tables.organizations import OrganizationRow
from domain.chain import STAGES, Stage
from domain.errors import LeaseLost
from domain.statuses import ConversationStatus
from tasks.commands.erase import erase
from tests.support import chain
from tests.support.factories import OptOutFactory
from tests.support.invariants import assert_they_hold
from tests.support.plant_factories import KeptAnswerFactory, QuarantineFactory
from tests.support.signing import changed, post_as_twilio
from tests.support.stored import row, rows
from webhooks import tenants

ORG = ("--org", "test")
CALLER, OTHER, OURS = "+14155557734", "+14155550123", "+14155550199"
NAME = "zanzibar"
SPOKEN = "four one five five five five seven seven three four"
NEEDLES = (CALLER, CALLER[2:], NAME, SPOKEN)
FORM = [("From", CALLER), ("To", OURS), ("NumMedia", "0")]


def _erase(*options: str, number: str = CALLER, code: int = 0) -> Result:
    result = CliRunner().invoke(erase, [*options, *ORG], input=f"{number}\n")
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    assert CALLER[2:] not in result.output
    return result


def _writes(client: FlaskClient, sid: str, words: str, number: str = CALLER) -> None:
    answer = post_as_twilio(client, "/webhooks/twilio/sms", changed(FORM, From=number, MessageSid=f"SM{sid:0>32}", Body=words))
    assert answer.status_code < 300


def _worked_off() -> None:
    for run in rows("SELECT id, transcript_id, stage FROM runs WHERE state = 'ready' ORDER BY id"):
        for stage in STAGES[STAGES.index(Stage(run["stage"])) :]:
            sends = (chain.sms(UUID(str(run["transcript_id"]))),) if stage is Stage.PERSIST else ()
            chain.record(chain.claim(UUID(str(run["id"])), stage), effects=sends)
    rows(
        "UPDATE effects SET state = 'sent', provider = 'twilio', provider_ref = 'SM' || md5(id::text), attempts = 1, finished_at = now()"
        " WHERE state = 'pending' RETURNING id"
    )
    rows(
        "UPDATE effects AS e SET target = c.their_number, body = 'Dear zanzibar' FROM conversations AS c WHERE c.id = e.conversation_id"
        " AND c.their_number = %s RETURNING e.id",
        CALLER,
    )
    rows(
        "UPDATE analyses SET summary = 'zanzibar asked', intake = '{\"name\": \"zanzibar\"}' WHERE run_id IN (SELECT r.id FROM runs AS r"
        " JOIN conversations AS c ON c.id = r.conversation_id WHERE c.their_number = %s) RETURNING run_id",
        CALLER,
    )
    rows(
        "UPDATE utterances SET text = %s WHERE run_id IN (SELECT r.id FROM runs AS r JOIN conversations AS c ON c.id = r.conversation_id"
        " WHERE c.their_number = %s) RETURNING seq",
        f"{NAME} {SPOKEN}",
        CALLER,
    )


def _dump(*, but: tuple[str, ...] = ()) -> str:
    """Everything that the database holds, bodies as they were sent."""
    parts = []
    for table in Base.metadata.sorted_tables:
        for found in rows(f"SELECT * FROM {table.name}"):  # noqa: S608 - the tables of the product
            for column, value in found.items():
                if f"{table.name}.{column}" in but:
                    continue
                raw = bytes(value) if isinstance(value, bytes | memoryview) else None
                body = unpack(raw) if raw and (table.name, column) == ("webhook_events", "body") else raw
                parts.append(body.decode(errors="replace").replace("+", " ") if body is not None else str(value))
    return "\n".join(parts).lower()


def _found() -> list[str]:
    dump = _dump()
    return [needle for needle in NEEDLES if needle in dump]


@pytest.fixture(autouse=True)
def _fresh_house() -> None:
    tenants.forget()


@pytest.fixture
def lived(client: FlaskClient, organization: OrganizationRow) -> OrganizationRow:
    """The caller wrote, called and was refused once; somebody else wrote, too."""
    _writes(client, "1", f"I am {NAME}, {SPOKEN}")
    _writes(client, "2", "and once more")
    _writes(client, "3", "my own business", OTHER)
    call = [("CallSid", f"CA{'1' * 32}"), ("From", CALLER), ("To", OURS), ("CallStatus", "completed"), ("Direction", "inbound")]
    assert post_as_twilio(client, "/webhooks/twilio/call-status", call).status_code < 300
    _worked_off()
    KeptAnswerFactory.create(organization_id=organization.id, document={"text": f"Dear {NAME}"})
    QuarantineFactory.create(body=f"From=%2B{CALLER[1:]}&Body=x".encode())
    return organization


@pytest.mark.usefixtures("lived")
def test_nothing_of_the_caller_is_left_and_nobody_else_lost_anything() -> None:
    others = row("SELECT id FROM conversations WHERE their_number = %s", OTHER)["id"]
    theirs = "SELECT to_jsonb(e) - 'duplicate_count' AS it FROM webhook_events AS e WHERE conversation_id = %s"
    before = rows(theirs, others)
    assert _found() == list(NEEDLES), "the search finds what is there"
    counts = {table.name: row(f"SELECT count(*) AS n FROM {table.name}")["n"] for table in Base.metadata.sorted_tables}  # noqa: S608 - our own words

    assert "something is left" in _erase("--prove", code=1).output
    told = _erase("--yes", "--reason", "asked by letter").output
    assert f"CA{'1' * 32}.json" in told
    assert "Messages/SM" in told

    assert _found() == []
    assert rows(theirs, others) == before
    assert "my own business" in _dump()
    after = {table.name: row(f"SELECT count(*) AS n FROM {table.name}")["n"] for table in Base.metadata.sorted_tables}  # noqa: S608 - our own words
    gone = {name: counts[name] - after[name] for name in counts if counts[name] > after[name]}
    assert gone == {"kept_answers": 1, "quarantine": 1}
    proof = row("SELECT * FROM erasures")
    assert (proof["reason"], proof["finished_at"] is not None, proof["proven_at"]) == ("asked by letter", True, None)
    assert proof["counts"]["conversations"] == 2
    assert row("SELECT act, subject_id FROM audits") == {"act": "caller.erase", "subject_id": proof["id"]}
    assert "nothing is left" in _erase("--prove").output
    assert row("SELECT proven_at FROM erasures")["proven_at"]
    assert_they_hold()


@pytest.mark.usefixtures("lived")
def test_a_plan_counts_and_changes_nothing() -> None:
    before = _dump()
    told = _erase("--plan").output
    assert "2 conversations" in told
    assert "utterances" in told
    assert _dump() == before


@pytest.mark.usefixtures("lived")
def test_whoever_says_no_has_changed_nothing() -> None:
    before = _dump()
    result = CliRunner().invoke(erase, [*ORG], input=f"{CALLER}\nn\n")
    assert result.exit_code == 1
    assert _dump() == before


@pytest.mark.usefixtures("lived")
def test_a_second_erasure_finds_nothing_more_to_do() -> None:
    _erase("--yes")
    before = _dump(but=())
    assert "0 conversations" in _erase("--yes").output
    assert len(_dump()) >= len(before)
    assert _found() == []


@pytest.mark.usefixtures("lived")
def test_a_copy_of_what_was_delivered_brings_nobody_back(client: FlaskClient) -> None:
    _erase("--yes")
    _writes(client, "1", f"I am {NAME}, {SPOKEN}")
    call = [("CallSid", f"CA{'1' * 32}"), ("From", CALLER), ("To", OURS), ("CallStatus", "completed"), ("Direction", "inbound")]
    assert post_as_twilio(client, "/webhooks/twilio/call-status", call).status_code < 300
    late = changed(call, CallStatus="ringing", SequenceNumber="0")
    assert post_as_twilio(client, "/webhooks/twilio/call-status", late).status_code < 300
    assert _found() == []
    assert_they_hold()


@pytest.mark.usefixtures("lived")
def test_who_writes_anew_is_heard_anew(client: FlaskClient) -> None:
    _erase("--yes")
    _writes(client, "9", "hello again")
    assert row("SELECT count(*) AS n FROM conversations WHERE their_number = %s", CALLER)["n"] == 1
    assert "hello again" in _dump()
    assert row("SELECT count(*) AS n FROM runs WHERE state = 'ready'")["n"] == 1


@pytest.mark.usefixtures("organization")
def test_what_is_open_is_ended_and_whoever_is_at_it_writes_nothing(client: FlaskClient) -> None:
    _writes(client, "1", f"I am {NAME}")
    run = UUID(str(row("SELECT id FROM runs")["id"]))
    held = chain.claim(run)
    _erase("--yes")
    with pytest.raises(LeaseLost):
        chain.record(held)
    events.keep_answer(held, "deepgram", "late", f"{NAME}".encode())
    assert _found() == []
    stands = row("SELECT status, processing_status, processing_reason FROM transcripts")
    assert (stands["processing_status"], stands["processing_reason"]) == ("failed", "erased")
    assert row("SELECT state, last_error, settled_at IS NOT NULL AS settled FROM runs") == {
        "state": "dead", "last_error": "erased", "settled": True,
    }  # fmt: skip
    assert_they_hold()


def test_a_callback_that_comes_later_is_not_kept(organization: OrganizationRow) -> None:
    stored = chain.store_recording(organization.id, "RE1")
    assert stored.transcript_id
    conversation = row("SELECT id FROM conversations")["id"]
    _erase("--yes", "--conversation", str(conversation))
    came = chain.store_callback(organization.id, stored.transcript_id, body=f"{NAME}".encode())
    assert came
    assert came.run_id is None
    assert NAME not in _dump()
    assert_they_hold()


@pytest.mark.usefixtures("organization")
def test_a_message_that_is_just_leaving_is_waited_for(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.commands.erase.WAIT_S", 0.2)
    _writes(client, "1", "hello")
    run = row("SELECT id, transcript_id FROM runs")
    for stage in STAGES:
        effect = (chain.sms(UUID(str(run["transcript_id"]))),) if stage is Stage.PERSIST else ()
        chain.record(chain.claim(UUID(str(run["id"])), stage), effects=effect)
    held = effects.claim(UUID(str(row("SELECT id FROM effects")["id"])), lease_s=60)
    assert held
    told = _erase("--yes").output
    assert "1 message is just leaving the house" in told
    assert row("SELECT state, last_error, target, body FROM effects") == {
        "state": "unknown", "last_error": "erased", "target": "", "body": "",
    }  # fmt: skip
    assert_they_hold()


def test_stop_goes_on_being_honoured_and_start_ends_it(client: FlaskClient, organization: OrganizationRow) -> None:
    OptOutFactory.create(organization_id=organization.id, our_number=OURS, their_number=CALLER)
    _erase("--yes")
    assert _found() == []
    _writes(client, "1", "hello")

    def would_be_sent(ref: str) -> bool:
        entered = rows(
            "INSERT INTO effects (id, organization_id, conversation_id, effect_key, kind, target, sender, body, trace_id, next_publish_at)"
            " SELECT gen_random_uuid(), organization_id, id, %s, 'sms', %s, %s, 'Hello', 'trace', now() FROM conversations RETURNING id",
            f"conversation:{ref}:silence_sms", CALLER, OURS,
        )  # fmt: skip
        return effects.claim(UUID(str(entered[0]["id"])), lease_s=30) is not None

    assert not would_be_sent("1")
    _writes(client, "2", "START")
    assert would_be_sent("2")


@pytest.mark.usefixtures("lived")
def test_a_conversation_alone_is_erased_by_its_id() -> None:
    conversation = row("SELECT id FROM conversations WHERE channel = 'sms' AND their_number = %s", CALLER)["id"]
    _erase("--yes", "--conversation", str(conversation))
    left = rows("SELECT channel, status FROM conversations WHERE their_number = %s", CALLER)
    assert left == [{"channel": "voice", "status": ConversationStatus.COMPLETED}]
    assert "nothing is left" in _erase("--prove", "--conversation", str(conversation)).output


@pytest.mark.usefixtures("lived")
@pytest.mark.parametrize("number", ["anonymous", "4155557734", "+1", "", "client:"])
def test_what_names_nobody_erases_nobody(number: str) -> None:
    before = _dump()
    result = CliRunner().invoke(erase, ["--yes", "--number", number, *ORG], input="\n")
    assert result.exit_code == 1
    assert _dump() == before
