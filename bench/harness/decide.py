"""One worker's drain over a full inbox, without the waiting. Run inside Django, for a site; prints what it did as JSON.

python -m bench.harness.decide WARM_UP_BATCHES
"""

import json
import sys
import time

import django


def main(warm_up: int) -> None:
    django.setup()
    from webhooks.deciding import decide_next
    from webhooks.drain import rare_collections

    with rare_collections():
        for _ in range(warm_up):
            decide_next()
        decided, begun, cpu = 0, time.perf_counter(), time.process_time()
        while found := decide_next():
            decided += found
        seconds, busy = time.perf_counter() - begun, time.process_time() - cpu
    print(json.dumps({"decided": decided, "seconds": seconds, "python_seconds": busy}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
