"""However a vendor words its wish to be left alone, the pause is one that can be kept: never none, never for hours."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from providers.retry_after import pause_s, wish_s


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 5), ("", 5), ("soon", 5), ("-5", 5), ("1e9", 5),
        ("17", 17), (" 2.5 ", 2.5),
        ("0", 1), ("0.2", 1), ("Wed, 21 Oct 2015 07:28:00 GMT", 1), ("Mon, 01 Jan 0001 00:00:00 +2359", 1),
        ("86400", 300), ("9" * 400, 300), ("Wed, 21 Oct 2099 07:28:00 -0000", 300),
        ("Wed, 21 Oct 99999999999999999999 07:28:00 GMT", 5), (f"Wed, 21 Oct 2015 07:28:{'9' * 30} GMT", 5),
    ],
)  # fmt: skip
def test_a_pause_lasts_from_one_second_to_five_minutes(header: str | None, seconds: float) -> None:
    assert pause_s(header) == seconds


def test_a_date_that_is_near_is_waited_for() -> None:
    assert pause_s(format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)) == pytest.approx(60, abs=3)


@pytest.mark.parametrize(("header", "seconds"), [(None, None), ("", None), ("0", 1), ("9", 9), ("soon", 5)])
def test_who_says_nothing_has_no_wish(header: str | None, seconds: float | None) -> None:
    assert wish_s(header) == seconds
