"""Who wants no messages, also when nothing else of them is kept: then their number stands there as a keyed hash (docs/privacy.md)."""

from functools import cache

import settings
from domain.privacy.numbers import pads

_HASHED = "'hmac:' || encode(sha256(CAST(:outer AS bytea) || sha256(CAST(:inner AS bytea) || convert_to({number}, 'UTF8'))), 'hex')"


def hashed(number: str) -> str:
    """The SQL expression of a number's place holder; it takes the values of ``key``."""
    return _HASHED.format(number=number)


def last_word(columns: str, organization: str, ours: str, theirs: str) -> str:
    """The SQL of ``columns`` of the word that somebody said last, under their number or under its hash; the others are expressions."""
    return f"""
        SELECT {columns} FROM opt_outs AS o
        WHERE o.organization_id = {organization} AND o.our_number = {ours} AND o.their_number IN ({theirs}, {hashed(theirs)})
        ORDER BY o.told_at DESC LIMIT 1"""


def key() -> dict[str, object]:
    """The values that ``hashed`` takes."""
    outer, inner = _pads(settings.current().secret_key)
    return {"outer": outer, "inner": inner}


@cache
def _pads(secret: str) -> tuple[bytes, bytes]:
    return pads(secret)
