"""``make openapi``: write docs/openapi.json anew after the API has grown; refuses what would break somebody who goes by it."""

import sys

import environment

# the document is the same whatever the settings are, and nothing is connected to
environment.go_on_without(["DATABASE_URL", "REDIS_URL", "PUBLIC_BASE_URL", "SECRET_KEY"])

from scripts.openapi import document  # noqa: E402 - see above
from scripts.openapi.breaking import breaking  # noqa: E402 - see above
from wsgi import app  # noqa: E402 - see above


def main() -> int:
    """The exit code is 1 if the change would break somebody, and nothing was written."""
    before, after = document.kept(), document.served(app)
    broken = breaking(before, after) if before else []
    for sentence in broken:
        print(f"breaks: {sentence}", file=sys.stderr)
    if broken:
        print("Not written. Give the new shape a name of its own beside the old one.", file=sys.stderr)
        return 1
    document.keep(after)
    print(f"{document.PLACE.name}: {len(after['paths'])} paths")
    return 0


if __name__ == "__main__":
    sys.exit(main())
