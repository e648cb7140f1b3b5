"""A merchant over the API: opened by a person, changed and keyed by whoever may."""

import json
from datetime import timedelta
from functools import partial

import pytest
import time_machine
from django.utils import timezone

from access.errors import MerchantExists
from access.models import AuditEntry, Merchant, User
from access.services import sign_ins
from access.services.api_keys import issue_key
from access.services.merchants import open_merchant
from tests.api.conftest import Key, key_of
from tests.racing import overlap

AT = "/api/v1/merchants"
ACT = {"actor": "system:test", "reason": "A test."}


def person(user):
    return Key({"Authorization": f"Bearer {sign_ins.start(user=user).access}"}, user.actor)


def call(client, method, path, caller, body=None, **headers):
    return getattr(client, method)(
        f"{AT}{path}", json.dumps(body or {}), content_type="application/json", headers={**caller.headers, **headers}
    )


def code(response):
    return response.status_code, response.json()["code"]


def test_a_person_opens_one_merchant(client, amina):
    opened = call(client, "post", "", person(amina), {"name": " Makini Bookshop "}, **{"Idempotency-Key": "k"})
    again = call(client, "post", "", person(amina), {"name": " Makini Bookshop "}, **{"Idempotency-Key": "k"})

    assert opened.status_code == 201
    assert again.content == opened.content
    merchant = Merchant.objects.get()
    assert (opened.json()["id"], merchant.name, merchant.email) == (merchant.public_id, "Makini Bookshop", amina.email)
    assert client.get(f"{AT}/me", headers=person(amina).headers).json() == opened.json()
    assert code(call(client, "post", "", person(amina), {"name": "Another"})) == (409, "merchant_exists")
    assert AuditEntry.objects.get(act="access.create_merchant").actor == amina.actor


@pytest.mark.django_db(transaction=True)
def test_of_two_openings_at_once_one_is_refused(amina):
    opening = partial(open_merchant, owner=amina, name="Makini Bookshop", email=amina.email)

    assert isinstance(overlap(opening, opening)[1], MerchantExists)
    assert Merchant.objects.count() == 1


def test_a_key_opens_no_merchant_and_a_stranger_has_none(client, shop_key, grace):
    assert code(call(client, "post", "", shop_key, {"name": "Another"})) == (403, "forbidden")
    assert client.get(f"{AT}/me", headers=person(grace).headers).json()["code"] == "unknown_merchant"


def test_a_merchant_changes_its_name_and_the_trail_says_from_what(client, shop_key, bookshop):
    changed = call(client, "patch", "/me", shop_key, {"name": "Makini Books"})

    assert (changed.status_code, changed.json()["name"], changed.json()["email"]) == (200, "Makini Books", "shop@example.com")
    entry = AuditEntry.objects.get(act="access.change_merchant")
    assert (entry.actor, entry.before, entry.after) == (
        bookshop.actor,
        {"name": "Makini Bookshop"},
        {"name": "Makini Books"},
    )
    call(client, "patch", "/me", shop_key, {"name": "Makini Books"})
    assert AuditEntry.objects.filter(act="access.change_merchant").count() == 1
    for body in ({"is_active": False}, {"name": ""}, {"email": "x"}):
        assert call(client, "patch", "/me", shop_key, body).status_code == 422
    reader = key_of(bookshop, scopes=["orders:read"])
    assert code(call(client, "patch", "/me", reader, {"name": "X"})) == (403, "missing_scope")


def test_a_secret_is_shown_once_and_opens_the_door(client, shop_key, bookshop):
    made = call(client, "post", "/me/keys", shop_key, {"label": "till 2", "scopes": ["orders:read"]})
    key = made.json()

    assert made.status_code == 201
    assert (key["label"], key["scopes"], key["replaces"]) == ("till 2", ["orders:read"], None)
    headers = {"X-Api-Key": key["id"], "X-Api-Secret": key["secret"]}
    assert client.get(f"{AT}/me", headers=headers).json()["id"] == bookshop.public_id
    listed = client.get(f"{AT}/me/keys?limit=1", headers=shop_key.headers)
    assert [entry["id"] for entry in listed.json()["data"]] == [key["id"]]
    assert listed.json()["has_more"]
    assert key["secret"] not in listed.text
    assert AuditEntry.objects.filter(act="access.issue_key", target=key["id"], actor=bookshop.actor).exists()


