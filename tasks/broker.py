"""What can be asked of the broker, and what its client raises when it does not answer."""

from kombu.connection import Connection

import celeryconfig
from tasks import app


def answers(timeout_s: float) -> bool:
    """Whether the broker can be reached within the time; for readiness, never for a webhook."""
    limits = {"socket_timeout": timeout_s, "socket_connect_timeout": timeout_s, "max_retries": 0}
    try:
        with Connection(app.conf.broker_url, connect_timeout=timeout_s, transport_options=limits) as connection:
            queue_depth(connection, celeryconfig.task_default_queue)
    except errors():
        return False
    return True


def queue_depth(connection: Connection, queue: str) -> int:
    """How many messages wait in a queue; a queue that nobody has made yet is made, empty."""
    return int(connection.default_channel.queue_declare(queue, durable=True, auto_delete=False).message_count)


def errors() -> tuple[type[Exception], ...]:
    """Whatever the broker's client raises when the broker does not answer."""
    with Connection(app.conf.broker_url) as connection:
        found: tuple[type[Exception], ...] = (OSError, *connection.connection_errors, *connection.channel_errors)
    return found
