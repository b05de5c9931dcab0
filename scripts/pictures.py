"""The pictures of docs/, made anew: plays calls in a running `make up`, then photographs Flower and what the commands print.

It needs what nothing else here does: `pip install playwright==1.65.2`, a Chromium (CHROMIUM names it) and pngquant.
`.venv/bin/python -m scripts.pictures` in a second terminal; look at each picture before you commit it.
"""

import html
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

from playwright.sync_api import Page, sync_playwright

from scripts import run
from scripts.demo import calls, follow
from scripts.stack import card, console, places
from scripts.twin.client import TwinClient

PICTURES = places.ROOT / "docs" / "pictures"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
PATIENCE_S = 120.0
WIDTH, FLOWER_WIDTH = 1500, 1880
PRICES = '{"openai:gpt-6-luna": {"input_tokens": 0.0000002, "output_tokens": 0.0000008}}'
COMMANDS = {
    "status": "status",
    "doctor": "doctor",
    "reprocess-plan": "reprocess --since 2026-01-01 --until 2100-01-01 --prompt reply-3 --plan",
}
TERMINAL = """<meta charset="utf-8"><style>
body {{ margin: 0; background: #f6f8f6 }}
pre {{ margin: 14px; padding: 14px 18px; border-radius: 8px; background: #1d2420; color: #dfe7e1;
  font: 13px/1.45 "DejaVu Sans Mono", monospace; white-space: pre-wrap; overflow-wrap: anywhere }}
b {{ color: #8fd694 }}
</style><pre><b>$ {command}</b>
{printed}</pre>"""


def main() -> int:
    """Make all of them; 1 if no stack runs here."""
    here = places.of()
    environment = run.of_running(here)
    if environment is None:
        console.complain("no stack runs here: `make up` starts one", "No pictures")
        return 1
    told = card.read(here)
    died, conversation = _happens(told)
    PICTURES.mkdir(exist_ok=True)
    with sync_playwright() as browsers:
        browser = browsers.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking", "--disable-lcd-text"]
        )
        user, _, password = told.flower_basic_auth.partition(":")
        page = browser.new_page(http_credentials={"username": user, "password": password})
        _photograph_flower(page, told.flower_url, "flower-tasks", "")
        _photograph_flower(page, told.flower_url, "flower-call", f"conversation:{conversation}")
        for name, line in {**COMMANDS, "why": f"why {died}"}.items():
            _photograph_terminal(page, name, f"celery -A tasks {line}", {**environment, "PRICES": PRICES})
        browser.close()
    return 0


def _happens(told: card.Card) -> tuple[str, str]:
    """A call that is answered, a talk, a model that fails once, a recording that nobody can read, one whose words do not come.

    The id of the one that died, and the conversation that was answered.
    """
    twin, base, account = TwinClient(told.twin_url), told.public_base_url, told.twilio_account_sid
    with follow.authorized(told) as session:

        def worked_off(ref: str | None) -> Any:
            return _until(lambda: (found := follow.look(session, told, ref or "", {})) and follow.is_finished(found) and found)

        answered = worked_off(twin.play_call(base, account=account, recording=calls.ORDER).recording_sid)
        talk = twin.play_live_call(base, [{"says": "Are you open on Saturday?"}, {"hangs_up": True, "after_s": 5}], account=account)
        twin.ended_call(talk, timeout_s=PATIENCE_S)
        twin.misbehave("openai", "503", times=1)
        worked_off(twin.play_message(base, account=account, body=f"Can I come at {time.strftime('%H:%M:%S')}?"))
        died = str(uuid4())
        broken = {"metadata": {"request_id": died}, "results": {"channels": "no words"}}
        session.post(told.deepgram_callback_url, json=broken, auth=None, timeout=30).raise_for_status()
        worked_off(died)
        twin.misbehave("deepgram", "drop")
        called_back = len(twin.log(operation="callback"))
        waits = twin.play_call(base, account=account, duration_s=5).recording_sid or ""
        _until(lambda: follow.look(session, told, waits, {}).get("status") == "processing")
        twin.wait_for(called_back + 1, PATIENCE_S, operation="callback")
    twin.behave()
    return died, answered["conversation_id"]


def _until(look: Callable[[], Any]) -> Any:
    ends = time.monotonic() + PATIENCE_S
    while not (found := look()):
        if time.monotonic() > ends:
            raise TimeoutError("what was to be photographed did not happen")
        time.sleep(0.2)
    return found


def _photograph_terminal(page: Page, name: str, command: str, environment: Mapping[str, str]) -> None:
    ran = subprocess.run(shlex.split(command), cwd=places.ROOT, env=dict(environment), capture_output=True, text=True, check=False)
    printed = html.escape("\n".join(line for line in ran.stdout.splitlines() if line.strip()))
    page.set_content(TERMINAL.format(command=html.escape(command), printed=printed))
    _photograph(page, PICTURES / f"{name}.png", WIDTH)


def _photograph_flower(page: Page, url: str, name: str, sought: str) -> None:
    page.goto(f"{url}/tasks")
    page.locator("input[type=search]").first.fill(sought)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(1_500)  # the table is drawn after its answer has come
    _photograph(page, PICTURES / f"{name}.png", FLOWER_WIDTH)


def _photograph(page: Page, path: Path, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 100})
    page.set_viewport_size({"width": width, "height": page.evaluate("document.documentElement.scrollHeight")})
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    page.screenshot(path=str(path))
    subprocess.run(["pngquant", "--force", "--ext", ".png", str(path)], check=True)
    console.done(path.name, f"{path.stat().st_size / 1_000:.0f} kB")


if __name__ == "__main__":
    sys.exit(main())
