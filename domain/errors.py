"""Every error that the house raises on purpose.

HooklineError
├── SettingsError        a variable is missing or bad; the start stops
├── StepError            a step could not do its work; carries a code, never words of a caller
│   ├── RetryableError   may go better later, with an optional delay in seconds
│   │   └── NoAnswerError  nobody answered in time: what was asked for may have happened all the same
│   └── PermanentError   will never go better; the run is dead at once
├── StepFailed           what a task raises when its run has died, so that the ops view shows FAILURE
├── LeaseLost            a late writer was fenced off: another worker owns the run now
└── StoreUnavailable     the database cannot take the delivery now

A code is a stable lower_snake_case word, optionally ``vendor:code``. No error carries text of a conversation.
"""


class HooklineError(Exception):
    """Root of everything raised on purpose."""


class SettingsError(HooklineError):
    """A setting is missing or bad; the message names the variable and what it should look like."""


class StepError(HooklineError):
    """A step could not do its work."""

    def __init__(self, code: str) -> None:
        """Keep the code; it is all that is ever logged or stored."""
        super().__init__(code)
        self.code = code


class RetryableError(StepError):
    """May go better later; ``delay_s`` is what the vendor asked for, None leaves it to the back-off."""

    def __init__(self, code: str, delay_s: float | None = None) -> None:
        """Keep the code and the vendor's own wish."""
        super().__init__(code)
        self.delay_s = delay_s


class NoAnswerError(RetryableError):
    """Nobody answered in time. Asking again is safe for a question, not for an act: it may have happened."""


class PermanentError(StepError):
    """Will never go better."""


class StepFailed(HooklineError):  # noqa: N818 - the name stands in Flower, where "Error" adds nothing
    """The run is dead; the message is its code."""


class LeaseLost(HooklineError):  # noqa: N818 - it is not an error of the one who sees it
    """The lease ran out and somebody else owns the run; nothing was written."""


class StoreUnavailable(HooklineError):  # noqa: N818 - it states a condition that passes
    """The database cannot take the delivery now; ask the vendor to come again."""
