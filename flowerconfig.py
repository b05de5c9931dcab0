"""How Flower shows the chains: read only, on loopback unless FLOWER_BASIC_AUTH is set, remembering where FLOWER_DB names a disk."""

import os

import settings

address = os.environ.get("FLOWER_ADDRESS", "" if os.environ.get("FLOWER_BASIC_AUTH") else "127.0.0.1")
read_only = settings.switch_or_exit("FLOWER_READ_ONLY", default=True)
# a host without a disk forgets with each restart; `celery -A tasks history` does not
db = os.environ.get("FLOWER_DB") or "flower"
persistent = bool(os.environ.get("FLOWER_DB"))
state_save_interval = 30_000  # ms; it writes when it ends, too
max_tasks = 20_000
natural_time = False
tasks_columns = "name,args,state,result,received,runtime,worker,exception"
