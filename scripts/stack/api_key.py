"""The stack's API key: made once, kept with the local data, made anew if the database does not know it."""

from collections.abc import Mapping
from http import HTTPStatus

import requests

from scripts.stack import commands, local_settings
from scripts.stack.places import Places

NAME = "api_key"
REFUSALS = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}


def working(places: Places, environment: Mapping[str, str], web_url: str) -> str:
    """A key that the running API accepts. Raises StackError if none can be made."""
    kept = local_settings.recall(places, NAME)
    if kept and _is_accepted(kept, web_url):
        return kept
    made = commands.run("celery -A tasks keys create --name demo --scope admin", environment, places.logs / "setup.log")
    local_settings.keep(places, **{NAME: made})
    return made


def _is_accepted(key: str, web_url: str) -> bool:
    answer = requests.get(f"{web_url}/v1/transcripts", headers={"Authorization": f"Bearer {key}"}, params={"limit": 1}, timeout=10)
    return answer.status_code not in REFUSALS
