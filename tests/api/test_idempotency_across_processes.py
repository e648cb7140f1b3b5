"""One key and many requests at once, over the processes that production runs; and what a sudden death leaves."""

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest
from django.db import connection

from core.idempotency import Reply, in_one_transaction, intent
from core.models import IdempotencyKey
from tests.api.ground import works_done
from tests.racing import overlap

pytestmark = [pytest.mark.stack, pytest.mark.django_db(transaction=True)]


# It keeps no connection, so nobody need close it; a worker may come back to this module after others.
_client = httpx2.Client(limits=httpx2.Limits(max_connections=200, max_keepalive_connections=0))


def wish(url, caller, key, path="/wishes", timeout=30.0, **body):
    headers = {**caller.headers, "Idempotency-Key": key}
    return _client.post(f"{url}{path}", json={"amount": 500} | body, headers=headers, timeout=timeout)


def at_once(count, ask):
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(lambda _: ask(), range(count)))


@pytest.mark.parametrize("path", ["/wishes", "/calls/one"])
def test_two_hundred_requests_with_one_key_do_the_work_once(four_processes, shop_key, path):
    answers = at_once(200, lambda: wish(four_processes.url, shop_key, "k", path, pause="0.3"))

    done = [answer for answer in answers if answer.status_code in {200, 201}]
    rest = [answer for answer in answers if answer not in done]
    assert works_done() == 1
    assert len({answer.content for answer in done}) == 1
    assert len([answer for answer in done if "Idempotent-Replayed" not in answer.headers]) == 1
    assert {(answer.status_code, answer.json()["code"]) for answer in rest} <= {(409, "idempotency_in_progress")}
    assert IdempotencyKey.objects.count() == 1


def test_past_five_seconds_a_twin_is_told_to_ask_again(four_processes, shop_key):
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(wish, four_processes.url, shop_key, "k", pause="9")
        _somebody_works()
        started = time.monotonic()
        twin = wish(four_processes.url, shop_key, "k", pause="9")
        waited = time.monotonic() - started
        assert not first.done()

    assert (twin.status_code, twin.json()["code"], twin.headers["Retry-After"]) == (409, "idempotency_in_progress", "2")
    assert waited > 4.5
    assert first.result().status_code == 201
    assert wish(four_processes.url, shop_key, "k", pause="9").headers["Idempotent-Replayed"] == "true"
    assert works_done() == 1


def test_the_patience_is_one_however_many_twins_fail_before(four_processes, shop_key):
    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(wish, four_processes.url, shop_key, "k", pause="3.3", meet="unavailable") for _ in range(4)]
        statuses = sorted(answer.result().status_code for answer in answers)

    # The first fails after 3.3 s and the second, which then begins, after 6.6: the others have waited for 5 by then.
    assert statuses == [409, 409, 503, 503]
    assert works_done() == 0


def test_a_sudden_death_leaves_nothing_half_done(four_processes, shop_key):
    dying = threading.Thread(target=lambda: _whatever(lambda: wish(four_processes.url, shop_key, "k", pause="20")))
    dying.start()
    _somebody_works()
    _kill_children(four_processes.pid)
    dying.join(20)

    assert (works_done(), IdempotencyKey.objects.count()) == (0, 0)
    assert wish(four_processes.url, shop_key, "k", pause="0").status_code == 201
    assert works_done() == 1


def _somebody_works():
    """A server holds a transaction open."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT EXISTS (SELECT FROM pg_stat_activity"
                " WHERE state = 'idle in transaction' AND datname = current_database() AND pid <> pg_backend_pid())"
            )
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)
    raise AssertionError("no server is at work")


def _kill_children(pid):
    """Kill every worker at once; the arbiter starts others."""
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        os.kill(int(child), signal.SIGKILL)


def _whatever(ask):
    try:
        ask()
    except httpx2.TransportError:
        return


def test_a_twin_waits_for_the_commit_and_sees_it(shop_key):
    """The meeting itself, inside one process: two real connections."""
    wanted = intent(caller=shop_key.actor, operation="ground.wish", key="k", target={}, body={"amount": 5})
    answers = overlap(
        lambda: in_one_transaction(wanted, lambda: Reply(201, b"first")),
        lambda: in_one_transaction(wanted, lambda: Reply(201, b"second")),
    )

    assert answers == [(Reply(201, b"first"), False), (Reply(201, b"first"), True)]
