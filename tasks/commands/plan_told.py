"""A plan in words."""

from collections.abc import Iterator

import settings
from domain.batches import SHARE, Order, Variant
from domain.chain import Stage
from domain.counting import counted
from domain.plans import Plan, StagePlan
from domain.vendors import Vendor
from providers import registry
from tasks.asking import places

# reading and writing rows takes about as long, in seconds of one process for each run
HOUSE_S = 0.1
MINUTE_S = 60.0
# how the name of each that says how to reply begins
REPLY_PROMPTS = "reply-"


def told(order: Order, plan: Plan) -> Iterator[str]:
    """Line by line: what is reused, who is asked, what it costs, how long it takes."""
    yield f"Batch {order.name}: {counted(plan.runs, 'run', 'runs')}"
    for stage in Stage:
        yield f"  {stage.value:<18} {_stage(plan.stages[stage])}"
    calls = plan.calls
    yield "Calls: " + ", ".join(f"{vendor} {calls.get(vendor, 0)}" for vendor in (Vendor.OPENAI, Vendor.DEEPGRAM))
    yield _price(plan)
    yield _time(plan)
    if not plan.runs:
        yield "Nothing that was said in these days fits: --since and --until are UTC, and --where narrows further."
    if plan.stages[Stage.CLASSIFY_SPEAKERS].asked and _is_about_replies(order.variant):
        yield "classify_speakers is asked again where its inputs are others now: words, settings of the organization, prompt or model."
    if (order.variant.prompt or order.variant.model) and registry.classifier().vendor is None:
        yield "The offline engines work here: they know no --prompt and no --model."


def _price(plan: Plan) -> str:
    unpriced = f"{counted(plan.unpriced, 'call', 'calls')} of no known price (PRICES)"
    if plan.unpriced and not plan.usd:
        return f"Price: unknown, {unpriced}"
    return f"Price: about ${plan.usd:.6f}{f', and {unpriced}' if plan.unpriced else ''}"


def _is_about_replies(variant: Variant) -> bool:
    """Whether nothing that was understood is understood otherwise because of what was asked for."""
    return variant.reuses(Stage.CLASSIFY_SPEAKERS) and not variant.model and (variant.prompt or REPLY_PROMPTS).startswith(REPLY_PROMPTS)


def _stage(plan: StagePlan) -> str:
    asked = [f"{count} asked of {' '.join(filter(None, who))}" for who, count in sorted(plan.asked.items())]
    reused = [f"{plan.reused} reused"] if plan.reused else []
    free = [f"{plan.free} done here, free"] if plan.free else []
    return ", ".join([*reused, *free, *asked]) or "none"


def _time(plan: Plan) -> str:
    alone_s = plan.seconds + plan.runs * HOUSE_S
    together = max(1, int(places(Vendor.OPENAI) * SHARE))
    limit = settings.current().spend.day_llm_tokens * SHARE
    return (
        f"Time: about {_span(alone_s)} with one batch process; up to {together} calls may be under way at once."
        f" A batch stops for the day at {limit:.0f} tokens, and waits while live work does."
    )


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < MINUTE_S else f"{seconds / MINUTE_S:.0f} min"
