import pytest
from django.test import Client

from access.models import User
from access.services.roles import assign_role
from ledger import chart
from ledger.services.posting import NewTransfer, post
from students.services.charging import charge_fee
from students.services.enrolling import enroll_student

ACT = {"actor": "user:grace", "reason": "Term 2."}


def pays(student, amount_minor, reference):
    from django.utils import timezone

    return post(
        [
            NewTransfer(
                debit=chart.gateway_clearing("cellulant", "KES"),
                credit=student.account_code,
                amount_minor=amount_minor,
                currency="KES",
                kind="payment",
                reference=reference,
                effective_at=timezone.now(),
            )
        ]
    )


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def viewer(db):
    user = User.objects.create_user("viewer@example.com")
    assign_role(user=user, role="viewer", actor="user:admin", reason="Reads.")
    return signed_in(user)


def test_staff_read_who_a_student_is_and_what_they_owe(viewer, joan):
    charge_fee(student_id="S004", amount_minor=15_000_000, description="Tuition", reference="F1", **ACT)
    response = viewer.get("/api/v1/students/S004")

    assert response.status_code == 200
    assert response.json() == {
        "student_id": "S004",
        "name": "Joan Zuria",
        "first_name": "Joan",
        "last_name": "Zuria",
        "enrollment_status": "ACTIVE",
        "balance_owed": 15_000_000,
        "credit": 0,
        "currency": "KES",
    }


def test_what_was_paid_beyond_the_debt_is_credit(viewer, joan):
    pays(joan, 700, "P1")

    body = viewer.get("/api/v1/students/S004").json()
    assert (body["balance_owed"], body["credit"]) == (0, 700)


def test_a_student_reads_themselves_and_nobody_else(joan, mohammed):
    user = User.objects.create_user("zawadi@example.com")
    enroll_student(student_id="S001", first_name="Zawadi", last_name="Imani", user=user, **ACT)
    client = signed_in(user)

    assert client.get("/api/v1/students/S001").json()["name"] == "Zawadi Imani"
    assert client.get("/api/v1/students/S001/statement").status_code == 200
    for path in ("/api/v1/students/S004", "/api/v1/students/S004/statement", "/api/v1/students/S404"):
        response = client.get(path)
        assert response.status_code == 404
        assert response.json()["code"] == "unknown_student"


def test_staff_without_a_role_read_nobody(joan):
    user = User.objects.create_user("new@example.com", is_staff=True)

    assert signed_in(user).get("/api/v1/students/S004").status_code == 404


def test_a_stranger_is_asked_to_sign_in(joan):
    for path in ("/api/v1/students/S004", "/api/v1/students/S004/statement"):
        response = Client().get(path)
        assert response.status_code == 401
        assert response["Content-Type"] == "application/problem+json"


def test_a_disabled_user_reads_nothing_at_once(joan):
    user = User.objects.create_user("gone@example.com")
    enroll_student(student_id="S001", first_name="Zawadi", last_name="Imani", user=user, **ACT)
    client = signed_in(user)
    user.is_active = False
    user.save()

    assert client.get("/api/v1/students/S001").status_code == 401


@pytest.mark.parametrize("identity", ["S%00", "S%ff", "%ED%A0%80", "S" * 300, "S%20004", "S%0a"])
def test_an_id_that_can_be_nobodys_is_nobodys(viewer, joan, identity):
    assert viewer.get(f"/api/v1/students/{identity}").status_code == 404


def test_an_id_with_slashes_is_found(viewer, db):
    enroll_student(student_id="ADM/2023/001", first_name="A", last_name="B", **ACT)

    assert viewer.get("/api/v1/students/ADM/2023/001").json()["student_id"] == "ADM/2023/001"
    assert viewer.get("/api/v1/students/ADM/2023/001/statement").json()["data"] == []


def test_the_statement_tells_newest_first_how_the_balance_came_about(viewer, joan):
    charge_fee(student_id="S004", amount_minor=1000, description="Tuition", reference="F1", **ACT)
    pays(joan, 1200, "P1")
    charge_fee(student_id="S004", amount_minor=500, description="Transport", reference="F2", **ACT)
    body = viewer.get("/api/v1/students/S004/statement").json()

    told = [
        (line["kind"], line["reference"], line["description"], line["debit"], line["credit"], line["balance"])
        for line in body["data"]
    ]
    assert told == [
        ("fee", "fee:F2", "Transport", 500, 0, 300),
        ("payment", "P1", "", 0, 1200, -200),
        ("fee", "fee:F1", "Tuition", 1000, 0, 1000),
    ]
    assert (body["has_more"], body["next_cursor"]) == (False, None)


def test_pages_of_a_statement_join_without_gap_or_overlap_and_keep_the_running_balance(viewer, joan):
    for number in range(1, 8):
        charge_fee(student_id="S004", amount_minor=number, description="Fee", reference=f"F{number}", **ACT)
    seen, cursor = [], ""
    while True:
        body = viewer.get("/api/v1/students/S004/statement", {"limit": 3, "cursor": cursor}).json()
        seen += [(line["reference"], line["balance"]) for line in body["data"]]
        cursor = body["next_cursor"]
        if not body["has_more"]:
            break

    assert seen == [(f"fee:F{number}", sum(range(1, number + 1))) for number in range(7, 0, -1)]


@pytest.mark.parametrize(("query", "status"), [({"limit": "0"}, 422), ({"limit": "101"}, 422), ({"cursor": "x"}, 400)])
def test_a_bad_page_is_refused(viewer, joan, query, status):
    assert viewer.get("/api/v1/students/S004/statement", query).status_code == status


def test_a_statement_of_another_is_not_mixed_in(viewer, joan, mohammed):
    charge_fee(student_id="S002", amount_minor=500, description="Tuition", reference="F1", **ACT)

    assert viewer.get("/api/v1/students/S004/statement").json()["data"] == []


def test_reading_costs_a_few_queries(joan, django_assert_num_queries):
    user = User.objects.create_user("joan@example.com")
    joan.user = user
    joan.save()
    client = signed_in(user)
    with django_assert_num_queries(4):  # session, user, student, balance
        client.get("/api/v1/students/S004")
    with django_assert_num_queries(5):  # session, user, student, account, lines
        client.get("/api/v1/students/S004/statement")
