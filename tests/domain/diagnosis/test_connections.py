"""How many connections a house opens, and what fits."""

import pytest

from domain.diagnosis.connections import House

DEFAULTS = House(web=2, children=(2, 2, 1), pool_size=4)


def test_the_sum_is_that_of_the_deployment_guide() -> None:
    assert DEFAULTS.at_most == 60
    assert DEFAULTS.told().endswith("= 60")


@pytest.mark.parametrize(("limit", "size"), [(60, 4), (59, 3), (32, 2), (31, 1), (17, None)])
def test_the_largest_pool_that_fits_is_found(limit: int, size: int | None) -> None:
    assert DEFAULTS.fitting(limit) == size
