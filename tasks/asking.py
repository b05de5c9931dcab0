"""The one way in which the chain asks anybody: within the vendor's circuit and places, with a time limit, and its health written down."""

import math
from collections.abc import Callable
from functools import partial
from typing import Protocol, TypeVar

import structlog

import settings
from db.plant import vendors
from domain.diagnosis.vendor_codes import CODES
from domain.errors import (
    NoAnswerError,
    NotYetError,
    PermanentError,
    RetryableError,
    StoreUnavailable,
    VendorPausedError,
    VendorUnavailableError,
)
from domain.vendors import Place, Vendor
from observability import context
from observability.alarm import tell_somebody
from providers.resilience import bounded
from tasks import identity

log = structlog.get_logger()


class Port(Protocol):
    """Whatever can be asked."""

    vendor: Vendor | None


Asked = TypeVar("Asked", bound=Port)
Answer = TypeVar("Answer")

# a place outlives the call that holds it
PLACE_MARGIN_S = 5.0
# so long a pause does not pass by itself: a person has to mend a key, a limit or an address
PERSONS_PAUSE_S = 300.0
# without the database nobody can tell whether there is a place
STORE_PAUSE_S = 2.0


def ask(port: Asked, call: Callable[[Asked], Answer], within_s: float = math.inf, *, at_once: bool = False, share: float = 1) -> Answer:
    """What the call of the port answers or raises; NoAnswerError after WORKER_TIMEOUT_SECONDS, or ``within_s`` if that is less.

    Raises VendorUnavailableError without asking if the vendor is known to be down, if all its places are taken, or if nobody can tell;
    ``at_once`` asks all the same, and says nothing of the vendor's health then. Nor does who gives less time than all others have: that
    there was no answer within it says how patient they were. ``share`` of its places is all that may be taken, by whomever.
    """
    if port.vendor is None:
        return bounded(partial(call, port), within_s)
    with context.asking(port.vendor):
        return _asked(port.vendor, partial(call, port), within_s, at_once=at_once, share=share)


def _asked(vendor: Vendor, call: Callable[[], Answer], within_s: float, *, at_once: bool, share: float) -> Answer:
    try:
        place = _take(vendor, share)
    except VendorUnavailableError:
        if not at_once:
            raise
        return bounded(call, within_s)
    try:
        answer = bounded(call, within_s)
    except (PermanentError, NotYetError):
        _leave(_well(place), place)
        raise
    except VendorPausedError as error:
        if (error.delay_s or 0.0) >= PERSONS_PAUSE_S:
            _call_for_a_person(vendor, error)
        _leave(_paused(place, error) if error.for_everybody else _well(place), place)
        raise
    except RetryableError as error:
        error.code = error.code if ":" in error.code else f"{vendor}:{error.code}"
        leave = vendors.leave if _was_impatient(error, within_s) else partial(vendors.leave_failed, code=error.code, worker=identity.own())
        pause_s = _leave(partial(leave, place), place) or 0.0
        if place.is_probe:
            # Who finds out for everybody that a vendor is still down does not pay for it with an attempt. Next time others go first: a run
            # that brings its vendor down each time must not keep it closed to them.
            error.counts, error.delay_s = False, max(error.delay_s or 0.0, 2 * pause_s)
        raise
    except Exception:
        # a bug of ours says nothing about the vendor
        _leave(partial(vendors.leave, place), place)
        raise
    _leave(_well(place), place)
    return answer


def _was_impatient(error: RetryableError, within_s: float) -> bool:
    return isinstance(error, NoAnswerError) and error.code.endswith(":timeout") and within_s < settings.current().worker_timeout_s


def _call_for_a_person(vendor: Vendor, error: VendorPausedError) -> None:
    told = {"vendor": vendor.value, "asked_again_in_s": error.delay_s, "see": CODES}
    log.critical("vendor_refuses_us", code=error.code, **told)
    tell_somebody("vendor_refuses_us", error.code, told, seldom=True)


def places(vendor: Vendor) -> int:
    """How many calls to a vendor may be under way at the same time, over all processes."""
    current = settings.current()
    limits = {
        Vendor.DEEPGRAM: current.deepgram.concurrency,
        Vendor.OPENAI: current.openai.concurrency,
        Vendor.TWILIO: current.twilio.concurrency,
    }
    return limits[vendor]


def _take(vendor: Vendor, share: float) -> Place:
    try:
        return vendors.take(vendor, max(1, int(places(vendor) * share)), settings.current().worker_timeout_s + PLACE_MARGIN_S)
    except StoreUnavailable:
        # in other words than the database's, so that whoever acts on the outside knows that nothing left the house
        raise VendorUnavailableError(f"{vendor}:no_place", STORE_PAUSE_S) from None


def _well(place: Place) -> Callable[[], None]:
    return partial(vendors.leave_well, place)


def _paused(place: Place, error: VendorPausedError) -> Callable[[], None]:
    return partial(vendors.leave_paused, place, error.code, error.delay_s or 0.0, identity.own())


def _leave(leave: Callable[[], float | None], place: Place) -> float | None:
    # an answer that was paid for is worth more than a place, whose lease ends by itself
    try:
        return leave()
    except StoreUnavailable as error:
        log.warning("vendor_health_not_written", vendor=place.vendor, error=type(error).__name__)
        return None
