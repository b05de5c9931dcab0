"""Whether somebody's clock agrees with ours."""

from collections.abc import Iterator

from domain.diagnosis.finding import Finding, Weight

# leases know the database's clock only; callback URLs expire by ours
DATABASE_S = 5.0
# a Date is exact to a second and as old as the answer was on its way
VENDORS_S = 60.0


def differing(code: str, whose: str, ahead_s: float, allowed_s: float) -> Iterator[Finding]:
    """A finding ``clock_skew`` if it differs by more; ``ahead_s`` is by how much it is ahead of ours."""
    if abs(ahead_s) <= allowed_s:
        return
    way = "ahead of" if ahead_s > 0 else "behind"
    told = f"{whose} clock is {abs(ahead_s):.0f} s {way} the clock of this machine."
    yield Finding(
        "clock_skew", Weight.WARNING, told, (f"compared with: {code}",), "let both keep their time by NTP (`timedatectl set-ntp true`)"
    )
