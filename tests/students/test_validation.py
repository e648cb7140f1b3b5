"""`POST /api/v1/validation`, held against the sample bodies and to the letter of the contract."""

import json
from pathlib import Path

import pytest
from django.db import OperationalError
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from access.services.gateway_tokens import install_token, revoke_token
from students.models import Student

SAMPLES = Path(__file__).parents[1] / "gateways" / "samples" / "tingg_cellulant"
VALID = b'{"status":"VALID","message":"Student is active and valid","studentName":"Joan Zuria"}'
NOT_FOUND = b'{"status":"INVALID","message":"Student not found"}'
INACTIVE = b'{"status":"INVALID","message":"Student enrollment is inactive"}'
MISSING = b'{"status":"INVALID","message":"Missing student ID"}'


@pytest.fixture
def token(db):
    return install_token(gateway="cellulant", token="mock-bearer-token")


@pytest.fixture
def ask(token, joan, mohammed):
    def post(body, **headers):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {"Authorization": "Bearer mock-bearer-token", "Content-Type": "application/json"} | headers
        kind = given.pop("Content-Type")
        return Client(enforce_csrf_checks=True).post("/api/v1/validation", raw, content_type=kind, headers=given)

    return post


@pytest.mark.parametrize(
    ("sample", "status", "answer"),
    [
        ("mock_validation_valid.json", 200, VALID),
        ("mock_validation_unknown.json", 200, NOT_FOUND),
        ("mock_validation_missing.json", 400, MISSING),
    ],
)
def test_the_sample_questions_get_the_answers_of_the_contract(ask, sample, status, answer):
    response = ask((SAMPLES / sample).read_bytes())

    assert (response.status_code, response.content) == (status, answer)
    assert response["Content-Type"] == "application/json"


def test_an_inactive_student_is_invalid_and_the_answer_is_still_200(ask):
    response = ask({"studentId": "S002"})

    assert (response.status_code, response.content) == (200, INACTIVE)


def test_the_transaction_reference_comes_back_last_when_the_student_is_valid(ask):
    response = ask({"transactionRef": "MockRef_1", "amount": 50000.00, "studentId": "S004"})

    assert list(response.json().items()) == [
        ("status", "VALID"),
        ("message", "Student is active and valid"),
        ("studentName", "Joan Zuria"),
        ("transactionRef", "MockRef_1"),
    ]


def test_a_name_and_a_reference_in_other_letters_are_answered_as_they_are(ask, joan):
    joan.first_name = "Żoan"
    joan.save()
    response = ask({"studentId": "S004", "transactionRef": "réf/中"})

    assert response.content.decode().endswith('"studentName":"Żoan Zuria","transactionRef":"réf/中"}')


@pytest.mark.parametrize("nothing", [{"studentId": None}, {"studentId": ""}, {"student_id": "S004"}])
def test_no_id_is_a_missing_id(ask, nothing):
    response = ask(nothing)

    assert (response.status_code, response.content) == (400, MISSING)


@pytest.mark.parametrize(
    "student_id",
    [4, 0, 1.5, True, False, ["S004"], [], {"id": "S004"}, {}, "S" * 51, "S004\x00", "S\n004", "\ud800", "S" * 60_000],
)
def test_an_id_that_can_be_nobodys_is_a_clear_400(ask, student_id):
    response = ask({"studentId": student_id})

    assert response.status_code == 400
    assert response.json() == {"status": "INVALID", "message": "Student ID must be a text of at most 50 printable characters"}


@pytest.mark.parametrize("student_id", ["s004", " S004", "S004 ", "S004'--", "S%", "\N{SNOWMAN}", "S004:KES"])
def test_a_text_that_is_no_students_id_is_not_found(ask, student_id):
    response = ask({"studentId": student_id})

    assert (response.status_code, response.content) == (200, NOT_FOUND)


@pytest.mark.parametrize("reference", [7, ["x"], {"a": 1}, True, "\ud800"])
def test_a_reference_that_is_no_text_is_a_clear_400(ask, reference):
    response = ask({"studentId": "S004", "transactionRef": reference})

    assert (response.status_code, response.json()["status"]) == (400, "INVALID")


