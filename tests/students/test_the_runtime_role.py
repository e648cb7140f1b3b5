"""Requests are served by a role that owns nothing. What students do must be possible for it."""

import pytest
from django.db import connection, transaction

from students.services.charging import charge_fee
from students.services.enrolling import enroll_student, set_enrollment
from students.services.fee_import import apply_fees
from students.services.statement import lines_of, standing_of

ACT = {"actor": "user:grace", "reason": "Everyday work."}


@pytest.mark.django_db
def test_a_student_is_enrolled_charged_read_and_made_inactive():
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE bursar_app")
        joan = enroll_student(student_id="S004", first_name="Joan", last_name="Zuria", phone="0712345678", **ACT)
        charge_fee(student_id="S004", amount_minor=100, description="Tuition", reference="F1", **ACT)
        apply_fees(b"student_id,amount,description,reference\nS004,2.50,Library,F2\n", **ACT)
        set_enrollment(student_id="S004", status="INACTIVE", **ACT)

        assert standing_of(joan).owed_minor == 350
        assert [line.balance_minor for line in lines_of(joan)] == [350, 100]
        cursor.execute("RESET ROLE")
