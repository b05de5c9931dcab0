"""How full the broker's queues are, whether it may drop them, what its client raises, and a prefetch slot that outlives a failed ack."""

from typing import Any

from kombu.connection import Connection
from kombu.exceptions import KombuError
from kombu.transport import redis, virtual
from redis.exceptions import ConnectionError as BrokerGone

from tasks import app


class QoS(redis.QoS):
    """Frees the prefetch slot of a message whatever becomes of its ack.

    kombu 5.7 raises before it frees the slot and Celery only logs that: after as many failed acks as it has processes, a worker takes
    nothing ever again. The broker hands the message out once more after the visibility timeout; the claim makes that harmless.
    """

    def ack(self, delivery_tag: str) -> None:
        """Acknowledge at the broker; raises what its client raises, with the slot free."""
        try:
            super().ack(delivery_tag)  # type: ignore[no-untyped-call] # kombu's
        except Exception:
            virtual.QoS.ack(self, delivery_tag)
            raise

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:  # noqa: FBT001, FBT002 - kombu's own signature
        """Hand back to the broker, or drop; on the same terms."""
        try:
            super().reject(delivery_tag, requeue=requeue)  # type: ignore[no-untyped-call] # kombu's
        except Exception:
            virtual.QoS.ack(self, delivery_tag)
            raise


class Channel(redis.Channel):
    """A channel whose end is a lost connection to whoever still uses it.

    kombu 5.7 looks for the address of a closed channel at None. Celery takes that AttributeError of a late ack for a bug, not for a broker
    that went away, and the whole worker ends: about one in eight times that Redis died under load.
    """

    QoS = QoS

    def _connparams(self, asynchronous: bool = False) -> Any:  # noqa: FBT001, FBT002 - kombu's own signature
        if self.connection is None:
            raise BrokerGone("the channel is closed")
        return super()._connparams(asynchronous=asynchronous)  # type: ignore[no-untyped-call] # kombu's


# every worker imports this module by celeryconfig's include, before it consumes
redis.Transport.Channel = Channel


def queue_depth(connection: Connection, queue: str) -> int:
    """How many messages wait in a queue; a queue that nobody has made yet is made, empty."""
    return int(connection.default_channel.queue_declare(queue, durable=True, auto_delete=False).message_count)


def eviction_policy(connection: Connection) -> str | None:
    """What Redis does when it is full, its ``maxmemory-policy``; None if it does not say, or is another kind of broker."""
    client = getattr(connection.default_channel, "client", None)
    try:
        return client.config_get("maxmemory-policy").get("maxmemory-policy") if client else None
    except errors():
        return None  # a hosted Redis often keeps CONFIG to itself


def errors() -> tuple[type[Exception], ...]:
    """Whatever the broker's client raises when the broker does not answer."""
    with Connection(app.conf.broker_url) as connection:
        found: tuple[type[Exception], ...] = (OSError, KombuError, *connection.connection_errors, *connection.channel_errors)
    return found
