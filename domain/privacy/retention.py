"""How long what somebody said is kept."""

from dataclasses import dataclass

# shorter would take away what runs still need, and what a reply has to know of its thread (domain/telephony/threads.py)
LEAST_DAYS = 7
MOST_DAYS = 36_500


@dataclass(frozen=True, slots=True)
class Emptied:
    """How many deliveries and transcripts lost their words in a pass, how many refusals and jobs are gone.

    ``is_through`` if nothing that is too old is left.
    """

    bodies: int = 0
    words: int = 0
    refusals: int = 0
    jobs: int = 0
    is_through: bool = True
