"""A reply into a live call is said once: pushed, or handed over when the call asks, whichever is first (I9)."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import settings as figures
from hypothesis import strategies as st

from db import live
from db.plant import claims
from db.results import publish
from db.tables.organizations import OrganizationRow
from domain.chain import Stage
from domain.errors import CallOverError, NoAnswerError, PermanentError, RetryableError, StepError
from domain.runs import Claim, LiveTurn, Planned, Publication
from domain.telephony.call_flow import Found, waits
from tasks import deliver
from tests.support import calling, chain
from tests.support.calling import Caller, Heard, reply, work_off
from tests.support.factories import OrganizationFactory
from tests.support.fake_messenger import FakeMessenger, later
from tests.support.invariants import assert_they_hold
from tests.support.stored import row, rows
from webhooks import tenants

few = figures(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def caller(app: Flask, organization: OrganizationRow) -> Iterator[Caller]:
    """Somebody who asked something and waits; the reply is in the ledger."""
    tenants.forget()
    found = Caller(app.test_client())
    found.says("When do you open?")
    work_off()
    yield found
    tenants.forget()


def _push() -> str:
    return str(deliver.deliver(str(reply()["id"])))


def test_a_reply_is_pushed_with_what_the_call_goes_on_with(vendor: FakeMessenger, caller: Caller) -> None:
    assert _push() == "sent"
    [pushed] = vendor.sent
    assert (pushed.target, pushed.body, pushed.answers) == (caller.sid, reply()["body"], LiveTurn(1, "en-US"))
    assert caller.asks().verbs == ["Pause", "Redirect"], "it was said already"
    assert_they_hold()


def test_a_writer_who_asks_for_a_person_names_one(vendor: FakeMessenger, caller: Caller) -> None:
    rows('UPDATE organizations SET settings = settings || \'{"on_call": "+15005550111", "persona": {"locale": "en-GB"}}\' RETURNING id')
    rows("UPDATE replies SET escalates = true RETURNING run_id")
    _push()
    assert vendor.sent[0].answers == LiveTurn(1, "en-GB", "+15005550111")


def test_what_was_handed_over_is_not_pushed(vendor: FakeMessenger, caller: Caller) -> None:
    caller.asks()
    assert _push().startswith("nothing to do")
    assert vendor.sent == []


def test_a_call_that_is_over_needs_no_reply(vendor: FakeMessenger, caller: Caller) -> None:
    vendor.fails = CallOverError("twilio:call_not_in_progress")
    assert _push() == "superseded: nobody is on the line any more"
    assert (reply()["state"], reply()["last_error"]) == ("superseded", "twilio:call_not_in_progress")
    assert_they_hold()


def test_a_push_that_failed_leaves_the_reply_to_whoever_asks(vendor: FakeMessenger, caller: Caller) -> None:
    vendor.fails = RetryableError("twilio:unreachable")
    assert _push().startswith("retry")
    assert caller.asks().words == reply()["body"]


@pytest.mark.parametrize("fails", [PermanentError("twilio:account_not_configured"), RetryableError("twilio:unreachable")])
def test_a_push_that_is_refused_for_good_leaves_the_reply_to_the_call(
    vendor: FakeMessenger, caller: Caller, configured: Callable[..., None], fails: StepError
) -> None:
    configured(WORKER_MAX_RETRIES=0)
    vendor.fails = fails
    assert _push() == f"left to the call: {fails.code}"
    assert (reply()["state"], reply()["last_error"]) == ("pending", fails.code)
    assert _push().startswith("nothing to do"), "what was refused is not pushed again"
    assert_they_hold()
    assert caller.asks().words == reply()["body"]
    assert (reply()["state"], reply()["provider_ref"], reply()["last_error"]) == ("sent", "redirect:1", None)
    assert_they_hold()


def test_a_refused_reply_that_no_call_asks_for_gives_way(vendor: FakeMessenger, caller: Caller) -> None:
    vendor.fails = PermanentError("twilio:account_not_configured")
    _push()
    assert 58 < row("SELECT CAST(EXTRACT(EPOCH FROM next_publish_at - clock_timestamp()) AS float) AS s FROM effects")["s"] <= 60
    rows("UPDATE transcripts SET created_at = created_at - interval '60 seconds' RETURNING id")
    later()
    assert _push().startswith("nothing to do")
    assert (reply()["state"], reply()["last_error"], len(vendor.sent)) == ("superseded", "too_late", 1)
    assert_they_hold()


@pytest.mark.parametrize("code", ["twilio:http_500", "twilio:http_503"])
def test_a_call_that_still_asks_was_not_changed_by_a_push_that_ended_in_an_error(vendor: FakeMessenger, caller: Caller, code: str) -> None:
    asked: list[Heard] = []
    vendor.fails, vendor.before_answer = NoAnswerError(code), lambda: asked.append(caller.asks())
    _push()
    assert asked[0].verbs == ["Pause", "Redirect"], "while it is being pushed nobody knows"
    assert [caller.asks(waited=waited).words for waited in (2, 2)] == [reply()["body"]] * 2
    assert caller.asks(waited=3).verbs == ["Pause", "Redirect"], "once"
    later()
    assert _push().startswith("nothing to do")
    assert (reply()["state"], len(vendor.sent)) == ("sent", 1)
    assert_they_hold()


def test_a_gateway_that_gave_up_says_nothing_of_what_it_asked(vendor: FakeMessenger, caller: Caller) -> None:
    vendor.fails = NoAnswerError("twilio:http_504")
    _push()
    assert caller.asks(waited=2).verbs == ["Pause", "Redirect"]


def test_a_push_of_which_nobody_knows_is_not_said_again(vendor: FakeMessenger, caller: Caller) -> None:
    vendor.fails = NoAnswerError("twilio:timeout")
    _push()
    assert [caller.asks(waited=waited).verbs for waited in (1, 9)] == [["Pause", "Redirect"], ["Gather"]]
    vendor.fails = None
    for _ in range(2):
        later()
        _push()
    assert (reply()["state"], len(vendor.sent)) == ("unknown", 1)


@pytest.mark.parametrize(
    ("happens", "why"),
    [
        (lambda caller: caller.says("Hello?", 2), "later_turn"),
        (lambda caller: caller.hangs_up(), "call_ended"),
        (lambda _: rows("UPDATE transcripts SET created_at = created_at - interval '61 seconds' RETURNING id"), "too_late"),
    ],
)
def test_a_reply_that_came_too_late_gives_way(vendor: FakeMessenger, caller: Caller, happens: Callable[[Caller], Any], why: str) -> None:
    late = reply()["id"]
    happens(caller)
    assert deliver.deliver(str(late)).startswith("nothing to do")
    assert row("SELECT state, last_error FROM effects WHERE id = %s", str(late)) == {"state": "superseded", "last_error": why}
    assert vendor.sent == []
    assert_they_hold()


@pytest.mark.parametrize("gives_up", [False, True])
def test_a_turn_that_was_given_up_holds_no_later_one_back(organization: OrganizationRow, *, gives_up: bool) -> None:
    first, sid = calling.store_turn(organization.id)
    live.take_reply(organization.id, sid, 1, 9, "trace", gives_up=gives_up)
    second, _ = calling.store_turn(organization.id, turn=2, sid=sid)
    assert first.run_id
    assert second.run_id
    chain.bring_to(second.run_id, Stage.GENERATE_REPLY)
    answer = claims.claim(second.run_id, Stage.GENERATE_REPLY, lease_s=30, max_attempts=6, worker="test")
    assert isinstance(answer, Claim) is gives_up


PUSH_ENDS = (None, CallOverError("twilio:call_not_in_progress"), NoAnswerError("twilio:timeout"))
IN_VAIN = (PermanentError("twilio:account_not_configured"), NoAnswerError("twilio:http_500"))
PUSHES = ("push", "push", "ask 1", "ask 1", "ask 2", "give up", "hang up")


@few
@given(st.permutations(PUSHES), st.sampled_from(PUSH_ENDS))
def test_in_any_order_a_reply_is_said_once_at_most(vendor: FakeMessenger, app: Flask, order: list[str], fails: Exception | None) -> None:
    org = OrganizationFactory.create().id
    vendor.sent, vendor.fails = [], fails
    effect, sid = _ready(org)
    handed = set()
    for act in order:
        if act == "push":
            deliver.deliver(str(effect))
        elif act == "hang up":
            calling.hang_up(org, sid)
        else:
            waited = 9 if act == "give up" else int(act[-1])
            found = live.take_reply(org, sid, 1, waited, "trace", gives_up=waited == 9)
            handed |= {waited} if found.words else set()
    assert len(handed) + len(vendor.sent) <= 1
    standing = row("SELECT state FROM effects WHERE id = %s", str(effect))["state"]
    assert standing in {"sent", "superseded", "sending"}
    assert (standing == "sent") == bool(handed or (vendor.sent and fails is None))


@few
@given(st.permutations(PUSHES), st.sampled_from(IN_VAIN))
def test_in_any_order_a_reply_that_was_pushed_in_vain_is_handed_over_once(
    vendor: FakeMessenger, app: Flask, order: list[str], fails: Exception
) -> None:
    org = OrganizationFactory.create().id
    vendor.sent, vendor.fails = [], fails
    effect, sid = _ready(org)
    handed: set[int] = set()
    for act in order:
        if act == "push":
            deliver.deliver(str(effect))
        elif act == "hang up":
            calling.hang_up(org, sid)
        else:
            waited = 9 if act == "give up" else int(act[-1])
            handed |= {waited} if live.take_reply(org, sid, 1, waited, "trace", gives_up=waited == 9).words else set()
    assert len(vendor.sent) <= 1
    asked_before_the_end = any(act not in {"push", "hang up"} for act in order[: order.index("hang up")])
    assert len(handed) == asked_before_the_end, "the first that asks gets it"


def test_pushed_and_asked_for_at_the_same_moment_it_is_said_once(vendor: FakeMessenger, organization: OrganizationRow) -> None:
    for _ in range(5):
        effect, sid = _ready(organization.id)
        vendor.sent = []
        asks = [partial(live.take_reply, organization.id, sid, 1, waited, "trace", gives_up=False) for waited in (1, 2, 3)]
        pushes = [partial(deliver.deliver, str(effect))] * 3
        answers = chain.at_once([*asks, *pushes])
        assert sum(bool(getattr(answer, "words", None)) for answer in answers) + len(vendor.sent) == 1


def test_given_up_and_answered_at_the_same_moment_it_is_said_or_a_call_back_is_promised(
    vendor: FakeMessenger, organization: OrganizationRow
) -> None:
    rows('UPDATE organizations SET settings = settings || \'{"on_call": "+15005550111"}\' RETURNING id')
    promised = 0
    for _ in range(12):
        vendor.sent = []
        stored, sid = calling.store_turn(organization.id)
        assert stored.run_id
        chain.bring_to(stored.run_id, Stage.PERSIST)
        held = chain.claim(stored.run_id, Stage.PERSIST)
        both: list[Callable[[], object]] = [
            partial(_answer_and_push, held, calling.planned(stored, sid)),
            partial(live.take_reply, organization.id, sid, 1, 9, "trace", gives_up=True),
        ]
        _, found = chain.at_once(both)
        assert isinstance(found, Found)
        said = [*vendor.sent, *([found.words] if found.words else []), *(["promised"] if found.is_told else [])]
        assert len(said) == 1 or (not said and waits(9, found)), "one of them; or the call asks again"
        promised += found.is_told
        assert row("SELECT count(*) AS n FROM effects WHERE kind = 'escalation'")["n"] == promised
    assert_they_hold()


def _answer_and_push(held: Claim, planned: Planned) -> None:
    for bell in publish(held, Publication((planned,))):
        deliver.deliver(str(bell.effect_id))


def _ready(organization_id: UUID) -> tuple[UUID, str]:
    """A turn whose reply is in the ledger: the effect and the call."""
    stored, sid = calling.store_turn(organization_id)
    return calling.answer_turn(stored, sid), sid
