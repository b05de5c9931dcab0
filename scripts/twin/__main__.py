"""`python -m scripts.twin --port N`: the vendor twin as a process of its own; SIGTERM ends it at once."""

import argparse
import os
import signal
from pathlib import Path
from types import FrameType

from scripts.twin import config
from scripts.twin.app import create_app
from scripts.twin.config import Config
from scripts.twin.running import HOST, server


def main() -> None:
    """Serve until a signal comes. Credentials come from the environment that the product reads too, or are the twin's own samples."""
    told = _arguments()
    app, _ = create_app(_config(told))
    listening = server(app, told.port)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, _end)
    print(f"twin ready on http://{HOST}:{listening.port}", flush=True)
    listening.serve_forever()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m scripts.twin", description="Speaks as Twilio, Deepgram and OpenAI do, on loopback.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one; the first line says which")
    parser.add_argument("--ears", type=Path, help="folder with <name>.wav and <name>.json, the Deepgram document that is heard in it")
    parser.add_argument("--speed", type=float, default=1.0, help="how many times as fast as real time its own delays pass")
    parser.add_argument("--route", action="append", default=[], metavar="PUBLIC=LOCAL", help="call LOCAL where a URL says PUBLIC")
    return parser.parse_args()


def _config(told: argparse.Namespace) -> Config:
    env = os.environ
    account = env.get("TWILIO_ACCOUNT_SID") or config.ACCOUNT_SID
    return Config(
        accounts={account: env.get("TWILIO_AUTH_TOKEN") or config.AUTH_TOKEN},
        deepgram_key=env.get("DEEPGRAM_API_KEY") or config.DEEPGRAM_KEY,
        deepgram_project=env.get("DEEPGRAM_PROJECT_ID") or config.PROJECT_ID,
        openai_key=env.get("OPENAI_API_KEY") or config.OPENAI_KEY,
        ears=told.ears,
        routes=dict(route.split("=", 1) for route in told.route),
        speed=told.speed,
    )


def _end(_number: int, _frame: FrameType | None) -> None:
    # nothing here is worth saving, and a hanging request must not hold up the stack's end
    os._exit(0)


if __name__ == "__main__":
    main()
