"""All rooms of the house."""

from functools import partial

from tasks.doctor import broker, configuration, connections, database, front, people, promises, vendors, work, workers
from tasks.doctor.examination import Room, brought_along

DATABASE = ("DATABASE_URL",)
ADDRESS = ("PUBLIC_BASE_URL", "TWILIO_ACCOUNTS", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN")


def of(limit: int | None, web_machines: int) -> list[Room]:
    """Every room; ``limit`` is how many connections the plan allows, ``web_machines`` how many run `web`."""
    return [
        Room("settings", configuration.look),
        Room("database", database.look, DATABASE),
        Room("connections", partial(connections.look, limit, web_machines), DATABASE),
        Room("broker", broker.look, ("REDIS_URL", "CLOUDAMQP_URL")),
        Room("workers", workers.look, DATABASE),
        *vendors.rooms(),
        Room("front", front.look, ADDRESS),
        Room("work", work.look, DATABASE),
        Room("people", people.look, DATABASE),
        Room("promises", promises.look, DATABASE),
        *brought_along(),
    ]
