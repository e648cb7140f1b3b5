"""One key, one intent: done once, answered always the same, kept for a day, and unreadable in the database."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, connection
from django.utils import timezone

from core import idempotency
from core.api.idempotent import json_reply
from core.models import IdempotencyKey
from core.tasks import forget_idempotency_keys, sweep_idempotency_keys
from tests.api.conftest import key_of
from tests.api.ground import works_done
from tests.racing import race


def wish(client, caller, key="k1", path="/wishes", **body):
    headers = {**caller.headers, **({} if key is None else {"Idempotency-Key": key})}
    return client.post(path, json.dumps({"amount": 500} | body), content_type="application/json", headers=headers)


def code(response):
    return response.status_code, response.json()["code"]


def test_a_repetition_gets_the_same_bytes_and_does_nothing(ground, client, shop_key):
    first, second = wish(client, shop_key), wish(client, shop_key)

    assert (first.status_code, second.status_code) == (201, 201)
    assert second.content == first.content
    assert second["Content-Type"] == first["Content-Type"] == "application/json"
    assert ("Idempotent-Replayed" in first, second["Idempotent-Replayed"]) == (False, "true")
    assert works_done() == 1


def test_without_a_key_each_request_is_an_intent(ground, client, shop_key):
    wish(client, shop_key, key=None)
    wish(client, shop_key, key=None)

    assert works_done() == 2
    assert not IdempotencyKey.objects.exists()


def test_where_a_repetition_could_cost_money_a_key_is_required(ground, client, shop_key):
    assert code(wish(client, shop_key, key=None, path="/keyed-wishes")) == (400, "idempotency_key_required")
    assert works_done() == 0


@pytest.mark.parametrize("key", ["", " ", "a b", "a" * 256, "\u00e9", "a\tb"])
def test_a_key_is_printable_and_short(ground, client, shop_key, key):
    assert code(wish(client, shop_key, key=key)) == (400, "malformed_idempotency_key")


def test_another_body_under_the_same_key_is_refused_by_the_names_of_its_fields(ground, client, shop_key):
    wish(client, shop_key, receipt="A1")
    other = wish(client, shop_key, amount=700, notes={"a": "b"})

    assert code(other) == (422, "idempotency_key_reused")
    assert sorted(other.json()["errors"]) == ["amount", "notes", "receipt"]
    assert "A1" not in other.text
    assert works_done() == 1


def test_the_order_of_fields_does_not_matter(ground, client, shop_key):
    headers = {**shop_key.headers, "Idempotency-Key": "k"}
    bodies = ['{"amount":500,"currency":"KES"}', '{ "currency": "KES", "amount": 500 }']
    first, second = [client.post("/wishes", body, content_type="application/json", headers=headers) for body in bodies]

    assert second.content == first.content


def test_the_thing_in_the_path_is_part_of_the_request(ground, client, shop_key):
    wish(client, shop_key, path="/calls/one")
    other = wish(client, shop_key, path="/calls/two")

    assert code(other) == (422, "idempotency_key_reused")
    assert list(other.json()["errors"]) == ["number in the path"]


def test_callers_and_operations_do_not_meet_in_a_key(ground, client, shop_key, bookshop, amina):
    from access.services.merchants import create_merchant

    other_shop = create_merchant(owner=amina, name="Bakery", email="b@example.com", actor="system:test", reason="Bread.")
    same = [wish(client, shop_key), wish(client, key_of(bookshop))]
    apart = [wish(client, key_of(other_shop)), wish(client, shop_key, path="/keyed-wishes")]

    assert same[0].content == same[1].content, "two keys of one merchant are one caller"
    assert len({answer.content for answer in [same[0], *apart]}) == 3


@pytest.mark.parametrize(("meet", "status"), [("refused", 409)])
def test_a_definitive_refusal_undoes_the_work_and_is_kept(ground, client, shop_key, meet, status):
    first, second = wish(client, shop_key, meet=meet), wish(client, shop_key, meet=meet)

    assert first.status_code == second.status_code == status
    assert second.content == first.content
    assert second["Content-Type"] == "application/problem+json"
    assert second["Idempotent-Replayed"] == "true"
    assert works_done() == 0


def test_what_the_fields_are_refused_for_is_kept_too(ground, client, shop_key):
    first, second = wish(client, shop_key, amount=1), wish(client, shop_key, amount=1)

    assert (first.status_code, second.content) == (422, first.content)


@pytest.mark.parametrize(("meet", "status"), [("unavailable", 503), ("bug", 500), ("too many", 429), ("who", 401)])
@pytest.mark.parametrize("path", ["/wishes", "/calls/one"])
def test_what_may_be_tried_again_is_not_kept(ground, client, shop_key, meet, status, path):
    first = wish(client, shop_key, path=path, meet=meet)

    assert first.status_code == status
    assert not IdempotencyKey.objects.exists()
    if status == 429:
        assert first["Retry-After"] == "1"
    if status == 401:
        assert first["WWW-Authenticate"]
    assert wish(client, shop_key, path=path).status_code in {200, 201}
    assert works_done() == (1 if path == "/wishes" else 2)


def test_a_key_is_forgotten_after_a_day_and_then_free(ground, client, shop_key):
    first = wish(client, shop_key)
    with time_machine.travel(timezone.now() + timedelta(hours=23, minutes=59)):
        assert wish(client, shop_key).content == first.content
        assert forget_idempotency_keys() == 0
    with time_machine.travel(timezone.now() + timedelta(hours=24, minutes=1)):
        assert wish(client, shop_key).content != first.content, "although nobody has deleted it yet"
    with time_machine.travel(timezone.now() + timedelta(hours=49)):
        assert (forget_idempotency_keys(), forget_idempotency_keys()) == (1, 0)
    assert not IdempotencyKey.objects.exists()


def test_replies_are_sealed_and_requests_are_not_kept(ground, client, shop_key):
    answer = wish(client, shop_key, receipt="Chalk for Joan").json()
    with connection.cursor() as cursor:
        cursor.execute("SELECT body, idempotency_key::text FROM idempotency_key")
        body, row = cursor.fetchone()

    assert answer["id"].encode() not in bytes(body)
    assert answer["id"] not in row
    assert "Joan" not in row


def test_no_reply_that_may_be_tried_again_can_be_stored(ground, client, shop_key):
    wish(client, shop_key)
    for status in (401, 429, 500, 503):
        with pytest.raises(IntegrityError, match="idempotency_key_definitive"), idempotency.transaction.atomic():
            IdempotencyKey.objects.update(status=status)


def test_a_caller_may_ask_where_its_request_stands(ground, client, shop_key, bookshop, amina):
    answer = wish(client, shop_key, key="a/b").json()
    at = "/api/v1/requests/a/b?operation="

    found = client.get(f"{at}ground.wish", headers=shop_key.headers).json()
    assert (found["state"], found["reply_status"], found["reply"]) == ("done", 201, answer)
    assert client.get(f"{at}ground.keyed_wish", headers=shop_key.headers).json()["code"] == "unknown_request"
    assert client.get(at, headers=shop_key.headers).status_code == 422
    for no_key in ("%00", "a%20b", "%C3%A9"):
        answer = client.get(f"/api/v1/requests/{no_key}?operation=ground.wish", headers=shop_key.headers)
        assert answer.json()["code"] == "unknown_request"
    from access.services import sign_ins

    stranger = {"Authorization": f"Bearer {sign_ins.start(user=amina).access}"}
    assert client.get(f"{at}ground.wish", headers=stranger).status_code == 404


class TestACallThatReachesAGateway:
    """Its key is committed before the call, so that no transaction stays open meanwhile."""

    @pytest.fixture
    def left(self, ground, client, shop_key):
        """A call whose process died: in progress, and past its lease."""
        wish(client, shop_key, path="/calls/one")
        long_ago = timezone.now() - timedelta(hours=1)
        IdempotencyKey.objects.update(status=None, body=None, lease_until=long_ago)
        return IdempotencyKey.objects.get()

    @pytest.fixture(autouse=True)
    def _nobody_registered(self, monkeypatch):
        monkeypatch.setattr(idempotency, "_when_left", {})

    def test_it_replays_like_any_other(self, ground, client, shop_key):
        first, second = (wish(client, shop_key, path="/calls/one") for _ in range(2))

        assert second.content == first.content
        assert second["Idempotent-Replayed"] == "true"
        assert works_done() == 1

    @pytest.mark.django_db(transaction=True)
    def test_no_transaction_is_open_while_it_works(self, ground, client, shop_key, monkeypatch):
        seen = []

        def works(*_):
            seen.append((connection.in_atomic_block, IdempotencyKey.objects.get().is_in_progress))
            return {}

        monkeypatch.setattr(ground, "work", works)
        assert wish(client, shop_key, path="/calls/one").status_code == 200
        assert seen == [(False, True)]

    def test_while_it_is_in_progress_its_twin_waits_and_is_told_so(self, left, client, shop_key, monkeypatch):
        monkeypatch.setattr(idempotency, "PATIENCE", 0.2)
        twin = wish(client, shop_key, path="/calls/one")

        assert code(twin) == (409, "idempotency_in_progress")
        assert twin["Retry-After"] == "2"
        standing = client.get("/api/v1/requests/k1?operation=ground.call", headers=shop_key.headers).json()
        assert (standing["state"], standing["reply"], standing["reply_status"]) == ("in_progress", None, None)
        assert code(wish(client, shop_key, path="/calls/two")) == (422, "idempotency_key_reused")

    def test_the_sweeper_releases_what_nobody_can_tell_about(self, left, client, shop_key):
        assert (sweep_idempotency_keys(), sweep_idempotency_keys()) == (1, 0)
        assert wish(client, shop_key, path="/calls/one").status_code == 200
        assert works_done() == 2

    def test_the_sweeper_finishes_what_its_operation_knows_the_end_of(self, left, client, shop_key):
        idempotency.when_left("ground.call", lambda row: json_reply(200, {"number": row.target["number"], "found": True}))

        assert (sweep_idempotency_keys(), sweep_idempotency_keys()) == (1, 0)
        found = wish(client, shop_key, path="/calls/one")
        assert (found.json(), found["Idempotent-Replayed"]) == ({"number": "one", "found": True}, "true")
        assert works_done() == 1

    def test_an_end_that_can_not_be_told_now_is_asked_for_again(self, left, caplog):
        def away(row):
            raise ConnectionError

        idempotency.when_left("ground.call", away)
        assert sweep_idempotency_keys() == 1
        assert "comes back to it" in caplog.text
        assert sweep_idempotency_keys() == 0, "not before the lease has run out once more"
        with time_machine.travel(timezone.now() + idempotency.LEASE + timedelta(seconds=1)):
            assert sweep_idempotency_keys() == 1

    @pytest.mark.django_db(transaction=True)
    def test_of_two_sweepers_one_finishes(self, left):
        asked = []
        idempotency.when_left("ground.call", lambda row: asked.append(row.pk) or json_reply(200, {}))

        race(sweep_idempotency_keys, sweep_idempotency_keys)
        assert len(asked) == 1
