"""How full the broker's queues are, whether it may drop them, what its client raises, and where kombu mends less than it should."""

from collections.abc import Iterable
from functools import cache
from queue import Empty
from typing import Any

import structlog
from kombu.connection import Connection
from kombu.exceptions import KombuError
from kombu.message import Message
from kombu.transport import redis, virtual
from kombu.utils.scheduling import round_robin_cycle
from redis.exceptions import ConnectionError as BrokerGone
from redis.exceptions import DataError, OutOfMemoryError, ReadOnlyError, ResponseError

import celeryconfig
from tasks import app

log = structlog.get_logger()

# how Redis says that a key holds something else
_OTHER_TYPE = "WRONGTYPE"
# kombu counts them among the errors of a connection; in the middle of reading they say that a part is missing, or of a wrong type
_OF_A_MESSAGE = (KeyError, DataError)
URGENT_QUEUES = (celeryconfig.DELIVER_NOW_QUEUE, celeryconfig.LIVE_QUEUE)


class QoS(redis.QoS):
    """Takes a message although Redis is full, and frees its prefetch slot whatever becomes of its ack.

    kombu 5.7 raises before it frees the slot and Celery only logs that: after as many failed acks as it has processes, a worker takes
    nothing ever again. The broker hands the message out once more after the visibility timeout; the claim makes that harmless.
    """

    def append(self, message: Message, delivery_tag: str) -> None:
        """Note a message as taken; if Redis has no room for the note, it is worked on without, which gives Redis room."""
        try:
            super().append(message, delivery_tag)  # type: ignore[no-untyped-call] # kombu's
        except OutOfMemoryError:
            # should we die with it, the message is lost and the sweeper rings again
            virtual.QoS.append(self, message, delivery_tag)

    def _remove_from_indices(self, delivery_tag: str, pipe: Any = None) -> Any:
        if pipe:
            return super()._remove_from_indices(delivery_tag, pipe)  # type: ignore[no-untyped-call] # kombu's
        # a full Redis refuses whatever stands in a transaction, even what would give it room
        with self.channel.conn_or_acquire() as client:
            return client.pipeline(transaction=False).zrem(self.unacked_index_key, delivery_tag).hdel(self.unacked_key, delivery_tag)

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


class UrgentFirst(round_robin_cycle):
    """In which order a worker asks its queues: those for which a person waits come first, the others have their turns."""

    def consume(self, n: int) -> list[str]:
        """The names of all of its queues, ``n`` of them."""
        return sorted(self.items, key=lambda queue: queue not in URGENT_QUEUES)[:n]


class Channel(redis.Channel):
    """A channel whose end is a lost connection to whoever still uses it.

    kombu 5.7 looks for the address of a closed channel, or of a closed connection, at None. Celery takes that AttributeError of a late ack
    for a bug, not for a broker that went away, and the whole worker ends: about one in eight times that Redis died under load.

    And whoever takes no writes is no broker: a Redis that became a replica lets everybody connect and refuses what they do next, so that a
    worker connects six times a second. Told while it connects, Celery waits longer each time.

    And what cannot be read is dropped: kombu reads a message before anybody may refuse it, so that one that is no JSON ends the worker.
    """

    QoS = QoS
    queue_order_strategy = f"{UrgentFirst.__module__}:{UrgentFirst.__name__}"
    _sync_client: Any = None

    def __init__(self, *args: Any, **options: Any) -> None:
        """Open; raises redis' ConnectionError if the server cannot be reached, or takes no writes."""
        super().__init__(*args, **options)  # type: ignore[no-untyped-call] # kombu's
        try:
            self.client.delete("hookline.takes-writes")  # never there
        except ReadOnlyError as error:
            raise BrokerGone("this Redis takes no writes") from error
        except ResponseError:
            pass  # another trouble, such as a rule that allows us our queues only; whoever meets it knows what to do

    def _brpop_read(self, **options: Any) -> Any:
        try:
            return super()._brpop_read(**options)  # type: ignore[no-untyped-call] # kombu's
        except Exception as error:
            # nothing came, or the broker went away
            if isinstance(error, (Empty, *errors())) and not isinstance(error, _OF_A_MESSAGE):
                raise
            # whose turn it was stands last
            tell_dropped(next(reversed(self._queue_cycle.items), None), error)
            return True

    def _create_client(self, asynchronous: bool = False) -> Any:  # noqa: FBT001, FBT002 - kombu's own signature
        # kombu makes a client for every command, and a client begins with a table of two hundred answers: a tenth of a busy parent's time
        if asynchronous:
            return super()._create_client(asynchronous=True)  # type: ignore[no-untyped-call] # kombu's
        if self._sync_client is None or self._sync_client.connection_pool is not self.pool:
            self._sync_client = super()._create_client()  # type: ignore[no-untyped-call] # kombu's
        return self._sync_client

    def _connparams(self, asynchronous: bool = False) -> Any:  # noqa: FBT001, FBT002 - kombu's own signature
        if self.connection is None or self.connection.client is None:
            raise BrokerGone("the channel is closed")
        return super()._connparams(asynchronous=asynchronous)  # type: ignore[no-untyped-call] # kombu's


