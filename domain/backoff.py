"""How long a failed attempt waits for the next one."""

BASE_S = 1.0
CAP_S = 300.0


def delay_s(attempts: int, jitter: float) -> float:
    """Seconds to wait after this many attempts (from 1): doubled each time, capped, spread by ``jitter`` (0..1) over its upper half."""
    full = min(CAP_S, BASE_S * 2.0 ** min(attempts - 1, 30))
    return full * (0.5 + 0.5 * jitter)
