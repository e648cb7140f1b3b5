"""Signing up and in over the API, the next tokens, and every way that they end."""

import json
import logging
from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from access.errors import InvalidToken
from access.models import AuditEntry, RefreshToken, SignIn, User
from access.services import sign_ins
from access.services.api_keys import issue_key, revoke_key
from access.services.users import set_user_active
from access.tasks import forget_sign_ins
from tests.racing import overlap

ACT = {"actor": "system:test", "reason": "A test."}
PASSWORD = "a long pass phrase"


@pytest.fixture(autouse=True)
def _quick_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def amina(amina):
    amina.set_password(PASSWORD)
    amina.save()
    return amina


def post(client, path, **body):
    return client.post(f"/api/v1/auth/{path}", json.dumps(body), content_type="application/json")


def login(client, **body):
    return post(client, "login", **({"email": "amina@example.com", "password": PASSWORD} | body))


def may_enter(client, access):
    return client.get("/wishes", headers={"Authorization": f"Bearer {access}"}).status_code == 200


def code(response):
    return response.status_code, response.json()["code"]


class TestSigningUp:
    def test_it_signs_in_at_once_and_leaves_a_trail(self, ground, client, db):
        answer = post(client, "signup", email="Zawadi@Example.com", password=PASSWORD, full_name="Zawadi")

        assert answer.status_code == 201
        assert answer["Cache-Control"] == "no-store"
        assert may_enter(client, answer.json()["access"])
        user = User.objects.get(email="zawadi@example.com")
        assert (user.is_staff, user.is_superuser) == (False, False)
        assert AuditEntry.objects.get(act="access.sign_up").actor == user.actor

    def test_a_taken_address_is_said_to_be(self, client, amina):
        assert code(post(client, "signup", email="AMINA@example.com", password=PASSWORD)) == (409, "email_taken")
        assert User.objects.count() == 1

    @pytest.mark.parametrize("password", ["short", "1234567890123", "password1234", "amina@example.com"])
    def test_a_weak_password_is_refused(self, client, db, password):
        answer = post(client, "signup", email="amina@example.com", password=password)
        assert (answer.status_code, list(answer.json()["errors"])) == (422, ["password"])

    @pytest.mark.parametrize("more", [{"is_staff": True}, {"email": "nobody"}, {"email": 5}, {"full_name": 5}])
    def test_nothing_else_can_be_said(self, client, db, more):
        assert post(client, "signup", **({"email": "a@example.com", "password": PASSWORD} | more)).status_code == 422
        assert not User.objects.exists()

    def test_an_address_may_ask_only_a_few_times(self, client, db):
        answers = [post(client, "signup", email="taken", password=PASSWORD) for _ in range(11)]
        assert {answer.status_code for answer in answers} == {422}, "what can't be read asks nothing"
        answers = [post(client, "signup", email="amina@example.com", password="short") for _ in range(11)]
        assert [answer.status_code for answer in answers] == [422] * 10 + [429]
        assert int(answers[-1]["Retry-After"]) > 0


class TestSigningIn:
    def test_a_password_opens_the_api(self, ground, client, amina):
        answer = login(client, email="Amina@example.com").json()

        assert may_enter(client, answer["access"])
        assert answer["token_type"] == "Bearer"
        assert answer["expires_in"] == 600
        assert answer["user"]["email"] == "amina@example.com"
        assert answer["user"]["id"].startswith("user_")

    def test_whatever_is_wrong_the_answer_is_one(self, client, amina):
        User.objects.create_user("off@example.com", PASSWORD, is_active=False)
        wrong = [
            login(client, password="another pass phrase"),
            login(client, email="nobody@example.com"),
            login(client, email="off@example.com"),
        ]
        bodies = [{**answer.json(), "request_id": ""} for answer in wrong]

        assert bodies == [bodies[0]] * 3
        assert code(wrong[0]) == (401, "wrong_credentials")
        assert wrong[0]["WWW-Authenticate"]

    def test_an_unknown_address_costs_a_hash_as_a_known_one_does(self, client, amina, monkeypatch):
        from django.contrib.auth.hashers import MD5PasswordHasher

        hashed = []
        real = MD5PasswordHasher.encode
        monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *args: hashed.append(1) or real(*args))
        counts = []
        for email in ("amina@example.com", "nobody@example.com"):
            hashed.clear()
            login(client, email=email, password="not the password")
            counts.append(len(hashed))
        assert counts[0] == counts[1] == 1

    def test_either_a_password_or_a_key(self, client, amina):
        assert login(client, api_key="key_x.y").status_code == 422
        assert post(client, "login", email="amina@example.com").status_code == 422

    def test_too_many_attempts_lock_even_the_right_password_out(self, client, amina):
        for _ in range(10):
            login(client, password="a wrong pass phrase")
        locked = login(client)
        assert code(locked) == (429, "rate_limited")
        assert locked["Retry-After"]

    def test_without_the_limiter_nobody_signs_in(self, client, amina, monkeypatch):
        from core import limits

        monkeypatch.setattr(limits, "get_usage", lambda *_, **__: None)
        assert code(login(client)) == (503, "unavailable")

    def test_no_secret_is_logged(self, client, amina, caplog):
        with caplog.at_level(logging.DEBUG):
            answer = login(client).json()
            login(client, password="a wrong pass phrase")
            repr(sign_ins.start(user=amina))
        for secret in (PASSWORD, "a wrong pass phrase", answer["access"], answer["refresh"]):
            assert secret not in caplog.text
        assert "refresh_" not in repr(sign_ins.start(user=amina))


