"""The front speaks to the database and the broker, and to nobody else; it does not even load those who would."""

import json
import os
import subprocess
import sys
from urllib.parse import urlsplit

from db.tables.organizations import OrganizationRow
from domain.callback_tokens import callback_url
from tests.support import payloads
from tests.support.deepgram import SECRET_KEY, intake

# Run in a process of its own: an audit hook cannot be taken back. libpq connects beneath Python and is not seen; it is the database.
WATCHED = """
import json, sys, threading
from urllib.parse import urlsplit
connected = []
sys.addaudithook(lambda event, arguments: connected.append(arguments[1]) if event == "socket.connect" else None)
import wsgi
from tasks import dispatch
loaded = sorted({name.split(".")[0] for name in sys.modules} & {"openai", "deepgram", "requests", "httpx", "httpx2", "aiohttp"})
loaded += [name for name in sys.modules if name.startswith("twilio.rest")]
imports_opened = len(connected)
url = urlsplit(sys.argv[1])
body = open(sys.argv[2], "rb").read()
answer = wsgi.app.test_client().post(url.path, data=body, auth=(url.username, url.password))
rung = threading.Event()
dispatch._publisher.hand_over(rung.set)
assert rung.wait(30)
print(json.dumps({"status": answer.status_code, "connected": connected, "imports_opened": imports_opened, "loaded": loaded}))
"""


def test_one_delivery_speaks_to_nobody_but_database_and_broker(organization: OrganizationRow) -> None:
    url = callback_url("https://hookline.example", SECRET_KEY, intake(organization.id))
    body = str(payloads.PAYLOADS / "deepgram" / "short.json")
    done = subprocess.run([sys.executable, "-c", WATCHED, url, body], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout.splitlines()[-1])

    broker = urlsplit(os.environ["REDIS_URL"])
    assert seen["status"] == 200
    assert (seen["imports_opened"], seen["loaded"]) == (0, [])
    assert {tuple(address[:2]) for address in seen["connected"]} <= {
        ("127.0.0.1", broker.port),
        ("::1", broker.port),
        (broker.hostname, broker.port),
    }
