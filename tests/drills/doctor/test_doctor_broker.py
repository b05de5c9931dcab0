"""The broker is harmed from outside; the doctor names it, and what it says mends it."""

import re
import signal

import redis

from domain.diagnosis.repairs import command_in
from tests.support.doctor_house import House


def client(house: House) -> "redis.Redis":
    return redis.Redis.from_url(house.redis.url, socket_timeout=30)


def follow(house: House, fix: str) -> None:
    """Type the command that stands in it."""
    house.run(command_in(fix) or "")


def test_a_broker_that_is_gone(house: House) -> None:
    house.redis.process.send_signal(signal.SIGKILL)
    house.redis.process.wait()
    try:
        command = command_in(house.finds("broker_unreachable")["fix"])
        sid = house.sends()
        told = house.why(sid)
        assert (told["code"], told["command"]) == ("broker_down", command)
        house.type("redis", told["command"])
        house.is_done(sid)
    finally:
        house.running["redis"].kill_group()
        house.restart_redis()
    house.is_well()


def test_a_broker_that_hangs(house: House) -> None:
    house.redis.process.send_signal(signal.SIGSTOP)
    try:
        fix = house.finds("broker_unreachable")["fix"]
        assert "end that process first" in fix, "its port is taken"
    finally:
        house.redis.process.send_signal(signal.SIGCONT)
    house.is_well()


def test_a_broker_that_is_full(house: House) -> None:
    with client(house) as connection:
        connection.config_set("maxmemory", 1)
    try:
        sid = house.sends()
        told = house.why(sid)
        assert (told["code"], "full" in told["sentence"]) == ("redis_full", True)
        follow(house, house.finds("broker_full")["fix"])
        house.is_done(sid)
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


def test_a_broker_that_lacks_replicas(house: House) -> None:
    with client(house) as connection:
        connection.config_set("min-replicas-to-write", 1)
    try:
        follow(house, house.finds("broker_lacks_replicas")["fix"])
        house.is_well()
    finally:
        with client(house) as connection:
            connection.config_set("min-replicas-to-write", 0)


def test_a_broker_that_takes_no_further_client(house: House) -> None:
    with client(house) as connection:
        before = connection.config_get("maxclients")["maxclients"]
        connection.config_set("maxclients", 1)
        try:
            assert "REDIS_URL" not in house.finds("broker_out_of_clients")["fix"], "it is found; it has no room"
        finally:
            connection.config_set("maxclients", before)
    house.is_well()


def test_a_login_that_may_not_write(house: House) -> None:
    with client(house) as connection:
        connection.execute_command("ACL", "SETUSER", "reader", "on", ">word", "~*", "+@read", "+@connection", "+info")
        try:
            found = house.finds("broker_refuses_writes", REDIS_URL=re.sub("//:.*@", "//reader:word@", house.redis.url))
            assert "no permissions" in found["evidence"][0]
        finally:
            connection.execute_command("ACL", "DELUSER", "reader")
    house.is_well()
