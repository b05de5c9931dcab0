"""What is said of a plan: what a reader would else wonder at is told."""

from datetime import UTC, datetime

import pytest

from domain.batches import Order, Selection, Variant
from domain.chain import Stage
from domain.plans import Plan
from domain.vendors import Vendor
from tasks.commands.plan_told import told

WEEK = Selection(datetime(2026, 11, 13, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC))
AGAIN = "classify_speakers is asked again where its inputs are others now"


def _told(plan: Plan, **variant: str | Stage) -> str:
    return "\n".join(told(Order.of(WEEK, Variant(**variant), "try"), plan))  # type: ignore[arg-type] # a test's keywords


def _plan(runs: int = 1, usd: float = 0.0, unpriced: int = 0) -> Plan:
    plan = Plan(runs=runs, usd=usd, unpriced=unpriced)
    for _ in range(runs):
        plan.stages[Stage.CLASSIFY_SPEAKERS].ask(Vendor.OPENAI, "gpt", "understanding-2")
    return plan


@pytest.mark.parametrize(
    ("variant", "is_told"),
    [
        ({"prompt": "reply-3"}, True),
        ({}, True),
        ({"prompt": "understanding-2"}, False),
        ({"model": "gpt"}, False),
        ({"from_step": Stage.CLASSIFY_SPEAKERS}, False),
        ({"from_step": Stage.GENERATE_REPLY, "prompt": "reply-3"}, True),
    ],
    ids=str,
)
def test_who_changes_replies_alone_hears_why_more_is_asked(variant: dict[str, str | Stage], is_told: bool) -> None:  # noqa: FBT001 - a table's column
    assert (AGAIN in _told(_plan(), **variant)) is is_told


def test_what_is_reused_needs_no_word() -> None:
    plan = Plan(runs=1)
    plan.stages[Stage.CLASSIFY_SPEAKERS].reused = 1
    assert AGAIN not in _told(plan, prompt="reply-3")


@pytest.mark.parametrize(
    ("usd", "unpriced", "price"),
    [
        (0.5, 0, "Price: about $0.500000\n"),
        (0.5, 2, "Price: about $0.500000, and 2 calls of no known price (PRICES)\n"),
        (0.0, 1, "Price: unknown, 1 call of no known price (PRICES)\n"),
    ],
)
def test_a_price_that_nobody_knows_is_not_nothing(usd: float, unpriced: int, price: str) -> None:
    assert price in _told(_plan(usd=usd, unpriced=unpriced))


def test_days_on_which_nobody_called_are_told_as_such() -> None:
    assert "Nothing that was said in these days fits" in _told(_plan(runs=0))
    assert "Nothing that was said" not in _told(_plan())