# every worker imports this module by celeryconfig's include, before it consumes
redis.Transport.Channel = Channel


def tell_dropped(queue: str | None, error: Exception | None) -> None:
    """Say that a message of nobody of ours was dropped; not what stood in it, nor what its reader said, who may quote it."""
    advice = "find out who else writes to this broker; what is due is rung for again"
    log.warning("message_dropped", queue=queue, error=type(error).__name__ if error else None, advice=advice)


def queue_depth(connection: Connection, queue: str) -> int:
    """How many messages wait in a queue; a queue that nobody has made yet is made, empty."""
    return int(connection.default_channel.queue_declare(queue, durable=True, auto_delete=False).message_count)


def queue_depths(connection: Connection, queues: Iterable[str]) -> dict[str, int]:
    """The same of several; of none if Redis is full, because asking makes sure that they are there.

    A queue in whose place something else stands is left out: nothing can be put there, and the others are not to blame.
    """
    try:
        return depths_to_fill(connection, queues)
    except OutOfMemoryError:
        return {}


def depths_to_fill(connection: Connection, queues: Iterable[str]) -> dict[str, int]:
    """The same for whoever wants to put something there: raises what the broker's client raises if it is full."""
    return {queue: depth for queue in queues if (depth := _depth_unless_taken(connection, queue)) is not None}


def _depth_unless_taken(connection: Connection, queue: str) -> int | None:
    try:
        return queue_depth(connection, queue)
    except ResponseError as error:
        if _OTHER_TYPE in str(error):
            return None
        raise


def eviction_policy(connection: Connection) -> str | None:
    """What Redis does when it is full, its ``maxmemory-policy``; None if it does not say, or is another kind of broker."""
    client = getattr(connection.default_channel, "client", None)
    try:
        return client.config_get("maxmemory-policy").get("maxmemory-policy") if client else None
    except errors():
        return None  # a hosted Redis often keeps CONFIG to itself


def memory(connection: Connection) -> tuple[int | None, int | None]:
    """How many bytes Redis holds, and how many it may hold; None for what it does not say, has no limit for, or another kind of broker."""
    client = getattr(connection.default_channel, "client", None)
    try:
        said = client.info("memory") if client else {}
    except ResponseError:
        said = {}  # a hosted Redis may keep it to itself
    return said.get("used_memory"), said.get("maxmemory") or None


def errors() -> tuple[type[Exception], ...]:
    """Whatever the broker's client raises when the broker does not answer."""
    return _errors_of(app.conf.broker_url)


@cache
def _errors_of(url: str) -> tuple[type[Exception], ...]:
    with Connection(url) as connection:
        found: tuple[type[Exception], ...] = (OSError, KombuError, *connection.connection_errors, *connection.channel_errors)
    return found
