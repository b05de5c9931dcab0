"""A number before the words that it counts, as people say it."""


def counted(count: int, one: str, many: str) -> str:
    """``1 run is dead``, ``1,204 runs are dead``."""
    return f"{count:,} {one if count == 1 else many}"


def times(count: int) -> str:
    """``once``, ``3 times``."""
    return "once" if count == 1 else f"{count:,} times"
