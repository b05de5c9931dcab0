"""How full a queue is, and what the broker's client raises when it does not answer."""

from kombu.connection import Connection
from kombu.exceptions import KombuError

from tasks import app


def queue_depth(connection: Connection, queue: str) -> int:
    """How many messages wait in a queue; a queue that nobody has made yet is made, empty."""
    return int(connection.default_channel.queue_declare(queue, durable=True, auto_delete=False).message_count)


def errors() -> tuple[type[Exception], ...]:
    """Whatever the broker's client raises when the broker does not answer."""
    with Connection(app.conf.broker_url) as connection:
        found: tuple[type[Exception], ...] = (OSError, KombuError, *connection.connection_errors, *connection.channel_errors)
    return found
