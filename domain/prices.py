"""What a step cost, from the vendor's own figures and the prices that the settings give."""

from collections.abc import Mapping
from decimal import Decimal

Prices = Mapping[str, Mapping[str, float]]


def price_usd(prices: Prices, provider: str, model: str | None, usage: Mapping[str, int]) -> Decimal | None:
    """US dollars for this usage of ``provider:model``; None if no price is set for it. Units without a price are free."""
    units = prices.get(f"{provider}:{model}")
    if units is None:
        return None
    # through text, so that 0.1 is a tenth
    return sum((Decimal(str(price)) * usage.get(unit, 0) for unit, price in units.items()), Decimal(0))