def test_no_key_makes_one_that_may_do_more(client, bookshop):
    keeper = key_of(bookshop, scopes=["keys:write", "orders:read"])
    strong = issue_key(holder=bookshop, **ACT).key

    assert call(client, "post", "/me/keys", keeper).json()["scopes"] == ["keys:write", "orders:read"]
    assert code(call(client, "post", "/me/keys", keeper, {"scopes": ["refunds:write"]})) == (403, "missing_scope")
    assert code(call(client, "post", f"/me/keys/{strong.key_id}/rotate", keeper)) == (403, "missing_scope")
    for body in ({"scopes": []}, {"scopes": ["wallet:read"]}, {"scopes": ["everything"]}, {"expires_at": "2020-01-01T00:00:00Z"}):
        assert call(client, "post", "/me/keys", keeper, body).status_code == 422


def test_both_keys_are_good_while_they_overlap(client, shop_key):
    old = shop_key.headers["X-Api-Key"]
    rotated = call(client, "post", f"/me/keys/{old}/rotate", shop_key, {"overlap_hours": 2})
    new = Key({"X-Api-Key": rotated.json()["id"], "X-Api-Secret": rotated.json()["secret"]}, shop_key.actor)

    assert (rotated.status_code, rotated.json()["replaces"]) == (201, old)
    assert [client.get(f"{AT}/me", headers=key.headers).status_code for key in (shop_key, new)] == [200, 200]
    assert code(call(client, "post", f"/me/keys/{old}/rotate", shop_key)) == (409, "key_already_rotated")
    with time_machine.travel(timezone.now() + timedelta(hours=3)):
        assert [client.get(f"{AT}/me", headers=key.headers).status_code for key in (shop_key, new)] == [401, 200]
    for hours in (-1, 169, "2", 1.5, True):
        assert call(client, "post", f"/me/keys/{old}/rotate", shop_key, {"overlap_hours": hours}).status_code == 422


def test_a_revoked_key_is_refused_at_once(client, shop_key, bookshop):
    other = key_of(bookshop)
    path = f"/me/keys/{other.headers['X-Api-Key']}"

    assert [call(client, "delete", path, shop_key).status_code for _ in range(2)] == [204, 204]
    assert client.get(f"{AT}/me", headers=other.headers).status_code == 401
    assert AuditEntry.objects.filter(act="access.revoke_key").count() == 1


def test_anothers_key_does_not_exist(client, shop_key, grace):
    from access.services.merchants import create_merchant

    bakery = create_merchant(owner=grace, name="Bakery", email="b@example.com", **ACT)
    theirs = key_of(bakery).headers["X-Api-Key"]

    assert code(call(client, "delete", f"/me/keys/{theirs}", shop_key)) == (404, "unknown_api_key")
    assert code(call(client, "post", f"/me/keys/{theirs}/rotate", shop_key)) == (404, "unknown_api_key")
    assert code(call(client, "delete", "/me/keys/key_nobodys", shop_key)) == (404, "unknown_api_key")


@pytest.fixture
def grace(db):
    return User.objects.create_user("grace@example.com", full_name="Grace Wanjiru")


def test_the_demo_merchant_comes_in_as_the_readme_says(client, db):
    from config.demo.people import welcome_merchant

    welcome_merchant()
    headers = {"X-Api-Key": "key_test_abc123", "X-Api-Secret": "secret_test_xyz789"}
    mine = client.get(f"{AT}/me", headers=headers).json()
    answers = [
        client.post("/api/v1/auth/login", json.dumps({"email": "test@example.com", **proof}), content_type="application/json")
        for proof in ({"password": "test123"}, {"api_key": "key_test_abc123.secret_test_xyz789"})
    ]

    assert mine["name"] == "Makini Bookshop"
    for answer in answers:
        token = {"Authorization": f"Bearer {answer.json()['access']}"}
        assert client.get(f"{AT}/me", headers=token).json() == mine
