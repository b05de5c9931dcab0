"""How Flower shows the chains: read only, and to loopback only unless FLOWER_BASIC_AUTH is set."""

import os

import settings

address = os.environ.get("FLOWER_ADDRESS", "" if os.environ.get("FLOWER_BASIC_AUTH") else "127.0.0.1")
read_only = settings.switch_or_exit("FLOWER_READ_ONLY", default=True)
max_tasks = 20_000
natural_time = False
tasks_columns = "name,args,state,result,received,runtime,worker"
