from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import RequestFactory

from access.errors import AuditIncomplete
from access.models import AuditEntry
from access.services import audit
from core.requests import RequestIdMiddleware

ENTRY = {"actor": "user:grace", "act": "students.charge_fee", "target": "student:S004", "reason": "Term 2 fees."}


def test_an_entry_says_who_did_what_to_what_why_and_what_changed(db):
    audit.record(**ENTRY, before={"state": "open"}, after={"state": "review", "at": datetime(2026, 3, 1, tzinfo=UTC)})

    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.act, entry.target, entry.reason) == tuple(ENTRY.values())
    assert entry.before == {"state": "open"}
    assert entry.after == {"state": "review", "at": "2026-03-01T00:00:00Z"}
    assert entry.at.tzinfo is not None


def test_an_entry_names_the_request_it_came_with(db):
    request = RequestFactory().get("/", headers={"X-Request-ID": "req-7"})
    RequestIdMiddleware(lambda request: audit.record(**ENTRY) and {})(request)

    assert AuditEntry.objects.get().request_id == "req-7"


@pytest.mark.parametrize("blank", list(ENTRY))
@pytest.mark.parametrize("text", ["", "  "])
def test_nothing_is_recorded_without_an_actor_an_act_a_target_and_a_reason(db, blank, text):
    with pytest.raises(AuditIncomplete):
        audit.record(**ENTRY | {blank: text})
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("blank", list(ENTRY))
def test_the_database_refuses_a_blank_too(db, blank):
    with pytest.raises(IntegrityError, match="audit_entry_says"):
        AuditEntry.objects.create(**ENTRY | {blank: ""})


def test_secrets_are_left_out_however_deep_they_lie(db):
    audit.record(
        **ENTRY,
        before={"password": "hunter2", "amount": Decimal("1.50")},
        after={
            "endpoints": [{"url": "https://x.test", "signing_secret": "s3"}],
            "api-token": "t",
            "tokens_left": 3,
            "company": "X",
        },
    )

    entry = AuditEntry.objects.get()
    assert entry.before == {"password": "[not recorded]", "amount": "1.50"}
    assert entry.after == {
        "endpoints": [{"url": "https://x.test", "signing_secret": "[not recorded]"}],
        "api-token": "[not recorded]",
        "tokens_left": 3,
        "company": "X",
    }


CHANGES = ["UPDATE audit_entry SET reason = 'another'", "DELETE FROM audit_entry", "TRUNCATE audit_entry"]


@pytest.mark.parametrize("change", CHANGES)
def test_not_even_the_owner_changes_the_trail(db, change):
    audit.record(**ENTRY)

    with pytest.raises(DatabaseError, match="immutable"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)
    assert AuditEntry.objects.get().reason == "Term 2 fees."


@pytest.mark.parametrize("change", CHANGES)
def test_the_runtime_role_may_add_to_the_trail_and_nothing_else(db, change):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE bursar_app")
        audit.record(**ENTRY)
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            cursor.execute(change)
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
    assert AuditEntry.objects.count() == 1
