"""A row of numbered entries that several processes write to: taken in order, once, within bounds, and gone when nobody comes any more.

One Redis hash: ``next`` is the number that is waited for, ``e:<number>`` an entry, ``final`` the number after which nothing comes,
``bytes`` what the entries take; ``sealed`` once it is closed. All rows of a kind of one organization stand in an index, so that there are
never too many of them. Redis runs each script as one act, so it does not matter which process asks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from db.ephemeral.client import key, redis, run

_NOW = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
"""
# what has expired in the index is not there any more
_OPEN = f"""
{_NOW}
local row, index, first, ttl = KEYS[1], KEYS[2], ARGV[1], tonumber(ARGV[2])
if redis.call('EXISTS', row) == 1 then return {{'there'}} end
redis.call('ZREMRANGEBYSCORE', index, '-inf', now)
if redis.call('ZCARD', index) >= tonumber(ARGV[3]) then return {{'many'}} end
redis.call('HSET', row, 'next', first, 'bytes', 0, unpack(ARGV, 5))
redis.call('PEXPIRE', row, ttl)
redis.call('ZADD', index, now + ttl, ARGV[4])
redis.call('PEXPIRE', index, ttl)
return {{'opened'}}
"""
_APPEND = f"""
{_NOW}
local row, index, number, entry, ttl = KEYS[1], KEYS[2], tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3])
local ahead, at_most, is_final, keeps_all = tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6] == '1', ARGV[7] == '1'
if redis.call('EXISTS', row) == 0 then return {{'gone', 0, 0}} end
local awaited = tonumber(redis.call('HGET', row, 'next'))
local final = tonumber(redis.call('HGET', row, 'final') or 0)
redis.call('PEXPIRE', row, ttl)
redis.call('ZADD', index, now + ttl, ARGV[8])
redis.call('PEXPIRE', index, ttl)
if redis.call('HEXISTS', row, 'sealed') == 1 then return {{'sealed', awaited, final}} end
if number < awaited or redis.call('HEXISTS', row, 'e:' .. number) == 1 then return {{'duplicate', awaited, final}} end
if final > 0 and (number > final or is_final) then return {{'over', awaited, final}} end
if number >= awaited + ahead then return {{'ahead', awaited, final}} end
if redis.call('HINCRBY', row, 'bytes', #entry) > at_most then
    redis.call('HINCRBY', row, 'bytes', -#entry)
    return {{'full', awaited, final}}
end
redis.call('HSET', row, 'e:' .. number, entry, 'at', now)
if is_final then
    final = number
    redis.call('HSET', row, 'final', number)
end
while redis.call('HEXISTS', row, 'e:' .. awaited) == 1 do
    if not keeps_all and awaited > 1 then
        local before = redis.call('HGET', row, 'e:' .. (awaited - 1))
        if before then
            redis.call('HDEL', row, 'e:' .. (awaited - 1))
            -- of an empty one it would be -0, which Redis takes for no number
            redis.call('HINCRBY', row, 'bytes', 0 - #before)
        end
    end
    awaited = awaited + 1
end
redis.call('HSET', row, 'next', awaited)
if number < awaited then return {{'taken', awaited, final}} end
return {{'held', awaited, final}}
"""
_SEAL = """
if redis.call('EXISTS', KEYS[1]) == 0 then return {} end
redis.call('HSET', KEYS[1], 'sealed', 1)
return redis.call('HGETALL', KEYS[1])
"""
_DROP = """
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[1])
return {}
"""
_ENTRY = "e:"


class Outcome(StrEnum):
    """What became of an entry: taken in its order, held until those before it come, there already, or refused and why."""

    TAKEN = "taken"
    HELD = "held"
    DUPLICATE = "duplicate"
    GONE = "gone"
    SEALED = "sealed"
    OVER = "over"
    AHEAD = "ahead"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an entry. ``awaited`` is the number that is waited for; ``final`` the last one there will be, 0 if nobody said so."""

    outcome: Outcome
    awaited: int
    final: int

    @property
    def is_whole(self) -> bool:
        """Whether all has come."""
        return 0 < self.final < self.awaited


@dataclass(frozen=True, slots=True)
class Kind:
    """What rows of a kind are held to.

    ``ttl_s``: how long one is kept after the last entry; ``ahead``: how far before its turn an entry may come; ``bytes_at_most``: what all
    entries of one may take; ``rows_at_most``: how many an organization may have. Unless it ``keeps_all`` an entry takes the place of the
    one before it.
    """

    name: str
    ttl_s: int
    ahead: int
    bytes_at_most: int
    rows_at_most: int
    keeps_all: bool

    def opened(self, organization_id: UUID, row: UUID, told: Mapping[str, str], first: int = 1) -> bool:
        """Begin a row, whose first entry has the number ``first``; one that is there is left as it is. False if there are too many."""
        more = [part for pair in told.items() for part in pair]
        values: list[str | int] = [first, self.ttl_s * 1_000, self.rows_at_most, str(row), *(more or ["ttl_s", str(self.ttl_s)])]
        return bool(run(organization_id, _OPEN, self._keys(organization_id, row), values)[0] != "many")

    def append(self, organization_id: UUID, row: UUID, number: int, entry: str, *, is_final: bool = False) -> Taken:
        """Add an entry; it may come again, and out of order. The row's time begins anew."""
        limits = [self.ttl_s * 1_000, self.ahead, self.bytes_at_most, int(is_final), int(self.keeps_all)]
        values: list[str | int] = [number, entry, *limits, str(row)]
        outcome, awaited, final = run(organization_id, _APPEND, self._keys(organization_id, row), values)
        return Taken(Outcome(outcome), int(awaited), int(final))

    def read(self, organization_id: UUID, row: UUID) -> "Row | None":
        """All that is there of a row; None if it is not there."""
        with redis(organization_id) as held:
            return _row(held.hgetall(self._keys(organization_id, row)[0]))

    def seal(self, organization_id: UUID, row: UUID) -> "Row | None":
        """The same, and nothing more comes in from now on."""
        found = run(organization_id, _SEAL, self._keys(organization_id, row), [])
        return _row(dict(zip(found[::2], found[1::2], strict=True)))

    def drop(self, organization_id: UUID, row: UUID) -> None:
        """Forget it now."""
        run(organization_id, _DROP, self._keys(organization_id, row), [str(row)])

    def _keys(self, organization_id: UUID, row: UUID) -> tuple[str, str]:
        return key(organization_id, self.name, row), key(organization_id, f"{self.name}s")


@dataclass(frozen=True, slots=True)
class Row:
    """Entries by their numbers, in order, with those that still wait for others before them, and what was told when the row was begun."""

    entries: Mapping[int, str]
    told: Mapping[str, str]

    @property
    def has_gap(self) -> bool:
        """Whether something waits for what has not come."""
        return any(number > int(self.told["next"]) for number in self.entries)


def _row(found: Any) -> Row | None:
    if not found:
        return None
    numbers = sorted(int(name.removeprefix(_ENTRY)) for name in found if name.startswith(_ENTRY))
    return Row(
        {number: found[f"{_ENTRY}{number}"] for number in numbers},
        {name: value for name, value in found.items() if not name.startswith(_ENTRY)},
    )
