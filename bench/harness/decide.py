"""One worker's drain over a full inbox, without the waiting. Run inside Django, for a site; prints what it did as JSON.

python -m bench.harness.decide WARM_UP_BATCHES
"""

import json
import sys
import time

import django

from bench.harness.cpu import backends, seconds_of


def main(warm_up: int) -> None:
    django.setup()
    from django.db import connection

    from core.models import InboundPending
    from webhooks.deciding import decide_next
    from webhooks.drain import rare_collections
    from webhooks.lanes import Lanes

    with rare_collections(), Lanes() as lanes:
        for _ in range(warm_up):
            decide_next()
        connection.ensure_connection()
        busy = seconds_of(backends(connection.connection, "bursar"))
        decided, begun, python = 0, time.perf_counter(), time.process_time()
        while (found := lanes.decide_next()) or InboundPending.objects.exists():
            decided += found
        decided += lanes.decided_beside()
        seconds, python = time.perf_counter() - begun, time.process_time() - python
        postgres = seconds_of(backends(connection.connection, "bursar")) - busy
    decided += lanes.decided_beside()
    print(json.dumps({"decided": decided, "seconds": seconds, "python": python, "postgres": postgres}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
