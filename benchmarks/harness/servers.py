"""Real PostgreSQL and Redis in a folder of their own, to be emptied, restarted and harmed."""

import os
import shutil
import signal
import time
from urllib.parse import urlsplit, urlunsplit

import redis

from benchmarks.harness import database
from scripts.stack import postgres, redis_server
from scripts.stack.errors import StackError
from scripts.stack.places import Places

# what Redis kept is read again when it comes back
RELOAD_POLL_S = 0.05
BROKER_TIMEOUT_S = 5.0


class Servers:
    """``postgres`` and ``redis`` are whichever run by now: faults put others in their place, at the same URLs."""

    def __init__(self, here: Places, *, durable: bool = True) -> None:
        """Start both. Without ``durable`` PostgreSQL does not wait for the disk. Raises StackError; then neither runs."""
        self._places, self._durable = here, durable
        self.postgres = postgres.start(here, durable=durable)
        try:
            self.redis = redis_server.start(here)
        except StackError:
            self.postgres.stop()
            raise

    def stop(self) -> None:
        """End both."""
        try:
            self.redis.stop()
        finally:
            self.postgres.stop()

    def new_database(self, name: str) -> str:
        """The URL of a new, empty database."""
        database.rows(self.postgres.url, f'CREATE DATABASE "{name}"')
        return urlunsplit(urlsplit(self.postgres.url)._replace(path=f"/{name}"))

    def restart_postgres(self) -> None:
        """PostgreSQL is shut down at once, whatever is open, and recovers from its log."""
        self.postgres.process.send_signal(signal.SIGQUIT)
        self.postgres.process.wait()
        self.postgres = postgres.start(self._places, durable=self._durable)

    def broker(self) -> "redis.Redis":
        """A client of Redis."""
        return redis.Redis.from_url(self.redis.url, socket_timeout=BROKER_TIMEOUT_S)

    def flush_redis(self) -> None:
        """Redis forgets all."""
        with self.broker() as client:
            client.flushall()

    def wipe_redis(self) -> None:
        """Redis dies and comes back empty."""
        self.redis.process.kill()
        self.redis.process.wait()
        shutil.rmtree(self._places.redis, ignore_errors=True)
        self.redis = redis_server.start(self._places, self.redis.url)

    def hang_redis(self) -> None:
        """Redis takes connections and says nothing, until it is woken."""
        os.kill(self.redis.process.pid, signal.SIGSTOP)

    def wake_redis(self) -> None:
        """A Redis that hung goes on."""
        os.kill(self.redis.process.pid, signal.SIGCONT)

    def restart_redis(self) -> None:
        """A Redis that was stopped comes back where it was, with what it kept."""
        self.redis = redis_server.start(self._places, self.redis.url)
        with self.broker() as client:
            while client.info("persistence")["loading"]:
                time.sleep(RELOAD_POLL_S)
