"""A student who is signed in over the API reads their own page, and a token never opens more than that."""

import pytest
from django.test import Client

from access.models import User
from access.services import sign_ins
from access.services.api_keys import issue_key
from access.services.roles import assign_role

ACT = {"actor": "system:test", "reason": "A test."}
PATHS = ("/api/v1/students/S004", "/api/v1/students/S004/statement")


def statuses(tokens):
    return [Client().get(path, headers={"Authorization": f"Bearer {tokens.access}"}).status_code for path in PATHS]


@pytest.fixture
def joan_herself(joan):
    joan.user = User.objects.create_user("joan@example.com")
    joan.save()
    return joan.user


def test_the_student_reads_their_own_page(joan_herself):
    assert statuses(sign_ins.start(user=joan_herself)) == [200, 200]


def test_to_anyone_else_the_student_does_not_exist(joan, db):
    assert statuses(sign_ins.start(user=User.objects.create_user("other@example.com"))) == [404, 404]


def test_staff_need_the_session_with_its_second_factor(joan, db):
    officer = User.objects.create_user("officer@example.com")
    assign_role(user=officer, role="officer", **ACT)

    assert statuses(sign_ins.start(user=officer)) == [404, 404]


def test_a_key_does_not_open_the_student(joan_herself):
    issued = issue_key(holder=joan_herself, **ACT)

    assert statuses(sign_ins.start(user=joan_herself, key=issued.key)) == [404, 404]
    assert Client().get(PATHS[0], headers={"X-Api-Key": issued.personal}).status_code == 401


def test_without_credentials_and_with_bad_ones_it_is_401(joan):
    assert Client().get(PATHS[0]).status_code == 401
    answer = Client().get(PATHS[0], headers={"Authorization": "Bearer a.b.c"})
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")
    assert answer["Cache-Control"] == "no-store"
