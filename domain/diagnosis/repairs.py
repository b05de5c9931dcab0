"""Commands that mend what was found, as a person types them."""

import re
import shlex
from uuid import UUID

from domain.batches import QUEUE

SETUP = "celery -A tasks setup"
RECONCILE = "celery -A tasks reconcile"
PARKED = "celery -A tasks parked"
REFUSED = "celery -A tasks explain-signature --list"
MIGRATE = "alembic upgrade head"
COMMAND = "celery -A tasks "
# how a command begins that somebody can type; one between backticks is only spoken of
_BEGINS = re.compile(r'(?<!`)(?:celery -A tasks |alembic upgrade |env REMAP_SIGTERM=|psql "\$|python -c "|[^\s`]*redis-server --)')

# the Procfile's own lines
BEAT = "celery -A tasks beat -s ${TMPDIR:-/tmp}/celerybeat-schedule --pidfile="
LIVE = "deliver_now,live,speech,language,records,deliver"
_OPTIONS = "--without-gossip --without-mingle --loglevel=INFO"
# what the server is told of itself stands in REDIS_URL, and in no history of a shell
_FROM_URL = '"$(printenv REDIS_URL | cut -d: -f3 | cut -d@ -f1)"'


def retry(run_id: UUID, *, from_the_start: bool = False) -> str:
    """Open a dead run again."""
    return f"celery -A tasks retry {run_id}{' --from transcribe' if from_the_start else ''}"


def replay(id_: UUID | str) -> str:
    """Work something off again, and take it from whoever holds it and is gone."""
    return f"celery -A tasks replay {id_}"


def put_back_settings(slug: str, version: int | None) -> str:
    """Give an organization the settings of a version again; without one, what a person sets anew comes on top of nothing."""
    command = f"celery -A tasks organization --org {shlex.quote(slug)}"
    return f"{command} --at {version} --to settings.json && {command} --from settings.json" if version else f"{command} --on-call NUMBER"


def history(id_: UUID | str) -> str:
    """Look at every try."""
    return f"celery -A tasks history {id_}"


def why(id_: UUID | str) -> str:
    """Look at what it waits for."""
    return f"celery -A tasks why {id_}"


def start_worker(queue: str) -> str:
    """Start the Procfile's process that takes from a queue, as the Procfile does."""
    name, queues = ("batch", QUEUE) if queue == QUEUE else ("worker", LIVE)
    return f"env REMAP_SIGTERM=SIGQUIT celery -A tasks worker -n {name}@%h -Q {queues} --concurrency=2 {_OPTIONS}"


def start_redis(program: str, port: int, *, has_password: bool) -> str:
    """Start the broker of a machine of one's own, where REDIS_URL looks for it. It need keep nothing: PostgreSQL is the record."""
    password = f" --requirepass {_FROM_URL}" if has_password else ""
    return f'{program} --bind 127.0.0.1 --port {port} --maxmemory-policy noeviction --save ""{password}'


def set_redis(name: str, value: int | str) -> str:
    """Change a setting of the running Redis; it needs no program but our own."""
    return f"""python -c "import os, redis; redis.from_url(os.environ['REDIS_URL']).config_set({name!r}, {value!r})\""""


def ask_redis(section: str) -> str:
    """Look at what the running Redis says of itself."""
    return f"""python -c "import os, redis; print(redis.from_url(os.environ['REDIS_URL']).info({section!r}))\""""


def set_aside(key: str) -> str:
    """Give a key of Redis another name."""
    return f"""python -c "import os, redis; redis.from_url(os.environ['REDIS_URL']).rename({key!r}, {key + ".set-aside"!r})\""""


def end_session(pid: int) -> str:
    """End a session of PostgreSQL's that holds others up."""
    return f'psql "$DATABASE_URL" -c "SELECT pg_terminate_backend({pid})"'


def command_in(fix: str) -> str | None:
    """The command that a fix ends with, if it has one."""
    found = _BEGINS.search(fix)
    return fix[found.start() :] if found else None
