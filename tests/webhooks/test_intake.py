"""The door, over real HTTP and raw sockets: durable before the ack, a clear no to what it cannot take."""

import json
import re
import select
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import product
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from access.services.gateway_tokens import install_token
from core.models import InboundEvent, InboundPending, InboundReject
from tests.cast import TOKEN, decide_all, notification, owed_by, owes
from tests.servers import server
from tests.webhooks.conftest import LIMIT

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.stack]
PATH = "/api/v1/payment/notification"
ACK = {"success": True, "message": "Payment notification received and queued for processing"}
HEADERS = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}


def post(url: str, body: bytes, **headers: str) -> httpx2.Response:
    return httpx2.post(url + PATH, content=body, headers=HEADERS | headers, timeout=10)


def raw(url: str, request: bytes, *, answers: int = 1, half_close: bool = False, patience: float = 20) -> bytes:
    """What comes back for these bytes: so many answers, or fewer when the server closes or is silent for `patience` seconds."""
    with socket.create_connection(("127.0.0.1", urlsplit(url).port or 0), 5) as wire:
        wire.settimeout(patience)
        wire.sendall(request)
        if half_close:
            wire.shutdown(socket.SHUT_WR)
        answer = b""
        try:
            while answer.count(b"HTTP/1.1 ") < answers and (chunk := wire.recv(65536)):
                answer += chunk
        except TimeoutError:
            pass
        return answer


def head(length: int | None, query: str = "", **more: str) -> bytes:
    lines = {"Host": "x"} | ({} if length is None else {"Content-Length": str(length)}) | HEADERS | more
    return f"POST {PATH}{query} HTTP/1.1\r\n".encode() + "".join(f"{k}: {v}\r\n" for k, v in lines.items()).encode() + b"\r\n"


def test_fifty_concurrent_copies_are_all_acknowledged_and_settle_once(intake: str):
    owes("S004", 150_000)
    body = notification("TXN_DEMO_001")
    with ThreadPoolExecutor(25) as pool:
        answers = list(pool.map(lambda _: post(intake, body), range(51)))
    assert {answer.status_code for answer in answers} == {200}
    assert all(answer.json() == ACK for answer in answers)
    assert InboundEvent.objects.count() == 51
    assert decide_all() == 51
    assert owed_by("S004") == 10_000_000


def test_the_body_is_kept_byte_for_byte_and_encrypted(intake: str):
    body = b'{ "transactionId":"T1",  "studentId":"S004","status":"SUCCESS","amountPaid":1.10, "note":"\xc3\xa9" }'
    assert post(intake, body).status_code == 200
    assert InboundEvent.objects.get().body == body
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM inbound_event")
        assert b"S004" not in bytes(cursor.fetchone()[0])


def test_a_stranger_is_refused_and_nothing_is_stored(intake: str):
    for token in ["", "Bearer wrong", "Basic " + TOKEN, "Bearer " + TOKEN + "x", "Bearer \xff"]:
        presented = {"Authorization": token.encode("latin-1")} if token else {}
        answer = httpx2.post(intake + PATH, content=notification("T1"), headers={"Content-Type": "application/json"} | presented)
        assert (answer.status_code, answer.json()["success"]) == (401, False), token
    assert InboundEvent.objects.count() == 0


NO_STRICT_OBJECTS = [
    b"",
    b"[]",
    b"null",
    b'"text"',
    b"{",
    b'{"transactionId": NaN}',
    b'{"transactionId": -Infinity}',
    b'{"transactionId":"a","transactionId":"b","studentId":"S","status":"SUCCESS"}',
    b'{"transactionId":"\xff\xfe"}',
    b'\xef\xbb\xbf{"transactionId":"a"}',
    b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    b"[" * 10_000,
    b"transactionId=T1&studentId=S004",
]


def test_what_is_no_strict_json_object_is_a_400(intake: str):
    for body in NO_STRICT_OBJECTS:
        answer = post(intake, body)
        assert (answer.status_code, answer.json()["success"]) == (400, False), body[:40]
    assert InboundEvent.objects.count() == 0


def test_missing_critical_fields_are_a_400_in_the_contracts_words(intake: str):
    for field, value in product(["transactionId", "studentId", "status"], [None, "", "absent"]):
        body = json.loads(notification("T1")) | {field: value}
        if value == "absent":
            del body[field]
        answer = post(intake, json.dumps(body).encode())
        assert (answer.status_code, answer.json()) == (400, {"success": False, "message": "Missing critical fields in payload"})


