"""A worker's consumer that tells the ops view what happened ten times a second, all at once, instead of once for each event."""

import time
from contextlib import suppress
from typing import Any

from celery.worker import consumer

# Celery sends what it has at every turn of its loop, which is one event each: two fifths of what a busy worker's parent did was to wait
# for the broker to take them. Its own limit of 24 events holds as before.
EVENTS_EVERY_S = 0.1


class Consumer(consumer.Consumer):  # type: ignore[misc] # Celery ships no types
    """Celery's own but for the pace of its events."""

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

    def _tell_what_is_left(self) -> None:
        # the ops view is no evidence: it keeps nobody from reconnecting or ending
        with suppress(Exception):
            self._flush_events()
