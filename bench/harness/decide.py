"""One worker's drain over a full inbox, without the waiting. Run inside Django, for a site; prints what it did as JSON.

python -m bench.harness.decide WARM_UP_BATCHES
"""

import json
import sys
import time

import django

from bench.harness.cpu import seconds_of


def main(warm_up: int) -> None:
    django.setup()
    from django.db import connection

    from webhooks.deciding import decide_next
    from webhooks.drain import rare_collections

    with rare_collections():
        for _ in range(warm_up):
            decide_next()
        connection.ensure_connection()
        backend = [connection.connection.info.backend_pid]
        decided, begun, python, postgres = 0, time.perf_counter(), time.process_time(), seconds_of(backend)
        while found := decide_next():
            decided += found
        seconds, python, postgres = time.perf_counter() - begun, time.process_time() - python, seconds_of(backend) - postgres
    print(json.dumps({"decided": decided, "seconds": seconds, "python": python, "postgres": postgres}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
