"""Every error that the house raises on purpose.

HooklineError
├── SettingsError        a variable is missing or bad; the start stops
├── StepError            a step could not do its work; carries a code, never words of a caller
│   ├── RetryableError   may go better later, with an optional delay in seconds
│   │   ├── NoAnswerError  nobody answered in time: what was asked for may have happened all the same
│   │   ├── NotYetError    the vendor is well, but what was asked for is not there yet
│   │   ├── VendorPausedError  the vendor wants to be left alone for a time: rate limit, quota, key; nothing happened
│   │   └── VendorUnavailableError  nobody was asked: the vendor's circuit is open, or all its places are taken
│   └── PermanentError   will never go better; the run is dead at once
│       ├── OptedOutError    the recipient wants no messages from this number
│       ├── CallOverError    the call has ended: nobody is there to hear it
│       └── UnusableAnswerError  the vendor answered, and was paid, but not what was asked for
├── StepFailed           what a task raises when its run has died, so that the ops view shows FAILURE
├── RefusedError         a person asked for what cannot be done; the message tells them why and what to do instead
│   ├── FaultySettingsError  an organization's settings cannot be as somebody wants them; says where and what is right there
│   ├── ChangedMeanwhileError  somebody else changed what a person looked at before they changed it
│   ├── KeyReusedError         an Idempotency-Key came with another request than the first time
│   └── TooMuchAudioError      as much audio as may wait to be heard waits already
├── LeaseLost            a late writer was fenced off: another worker owns the run now
├── EphemeralUnavailable  what may be forgotten cannot be reached now
└── StoreUnavailable     the database cannot take the delivery now

A code is a stable lower_snake_case word, optionally ``vendor:code``. No error carries text of a conversation.
"""

from collections.abc import Mapping, Sequence


class HooklineError(Exception):
    """Root of everything raised on purpose."""


class SettingsError(HooklineError):
    """Settings are missing or bad; the message has a line for what is missing, and one for each that is bad: what it should look like."""

    def __init__(self, wrong: Mapping[str, Sequence[str]]) -> None:
        """``wrong`` is what is the matter with each variable; nothing if it is not there at all."""
        bad = [f"{name} is bad: {' '.join(words)}" for name, words in wrong.items() if words]
        *others, last = [name for name, words in wrong.items() if not words] or [""]
        missing = f"{', '.join(others)} and {last} are" if others else f"{last} is"
        advice = f'{missing} not set (README.md, "Settings"). Beside `make up`: make run CMD="celery -A tasks …"'
        super().__init__("\n".join([*([advice] if last else []), *bad]))
        self.wrong = wrong


class StepError(HooklineError):
    """A step could not do its work."""

    def __init__(self, code: str) -> None:
        """Keep the code; it is all that is ever logged or stored."""
        super().__init__(code)
        self.code = code


class RetryableError(StepError):
    """May go better later; ``delay_s`` is what the vendor asked for, None leaves it to the back-off.

    ``counts`` says whether it uses up an attempt: an outage of a vendor is not the run's fault.
    """

    def __init__(self, code: str, delay_s: float | None = None, *, counts: bool = True) -> None:
        """Keep the code and the vendor's own wish."""
        super().__init__(code)
        self.delay_s = delay_s
        self.counts = counts


class NoAnswerError(RetryableError):
    """Nobody answered in time. Asking again is safe for a question, not for an act: it may have happened."""


class NotYetError(RetryableError):
    """The vendor is well and answered, but what was asked for is not there, perhaps not yet."""


class VendorPausedError(RetryableError):
    """The vendor wants nobody for ``delay_s`` seconds: rate limited, quota used up, key refused. Nothing happened."""

    def __init__(self, code: str, delay_s: float, *, for_everybody: bool = True) -> None:
        """Keep the code and the pause; ``for_everybody`` is False if it concerns one tenant's account only."""
        super().__init__(code, delay_s, counts=False)
        self.for_everybody = for_everybody


class VendorUnavailableError(RetryableError):
    """Nobody was asked, because the vendor is known to be down or busy; ask again after ``delay_s`` seconds."""

    def __init__(self, code: str, delay_s: float) -> None:
        """Keep the code of what opened the circuit and the time until it may close."""
        super().__init__(code, delay_s, counts=False)


class PermanentError(StepError):
    """Will never go better."""


class OptedOutError(PermanentError):
    """The vendor sends nothing from this number to a recipient who told it so. Nothing left the house."""


class CallOverError(PermanentError):
    """The call is not in progress any more: what was to be said into it has nobody to hear it. Nothing happened."""


class UnusableAnswerError(PermanentError):
    """A vendor answered, but not what was asked for: refused, cut off, or not of the shape. What it took is in ``usage``."""

    def __init__(self, code: str, usage: Mapping[str, int] | None = None, model: str = "") -> None:
        """Keep the code, the vendor's own figures and the model that they belong to: it was paid all the same."""
        super().__init__(code)
        self.usage, self.model = usage or {}, model


class StepFailed(HooklineError):  # noqa: N818 - the name stands in Flower, where "Error" adds nothing
    """The run is dead; the message is its code."""


class RefusedError(HooklineError):
    """A person asked for what cannot be done. The message is for them, on a terminal: ids only, why, and what to do instead."""


class NobodyOnCallError(RefusedError):
    """The organization has named nobody who could be called."""


class CalledBeforeError(RefusedError):
    """A person was called for it before, and still is."""


class FaultySettingsError(RefusedError):
    """An organization's settings cannot be as somebody wants them."""

    def __init__(self, faults: Mapping[str, Sequence[str]]) -> None:
        """``faults`` says what is right at each path that is wrong; none of them repeats what was written there."""
        super().__init__("\n".join(f"{path}: {right}" for path, words in faults.items() for right in words))
        self.faults = faults


class ChangedMeanwhileError(RefusedError):
    """Somebody else changed an organization first; nothing of this change has happened."""

    def __init__(self, version: int) -> None:
        """``version`` is what it is at now."""
        super().__init__(f"Somebody changed it meanwhile: it is at version {version} now. Look at it, and change it again.")
        self.version = version


class KeyReusedError(RefusedError):
    """An Idempotency-Key came with another request than the first time."""

    def __init__(self) -> None:
        """Nothing was entered."""
        super().__init__("This Idempotency-Key came with another request before: a new request needs a new key.")


class TooMuchAudioError(RefusedError):
    """As much audio of an organization's as may wait to be heard waits already."""

    def __init__(self) -> None:
        """Nothing was entered."""
        super().__init__("as much audio of yours as may wait to be heard waits already: send this again when some of those jobs are over")


class LeaseLost(HooklineError):  # noqa: N818 - it is not an error of the one who sees it
    """The lease ran out and somebody else owns the run; nothing was written."""


class EphemeralUnavailable(HooklineError):  # noqa: N818 - it states a condition that passes
    """Redis, where what may be forgotten is kept, cannot answer now. The message is a short code, fit for a log."""


class StoreUnavailable(HooklineError):  # noqa: N818 - it states a condition that passes
    """The database cannot take the delivery now; ask the vendor to come again.

    ``locked`` says that the database is well, but what this one needed is held by somebody else, or is not there at all.
    """

    def __init__(self, code: str = "", *, locked: bool = False) -> None:
        """Keep a short code, fit for a log."""
        super().__init__(code)
        self.locked = locked