@pytest.mark.parametrize(
    "body",
    [
        b" ",
        b"studentId=S004",
        b"{",
        b'{"studentId": "S004"',
        b'{"studentId": NaN}',
        b'{"studentId": "S\xff"}',
        b"\xef\xbb\xbf{}",
        b"[" * 30_000,
        b'{"studentId": ' + b"1" * 10_000 + b"}",
        b'["S004"]',
        b'"S004"',
        b"null",
    ],
)
def test_what_is_no_json_object_is_a_400(ask, body):
    response = ask(body)

    assert response.status_code == 400
    assert list(response.json()) == ["status", "message"]
    assert response.json()["status"] == "INVALID"


def test_an_amount_decides_nothing_whatever_it_is(ask):
    for amount in (b"1e400", b'"x"', b"-5", b"null", b"{}"):
        assert ask(b'{"studentId": "S004", "amount": %s}' % amount).content == VALID


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong-bearer-token",
        "mock-bearer-token",
        "Basic mock-bearer-token",
        "Bearer mock-bearer-token x",
    ],
)
def test_without_the_gateways_token_nothing_is_told(ask, authorization):
    response = ask({"studentId": "S004"}, Authorization=authorization)

    assert response.status_code == 401
    assert response.json() == {"success": False, "message": "Unauthorized"}
    assert response["WWW-Authenticate"] == "Bearer"


def test_the_word_bearer_may_be_written_in_any_case(ask):
    assert ask({"studentId": "S004"}, Authorization="bearer mock-bearer-token").content == VALID


def test_a_secret_path_token_of_the_gateway_is_no_bearer(ask):
    install_token(gateway="cellulant", token="a-secret-path-token", kind="path")

    assert ask({"studentId": "S004"}, Authorization="Bearer a-secret-path-token").status_code == 401


def test_a_revoked_token_is_refused(ask, token, django_capture_on_commit_callbacks):
    assert ask({"studentId": "S004"}).status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        revoke_token(token_id=token.id, actor="user:grace", reason="It leaked.")

    assert ask({"studentId": "S004"}).status_code == 401


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch", "head", "options"])
def test_only_post_is_answered(token, method):
    response = getattr(Client(), method)("/api/v1/validation", headers={"Authorization": "Bearer mock-bearer-token"})

    assert response.status_code == 405
    assert response["Allow"] == "POST"


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml"]
)
def test_another_content_type_is_a_415(ask, kind):
    assert ask(b'{"studentId": "S004"}', **{"Content-Type": kind}).status_code == 415


def test_a_content_type_may_name_its_charset(ask):
    assert ask(b'{"studentId": "S004"}', **{"Content-Type": "application/json; charset=utf-8"}).content == VALID


def test_a_body_of_64_kib_is_read_and_a_larger_one_is_a_413(ask):
    question = b'{"studentId": "S004"}'

    assert ask(question.ljust(64 * 1024)).content == VALID
    response = ask(question.ljust(64 * 1024 + 1))
    assert (response.status_code, response.json()["success"]) == (413, False)


def test_an_answer_costs_one_query(ask, django_assert_num_queries):
    ask({"studentId": "S004"})  # the tokens are loaded now

    with django_assert_num_queries(1):
        assert ask({"studentId": "S004"}).status_code == 200


def test_a_database_that_is_away_is_a_503_and_never_a_no(ask, monkeypatch):
    def away(*args, **kwargs):
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(Student.objects, "only", away)
    response = ask({"studentId": "S004"})

    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert "INVALID" not in response.content.decode()


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(
    st.binary(max_size=100)
    | st.fixed_dictionaries({"studentId": anything}, optional={"transactionRef": anything, "amount": anything})
    | st.fixed_dictionaries({"studentId": st.just("S004"), "transactionRef": st.text(st.characters(codec=None))})
)
def test_whatever_is_asked_the_answer_is_the_contracts_and_never_an_error_page(ask, body):
    response = ask(body or b" ")

    assert response.status_code in {200, 400}
    assert response.json()["status"] in {"VALID", "INVALID"}
    if isinstance(body, dict) and response.json()["status"] == "VALID":
        assert response.json().get("transactionRef", "") == (body.get("transactionRef") or "")
