"""A worker's consumer: it tells the ops view what happened ten times a second, all at once, and ends for no message of somebody else."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from celery.utils.log import get_logger
from celery.worker import consumer
from kombu.message import Message

from tasks import broker

# Celery sends what it has at every turn of its loop, which is one event each: two fifths of what a busy worker's parent did was to wait
# for the broker to take them. Its own limit of 24 events holds as before.
EVENTS_EVERY_S = 0.1

log = get_logger(__name__)


class Consumer(consumer.Consumer):  # type: ignore[misc] # Celery ships no types
    """Celery's own but for the pace of its events, and for what it does with a message that it cannot understand.

    Celery writes the whole of it into its log, or ends over it and takes it again when it is back. Ours drops it, and says so in few words.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        """Nothing is to be told yet."""
        self._told_at = 0.0  # monotonic
        super().__init__(*args, **options)

    def on_send_event_buffered(self) -> None:
        """An event has been kept; see that it is sent soon. A loop that forgot about it, since its connection broke, is told again."""
        now = time.monotonic()
        if self.hub and now >= self._told_at:
            self._told_at = now + EVENTS_EVERY_S
            self.hub.call_later(EVENTS_EVERY_S, self._flush_events)

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        """Send what is left over the old connection, or leave it to what Celery sends once there is a new one."""
        self._tell_what_is_left()
        super().on_connection_error_after_connected(exc)

    def shutdown(self) -> None:
        """Tell the last ones too."""
        self._tell_what_is_left()
        super().shutdown()

    def create_task_handler(self, *args: Any, **options: Any) -> Callable[[Message], None]:
        """What takes each message; whatever it stumbles over, the message is gone and the worker goes on."""
        take = super().create_task_handler(*args, **options)

        def take_or_drop(message: Message) -> None:
            try:
                take(message)
            except Exception as error:
                # an unhashable name, a time that is none: Celery looks for them only once it works with them
                if isinstance(error, broker.errors()) and not isinstance(error, KeyError):
                    raise
                self._drop(message, error)

        return take_or_drop

    def on_unknown_message(self, body: object, message: Message) -> None:  # noqa: ARG002 - Celery's own signature
        """It is no task's."""
        self._drop(message)

    def on_unknown_task(self, body: object, message: Message, exc: Exception) -> None:  # noqa: ARG002 - Celery's own signature
        """It is of a task that we have not: of a release to come, or of somebody else."""
        self._drop(message, exc)

    def on_invalid_task(self, body: object, message: Message, exc: Exception) -> None:  # noqa: ARG002 - Celery's own signature
        """It is a task's, and its arguments are none."""
        self._drop(message, exc)

    def on_decode_error(self, message: Message, exc: Exception) -> None:
        """Nobody can read its body."""
        self._drop(message, exc)

    def _drop(self, message: Message, error: Exception | None = None) -> None:
        # even where it was going is told by whoever wrote it
        said = (message.delivery_info or {}).get("routing_key")
        broker.tell_dropped(next((queue.name for queue in self.task_consumer.queues if queue.name == said), None), error)
        if not message.acknowledged:
            message.reject_log_error(log, self.connection_errors)

    def _tell_what_is_left(self) -> None:
        # the ops view is no evidence: it keeps nobody from reconnecting or ending
        with suppress(Exception):
            self._flush_events()