def test_another_type_or_a_compressed_body_is_a_415(intake: str):
    for headers in (
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json; charset=latin-1"},
        {"Content-Encoding": "gzip"},
    ):
        assert post(intake, notification("T1"), **headers).status_code == 415, headers


def test_a_body_of_the_limit_is_taken_and_one_byte_more_is_a_413(intake: str):
    limit = 256 * 1024
    empty = len(notification("T1", note=""))
    assert post(intake, notification("T1", note="x" * (limit - empty))).status_code == 200
    assert post(intake, notification("T1", note="x" * (limit - empty + 1))).status_code == 413
    assert InboundEvent.objects.count() == 1


def test_a_chunked_body_over_the_limit_is_a_413(intake: str):
    def chunks():
        for _ in range(40):
            yield b"x" * 8192

    answer = httpx2.post(intake + PATH, content=chunks(), headers=HEADERS)
    assert answer.status_code == 413


def test_a_slow_body_is_a_408_and_neighbours_are_not_held_up(intake: str):
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(raw, intake, head(100) + b'{"transac')
        assert post(intake, notification("T1")).status_code == 200
        assert not slow.done()
        assert b"408" in slow.result().split(b"\r\n")[0]


def test_half_a_body_and_a_hung_up_socket_store_nothing_and_break_nothing(intake: str):
    raw(intake, head(100) + b'{"transac', half_close=True)
    with socket.create_connection(("127.0.0.1", urlsplit(intake).port or 0), 5) as wire:
        wire.sendall(head(100) + b'{"tra')
    assert post(intake, notification("T1")).status_code == 200
    assert InboundEvent.objects.count() == 1


@pytest.mark.parametrize("query", ["", "?the-ordinary=way"])
def test_who_sends_no_more_still_gets_an_answer(transactional_db: None, tmp_path: Path, query: str):
    install_token(gateway="cellulant", kind="bearer", token=TOKEN)
    body = notification("T1")
    start, chunked = head(len(body), query), head(None, query, **{"Transfer-Encoding": "chunked"})
    with server(tmp_path / "server.log") as url:
        assert raw(url, start + body, half_close=True).startswith(b"HTTP/1.1 200 OK")
        assert raw(url, start + body[:-1], half_close=True).startswith(b"HTTP/1.1 400")
        assert raw(url, start, half_close=True).startswith(b"HTTP/1.1 400")
        # A whole object, of which more was to come.
        assert raw(url, chunked + b"%x\r\n%b\r\n" % (len(body), body), half_close=True).startswith(b"HTTP/1.1 400")
        three = raw(url, start + body + start + body + start + body[:9], answers=4, half_close=True)
        assert re.findall(rb"HTTP/1.1 (\d+)", three) == [b"200", b"200", b"400"]
    assert [event.body for event in InboundEvent.objects.all()] == [body] * 3


def test_halves_of_bodies_are_held_up_to_a_limit_that_closes_the_door_to_nobody_else(intake: str):
    port, half = urlsplit(intake).port or 0, b'{"note": "' + b"x" * 60_000
    with ExitStack() as open_wires:
        wires = [
            open_wires.enter_context(socket.create_connection(("127.0.0.1", port), 20)) for _ in range(LIMIT // len(half) + 3)
        ]
        for wire in wires:
            wire.sendall(head(100_000) + half)
        refused = select.select(wires, [], [], 20)[0][0].recv(65536)
        assert refused.startswith(b"HTTP/1.1 503")
        assert b"\r\nretry-after: 1\r\n" in refused
        assert post(intake, notification("T1")).status_code == 200
    long = notification("T2", note="x" * 100_000)
    patience = time.monotonic() + 30
    while in_pieces(intake, head(len(long)) + long[:90_000], long[90_000:], pause=0.2) != b"HTTP/1.1 200 OK":
        assert time.monotonic() < patience, "what has gone is still counted"


def test_pipelined_requests_on_one_connection_are_answered_in_order(intake: str):
    requests = b"".join(head(len(body)) + body for body in (notification("T1"), b"[]", notification("T2")))
    answer = raw(intake, requests.replace(b"Host", b"Connection: keep-alive\r\nHost"), answers=3)
    assert re.findall(rb"HTTP/1.1 (\d+)", answer) == [b"200", b"400", b"200"]
    assert InboundEvent.objects.count() == 2


def in_pieces(url: str, *pieces: bytes, pause: float = 0.03) -> bytes:
    """The first line that comes back when a request is sent piece by piece."""
    with socket.create_connection(("127.0.0.1", urlsplit(url).port or 0), 5) as wire:
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            wire.sendall(piece)
            time.sleep(pause)
        return wire.recv(65536).split(b"\r\n")[0]


def test_a_delivery_may_come_in_any_pieces(intake: str):
    body = notification("T1")
    whole = head(len(body)) + body
    for pieces in [(whole,), (head(len(body)), body), (whole[:90], whole[90:-40], whole[-40:]), (whole[:-1], whole[-1:])]:
        assert in_pieces(intake, *pieces) == b"HTTP/1.1 200 OK", pieces
        assert in_pieces(intake, *pieces, pause=0.15) == b"HTTP/1.1 200 OK", pieces
    chunked = head(None, **{"Transfer-Encoding": "chunked"})
    assert in_pieces(intake, chunked, b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)) == b"HTTP/1.1 200 OK"
    assert {event.body for event in InboundEvent.objects.all()} == {body}
    assert InboundEvent.objects.count() == 9


