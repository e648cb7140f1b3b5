"""The door, over real HTTP and raw sockets: durable before the ack, a clear no to what it cannot take."""

import json
import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from urllib.parse import urlsplit

import httpx2
import pytest

from core.models import InboundEvent, InboundPending, InboundReject
from tests.cast import TOKEN, decide_all, notification, owed_by, owes

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.stack]
PATH = "/api/v1/payment/notification"
ACK = {"success": True, "message": "Payment notification received and queued for processing"}
HEADERS = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}


def post(url: str, body: bytes, **headers: str) -> httpx2.Response:
    return httpx2.post(url + PATH, content=body, headers=HEADERS | headers, timeout=10)


def raw(url: str, request: bytes, *, half_close: bool = False, patience: float = 2) -> bytes:
    """Whatever comes back for these bytes until the server closes or says nothing for `patience` seconds."""
    with socket.create_connection(("127.0.0.1", urlsplit(url).port or 0), 5) as wire:
        wire.settimeout(patience)
        wire.sendall(request)
        if half_close:
            wire.shutdown(socket.SHUT_WR)
        answer = b""
        try:
            while chunk := wire.recv(65536):
                answer += chunk
        except TimeoutError:
            pass
        return answer


def head(length: int, **more: str) -> bytes:
    lines = {"Host": "x", "Content-Length": str(length), **HEADERS, **more}
    return f"POST {PATH} HTTP/1.1\r\n".encode() + "".join(f"{k}: {v}\r\n" for k, v in lines.items()).encode() + b"\r\n"


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
    began = time.monotonic()
    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(raw, intake, head(100) + b'{"transac')
        assert post(intake, notification("T1")).status_code == 200
        assert time.monotonic() - began < 1
        assert b"408" in slow.result().split(b"\r\n")[0]


def test_half_a_body_and_a_hung_up_socket_store_nothing_and_break_nothing(intake: str):
    raw(intake, head(100) + b'{"transac', half_close=True)
    with socket.create_connection(("127.0.0.1", urlsplit(intake).port or 0), 5) as wire:
        wire.sendall(head(100) + b'{"tra')
    assert post(intake, notification("T1")).status_code == 200
    assert InboundEvent.objects.count() == 1


def test_pipelined_requests_on_one_connection_are_answered_in_order(intake: str):
    requests = b"".join(head(len(body)) + body for body in (notification("T1"), b"[]", notification("T2")))
    answer = raw(intake, requests.replace(b"Host", b"Connection: keep-alive\r\nHost"))
    assert re.findall(rb"HTTP/1.1 (\d+)", answer) == [b"200", b"400", b"200"]
    assert InboundEvent.objects.count() == 2


def test_refusals_are_noted_with_a_sample_and_kept_few(intake: str):
    began = time.monotonic()
    refused = head(6) + b"[1, 2]"
    for _ in range(10):
        raw(intake, refused.replace(b"Host", b"Connection: keep-alive\r\nHost") * 50, patience=0.3)
    time.sleep(1.5)
    assert 1 <= InboundReject.objects.count() <= 10 * (time.monotonic() - began + 1) < 500
    noted = InboundReject.objects.first()
    assert noted is not None
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
