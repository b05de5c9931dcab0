"""What the network says of a message: kept, found its effect, moved it up and never down (I7), and proof that it was sent (I4)."""

from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as figures
from hypothesis import strategies as st

from db import events
from db.plant import effects
from db.tables.effects import EffectRow
from domain.chain import EffectState
from domain.deliveries import MessageReport, Stored
from domain.errors import LeaseLost
from tests.support import chain
from tests.support.factories import EffectFactory, OrganizationFactory, TranscriptFactory
from tests.support.stored import count, row, rows

SID, OTHER = "SM" + "1" * 32, "SM" + "2" * 32
LIFE = ("queued", "sending", "sent", "undelivered", "delivered", "read")

few = figures(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def report(
    effect: EffectRow, status: str = "sent", *, ref: str = SID, code: str | None = None, named: bool = True, rank: int | None = None
) -> Stored:
    """The network says something of an effect's message."""
    told = MessageReport(ref, status, LIFE.index(status) + 1 if rank is None else rank, code, effect.id if named else None)
    return events.store_report(effect.organization_id, chain.envelope("message_status", f"{ref}:{status}"), told)


def found(effect: EffectRow) -> dict[str, Any]:
    return row("SELECT * FROM effects WHERE id = %s", str(effect.id))


def sent(**more: Any) -> EffectRow:
    return EffectFactory.create(state="sent", provider="twilio", provider_ref=SID, **more)


@pytest.mark.parametrize("named", [True, False])
def test_a_report_finds_its_effect_by_the_effects_id_or_the_messages(*, named: bool) -> None:
    transcript = TranscriptFactory.create()
    effect = sent(organization_id=transcript.organization_id, conversation_id=transcript.conversation_id, transcript_id=transcript.id)
    stored = report(effect, "delivered", named=named)
    assert (stored.fresh, stored.conversation_id, stored.transcript_id, stored.run_id) == (
        True,
        effect.conversation_id,
        transcript.id,
        None,
    )
    assert (found(effect)["delivery"], found(effect)["delivery_code"], found(effect)["state"]) == ("delivered", None, "sent")
    event = row("SELECT conversation_id, transcript_id, subject FROM webhook_events")
    assert event == {"conversation_id": str(effect.conversation_id), "transcript_id": str(transcript.id), "subject": f"{SID}:delivered"}


def test_a_report_on_a_message_of_nobodys_is_kept_all_the_same() -> None:
    effect = EffectFactory.create()
    stored = report(effect, ref=OTHER, named=False)
    assert (stored.fresh, stored.conversation_id) == (True, None)
    assert found(effect)["delivery"] is None
    assert count("webhook_events") == 1


def test_another_organizations_effect_is_not_touched() -> None:
    effect = sent()
    told = MessageReport(SID, "delivered", 5, None, effect.id)
    stored = events.store_report(OrganizationFactory.create().id, chain.envelope("message_status", "x"), told)
    assert stored.conversation_id is None
    assert found(effect)["delivery"] is None


def test_an_effect_that_another_message_belongs_to_is_not_touched() -> None:
    effect = sent()
    assert report(effect, ref=OTHER).conversation_id is None
    assert (found(effect)["delivery"], found(effect)["provider_ref"]) == (None, SID)


def test_the_effect_that_the_report_names_comes_before_one_that_has_the_id() -> None:
    named = EffectFactory.create(state="unknown")
    other = sent(organization_id=named.organization_id)
    report(named)
    assert (found(named)["state"], found(other)["delivery"]) == ("sent", None)


def test_a_report_that_is_repeated_is_one_event() -> None:
    effect = sent()
    assert [report(effect).fresh for _ in range(3)] == [True, False, False]
    assert row("SELECT duplicate_count FROM webhook_events")["duplicate_count"] == 2


def test_the_reason_of_a_failure_is_kept_with_it() -> None:
    effect = sent()
    report(effect, "undelivered", code="30003")
    assert (found(effect)["delivery"], found(effect)["delivery_code"]) == ("undelivered", "30003")
    report(effect, "sent", code="30001")
    assert (found(effect)["delivery"], found(effect)["delivery_code"]) == ("undelivered", "30003")
    report(effect, "delivered")
    assert (found(effect)["delivery"], found(effect)["delivery_code"]) == ("delivered", None)


REPORTS = tuple((status, code) for status in LIFE for code in (None, "30003", "30005") if code is None or status == "undelivered")


@few
@given(st.lists(st.sampled_from(REPORTS), max_size=6).flatmap(lambda extra: st.permutations([*REPORTS, *extra])), st.integers(0, 12))
def test_any_order_and_any_number_of_reports_ends_the_same(order: list[tuple[str, str | None]], unknown_until: int) -> None:
    """The messenger's own outcome may come before, between or after them."""
    effect = EffectFactory.create(state="unknown" if unknown_until else "sent", provider_ref=None if unknown_until else SID)
    for status, code in order:
        report(effect, status, code=code)
    final = found(effect)
    assert (final["state"], final["provider_ref"]) == ("sent", SID)
    assert (final["delivery"], final["delivery_code"], final["delivery_rank"]) == ("read", None, len(LIFE))


@few
@given(st.permutations([("undelivered", None), ("undelivered", "30003"), ("undelivered", "30005"), ("sent", None), ("sent", "1")]))
def test_the_code_too_is_the_same_in_any_order(order: list[tuple[str, str | None]]) -> None:
    effect = sent()
    for status, code in order:
        report(effect, status, code=code)
    assert (found(effect)["delivery"], found(effect)["delivery_code"]) == ("undelivered", "30005")


def test_all_reports_at_the_same_moment_end_at_the_highest() -> None:
    effect = EffectFactory.create(state="unknown")
    chain.at_once([partial(report, effect, status) for status in LIFE * 2])
    final = found(effect)
    assert (final["delivery"], final["delivery_rank"], final["state"], final["provider_ref"]) == ("read", len(LIFE), "sent", SID)
    assert row("SELECT count(*) AS n, sum(duplicate_count) AS again FROM webhook_events") == {"n": 6, "again": 6}


@pytest.mark.parametrize("state", ["pending", "unknown", "failed"])
def test_a_message_that_is_reported_was_sent_whatever_we_believed(state: str) -> None:
    """Pending: an attempt that seemed to have left nothing behind had. It must not be sent a second time."""
    effect = EffectFactory.create(state=state, last_error="twilio:http_503")
    report(effect)
    final = found(effect)
    assert (final["state"], final["provider"], final["provider_ref"], final["last_error"]) == ("sent", "twilio", SID, None)
    assert final["finished_at"]
    assert effects.claim(effect.id, lease_s=30) is None


@pytest.mark.parametrize("left", ["its lease ran out", "it waits to be looked up"])
def test_an_interrupted_attempt_that_is_reported_was_sent(left: str) -> None:
    effect = EffectFactory.create()
    claimed = effects.claim(effect.id, lease_s=30)
    assert claimed
    if left == "its lease ran out":
        rows("UPDATE effects SET lease_until = clock_timestamp() - interval '1 second' RETURNING id")
    else:
        effects.postpone(claimed, "timeout", 30, left_the_house=True)
    report(effect)
    assert (found(effect)["state"], found(effect)["provider_ref"], found(effect)["lease_token"]) == ("sent", SID, None)
    with pytest.raises(LeaseLost):
        effects.settle(claimed, EffectState.UNKNOWN)


def test_whoever_is_just_sending_writes_its_outcome_down_itself() -> None:
    """The report overtakes the answer: the sender holds the lease, and its reference is the same."""
    effect = EffectFactory.create()
    claimed = effects.claim(effect.id, lease_s=30)
    assert claimed
    report(effect, "delivered")
    assert (found(effect)["state"], found(effect)["provider_ref"], found(effect)["delivery"]) == ("sending", SID, "delivered")
    effects.settle(claimed, EffectState.SENT, provider="twilio", ref=SID)
    assert (found(effect)["state"], found(effect)["provider_ref"], found(effect)["delivery"]) == ("sent", SID, "delivered")


@pytest.mark.parametrize("believed", ["left", "not left", "failed", "unknown", "died"])
def test_whoever_takes_a_reported_message_for_another_outcome_is_overruled(believed: str) -> None:
    """Such as a 503 after the work was done: nothing is sent a second time, and nothing has to be looked up."""
    effect = EffectFactory.create()
    claimed = effects.claim(effect.id, lease_s=30)
    assert claimed
    report(effect)
    match believed:
        case "left" | "not left":
            effects.postpone(claimed, "twilio:http_503", 0, left_the_house=believed == "left")
        case "died":
            rows("UPDATE effects SET lease_until = clock_timestamp() - interval '1 second' RETURNING id")
        case _:
            effects.settle(claimed, EffectState(believed), code="twilio:http_503")
    assert effects.claim(effect.id, lease_s=30) is None
    final = found(effect)
    assert (final["state"], final["provider"], final["provider_ref"], final["last_error"]) == ("sent", "twilio", SID, None)
    assert (final["lease_token"], final["finished_at"] is None) == (None, False)


@pytest.mark.parametrize("state", ["superseded", "suppressed"])
def test_what_was_never_to_be_sent_stays_so(state: str) -> None:
    effect = EffectFactory.create(state=state)
    report(effect)
    assert (found(effect)["state"], found(effect)["provider_ref"]) == (state, None)


def test_a_report_that_waits_for_the_row_sees_it_as_it_is_then() -> None:
    """The report that it waits for is of a higher rank; its own snapshot does not show that yet."""
    effect = sent()
    with chain.holding("UPDATE effects SET delivery = 'read', delivery_rank = 6 WHERE id = %s", str(effect.id)):
        [waiting] = chain.started([partial(report, effect, "sent")])
        chain.until_blocked()
    waiting.result(10)
    assert (found(effect)["delivery"], found(effect)["delivery_rank"]) == ("read", 6)


def test_a_notice_is_kept_once_and_belongs_to_nothing() -> None:
    organization_id = OrganizationFactory.create().id
    stored = [events.store_notice(organization_id, chain.envelope("intelligence", "GT1", b'{"a": 1}')) for _ in range(2)]
    assert [(one.fresh, one.conversation_id, one.transcript_id, one.run_id) for one in stored] == [
        (True, *[None] * 3),
        (False, *[None] * 3),
    ]
    assert count("conversations") == 0


def test_a_report_is_found_without_reading_the_whole_ledger() -> None:
    mine = EffectFactory.create(provider_ref=uuid4().hex).organization_id
    for _ in range(200):
        EffectFactory.create(organization_id=mine, provider_ref=uuid4().hex)
    rows("ANALYZE effects; SELECT 1")
    plan = rows(
        "SET enable_seqscan = off; EXPLAIN SELECT id FROM effects WHERE organization_id = %s AND provider_ref = %s",
        str(mine),
        uuid4().hex,
    )
    assert "ix_effects_organization_id_provider_ref" in str(plan)
