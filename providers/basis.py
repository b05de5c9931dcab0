"""The hash of everything that an answer depends on: what came of the same inputs need not be found, or paid, again."""

import hashlib

import orjson


def digest(*parts: object) -> bytes:
    """SHA-256 of these, whatever dataclasses they are made of; the same for equal ones in every process."""
    return hashlib.sha256(orjson.dumps(parts, default=_plain, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)).digest()


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return value.hex()
    return sorted(map(str, value)) if isinstance(value, set | frozenset) else repr(value)
