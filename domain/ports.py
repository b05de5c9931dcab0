"""What the chain asks of the outside, in our words. Vendors and the offline engines implement these."""

from typing import Protocol

from domain.organization import Organization
from domain.replies import ReplyRequest
from domain.runs import Effect, Sighting
from domain.speech import CallEvidence, Reply, Understanding, Utterance


class Classifier(Protocol):
    """Tells roles and intent."""

    def classify(self, organization: Organization, utterances: tuple[Utterance, ...], evidence: CallEvidence) -> Understanding:
        """Who is who and what they want of this organization; raises RetryableError or PermanentError."""
        ...


class ReplyWriter(Protocol):
    """Writes what we answer."""

    def write(self, request: ReplyRequest) -> Reply:
        """One reply for the customer; raises RetryableError or PermanentError."""
        ...


class Messenger(Protocol):
    """Sends what the ledger says, once. ``name`` is the provider that the ledger records."""

    name: str

    def send(self, effect: Effect) -> str:
        """Send and return the vendor's own id of the message.

        Raises RetryableError or PermanentError only if nothing left the house (refused, 429, 4xx); NoAnswerError if it may have.
        """
        ...

    def find(self, effect: Effect) -> Sighting:
        """Look up whether an earlier, interrupted attempt left the house."""
        ...
