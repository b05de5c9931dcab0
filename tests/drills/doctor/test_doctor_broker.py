"""The broker is harmed from outside; the doctor names it, and what it says mends it."""

import signal

import redis

from tests.support.doctor_house import House


def client(house: House) -> "redis.Redis":
    return redis.Redis.from_url(house.redis.url, socket_timeout=30)


def follow(house: House, fix: str) -> None:
    """What stands behind ``redis-cli``, sent by a client: the program itself is not everywhere."""
    program, words = fix.partition(" (")[0].split('-u "$REDIS_URL" ')
    assert program == "redis-cli "
    with client(house) as connection:
        connection.execute_command(*words.split())


def test_a_broker_that_is_gone(house: House) -> None:
    house.redis.process.send_signal(signal.SIGKILL)
    house.redis.process.wait()
    try:
        assert house.finds("broker_unreachable")["fix"].startswith("start Redis")
    finally:
        house.restart_redis()
    house.is_well()


def test_a_broker_that_hangs(house: House) -> None:
    house.redis.process.send_signal(signal.SIGSTOP)
    try:
        house.finds("broker_unreachable")
    finally:
        house.redis.process.send_signal(signal.SIGCONT)
    house.is_well()


def test_a_broker_that_is_full(house: House) -> None:
    with client(house) as connection:
        connection.config_set("maxmemory", 1)
    try:
        follow(house, house.finds("broker_full")["fix"])
        house.is_well()
    finally:
        with client(house) as connection:
            connection.config_set("maxmemory", 0)


def test_a_broker_that_throws_messages_away(house: House) -> None:
    with client(house) as connection:
        connection.config_set("maxmemory-policy", "allkeys-lru")
    try:
        follow(house, house.finds("broker_may_evict")["fix"])
        house.is_well()
    finally:
        with client(house) as connection:
            connection.config_set("maxmemory-policy", "noeviction")


def test_a_password_of_yesterday(house: House) -> None:
    house.finds("broker_login_refused", REDIS_URL=house.redis.url.replace("redis://:", "redis://:not-"))
    house.is_well()