class TestSigningInWithAKey:
    def test_a_personal_key_opens_what_it_may_and_no_more(self, ground, client, amina):
        issued = issue_key(holder=amina, **ACT)
        answer = post(client, "login", email="amina@example.com", api_key=issued.personal)

        assert answer.status_code == 200
        assert not may_enter(client, answer.json()["access"]), "a wallet's key reads no orders"
        assert (
            client.get("/api/v1/merchants/me", headers={"Authorization": f"Bearer {answer.json()['access']}"}).status_code == 404
        )

    def test_a_merchants_key_opens_the_merchant(self, ground, client, amina, bookshop):
        issued = issue_key(holder=bookshop, scopes=["orders:read"], **ACT)
        access = post(client, "login", email="amina@example.com", api_key=issued.personal).json()["access"]
        headers = {"Authorization": f"Bearer {access}"}

        assert may_enter(client, access)
        assert client.get("/api/v1/merchants/me", headers=headers).json()["id"] == bookshop.public_id
        assert code(client.post("/api/v1/merchants/me/keys", headers=headers)) == (403, "missing_scope")
        revoke_key(key=issued.key, **ACT)
        assert not may_enter(client, access)

    def test_the_address_must_be_the_keys(self, client, amina):
        issued = issue_key(holder=amina, **ACT)
        User.objects.create_user("other@example.com", PASSWORD)
        for email, key in [("other@example.com", issued.personal), ("amina@example.com", f"{issued.key.key_id}.wrong")]:
            assert code(post(client, "login", email=email, api_key=key)) == (401, "wrong_credentials")


class TestRefreshing:
    def test_each_token_is_good_for_one_exchange(self, ground, client, amina):
        first = login(client).json()
        second = post(client, "refresh", refresh=first["refresh"]).json()
        third = post(client, "refresh", refresh=second["refresh"]).json()

        assert len({first["refresh"], second["refresh"], third["refresh"]}) == 3
        assert all(may_enter(client, pair["access"]) for pair in (first, second, third))

    def test_a_spent_token_that_comes_back_ends_its_family_and_no_other(self, ground, client, amina):
        first, apart = login(client).json(), login(client).json()
        second = post(client, "refresh", refresh=first["refresh"]).json()

        assert code(post(client, "refresh", refresh=first["refresh"])) == (401, "invalid_token")
        assert code(post(client, "refresh", refresh=second["refresh"])) == (401, "invalid_token")
        assert not may_enter(client, second["access"])
        assert may_enter(client, apart["access"])
        entry = AuditEntry.objects.get(act="access.end_sign_in")
        assert (entry.target, entry.reason) == (amina.actor, "A spent refresh token came back.")

    def test_logout_ends_the_family_at_once_and_twice_is_once(self, ground, client, amina):
        pair = login(client).json()

        assert [post(client, "logout", refresh=pair["refresh"]).status_code for _ in range(2)] == [204, 204]
        assert not may_enter(client, pair["access"])
        assert post(client, "refresh", refresh=pair["refresh"]).status_code == 401
        assert post(client, "logout", refresh="refresh_nobodys").status_code == 204

    def test_a_disabled_user_and_a_new_password_end_it(self, client, amina):
        pair, other = login(client).json(), login(client).json()
        set_user_active(user=amina, active=False, **ACT)
        assert post(client, "refresh", refresh=pair["refresh"]).status_code == 401
        set_user_active(user=amina, active=True, **ACT)
        assert post(client, "refresh", refresh=other["refresh"]).status_code == 401

        pair = login(client).json()
        amina = User.objects.get()
        amina.set_password("another pass phrase")
        amina.save()
        assert post(client, "refresh", refresh=pair["refresh"]).status_code == 401

    def test_a_family_does_not_live_for_ever_and_is_forgotten(self, client, amina, settings):
        pair = login(client).json()
        with time_machine.travel(timezone.now() + settings.SIGN_IN_LASTS_AT_MOST + timedelta(minutes=1)):
            assert post(client, "refresh", refresh=pair["refresh"]).status_code == 401
            assert (forget_sign_ins(), forget_sign_ins()) == (1, 0)
        assert not RefreshToken.objects.exists()

    def test_an_access_token_is_short(self, ground, client, amina):
        access = login(client).json()["access"]
        with time_machine.travel(timezone.now() + timedelta(minutes=11)):
            assert not may_enter(client, access)

    def test_tokens_are_kept_as_digests(self, client, amina):
        pair = login(client).json()
        assert pair["refresh"].encode() not in bytes(RefreshToken.objects.get().digest)

    def test_the_database_refuses_a_second_successor(self, client, amina):
        sign_ins.start(user=amina)
        token = RefreshToken.objects.get()
        for digest in (b"1", b"2"):
            make = {"sign_in": token.sign_in, "replaces": token, "digest": digest, "created_at": timezone.now()}
            if digest == b"1":
                RefreshToken.objects.create(**make)
            else:
                with pytest.raises(IntegrityError), transaction.atomic():
                    RefreshToken.objects.create(**make)

    @pytest.mark.django_db(transaction=True)
    def test_of_two_exchanges_at_once_one_wins_and_the_family_ends(self, amina):
        presented = sign_ins.start(user=amina).refresh

        first, second = overlap(*[lambda: sign_ins.refresh(presented=presented)] * 2)
        assert isinstance(second, InvalidToken)
        assert RefreshToken.objects.filter(replaces__isnull=False).count() == 1
        assert SignIn.objects.get().ended_by == "reuse"
        with pytest.raises(InvalidToken):
            sign_ins.refresh(presented=first.refresh)