def test_what_asks_for_more_of_http_is_served_as_well(intake: str):
    body = notification("T1")
    whole = head(len(body)) + body
    assert in_pieces(intake, head(len(body), Expect="100-continue")) == b"HTTP/1.1 100 Continue"
    assert raw(intake, whole.replace(b"HTTP/1.1", b"HTTP/1.0")).startswith(b"HTTP/1.1 200 OK")
    closing = raw(intake, head(len(body), Connection="close") + body)
    assert b"\r\nconnection: close\r\n" in closing
    assert raw(intake, whole.replace(PATH.encode(), PATH.encode() + b"?a=b")).startswith(b"HTTP/1.1 200 OK")
    assert raw(intake, whole.replace(b"/v1/", b"/%761/")).startswith(b"HTTP/1.1 200 OK")
    assert raw(intake, whole.replace(b"POST", b"PUT")).startswith(b"HTTP/1.1 40")
    assert raw(intake, b"nonsense\r\n\r\n").startswith(b"HTTP/1.1 400")
    assert InboundEvent.objects.count() == 4


def test_a_connection_serves_the_door_and_django_in_turn(intake: str):
    body = notification("T1")
    with httpx2.Client(headers=HEADERS) as client:
        for _ in range(3):
            assert client.post(intake + PATH, content=body).status_code == 200
            assert client.get(intake + "/health").status_code == 200
            assert client.post(intake + PATH, content=b"[]").status_code == 400
    assert InboundEvent.objects.count() == 3


def test_refusals_are_noted_with_a_sample_and_kept_few(intake: str):
    began = time.monotonic()
    refused = head(6) + b"[1, 2]"
    for _ in range(10):
        raw(intake, refused.replace(b"Host", b"Connection: keep-alive\r\nHost") * 50, answers=50)
    while (noted := InboundReject.objects.first()) is None:
        assert time.monotonic() < began + 60
        time.sleep(0.05)
    assert InboundReject.objects.count() <= 10 * (time.monotonic() - began + 1)
    assert (noted.status, noted.gateway, noted.sample, noted.size) == (400, "cellulant", b"[1, 2]", 6)


def test_other_methods_and_paths_are_djangos(intake: str):
    assert httpx2.get(intake + PATH).status_code in {404, 405}
    assert httpx2.post(intake + PATH + "/", content=b"{}").status_code == 404


def test_what_is_quarantined_later_is_acknowledged_and_its_neighbours_settle(intake: str):
    owes("S004", 150_000)
    bodies = [
        notification("Q1", amount="50000"),
        notification("Q2", amount=0).replace(b'"amountPaid": 0', b'"amountPaid": 1e400'),
        notification("Q3", amount=-5),
        notification("Q4", amount=0.001),
        notification("Q5\u0000"),
        notification("T1", amount=100),
    ]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda body: post(intake, body), bodies))
    assert [answer.status_code for answer in answers] == [200] * 6
    assert InboundPending.objects.count() == 6
    decide_all()
    assert owed_by("S004") == 15_000_000 - 10_000
