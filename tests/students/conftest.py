"""The school's students, as the demo world knows them, and the token of the gateway that asks after them."""

from collections.abc import Iterator
from typing import Any

import pytest

ACT = {"actor": "user:grace", "reason": "The term begins."}


@pytest.fixture(autouse=True)
def _no_remembered_tokens() -> Iterator[None]:
    """Each test meets the tokens of its own database, not those this process saw in the test before."""
    from access import gateway_tokens

    gateway_tokens.forget()
    yield
    gateway_tokens.forget()


@pytest.fixture
def joan(db: None) -> Any:
    from students.services.enrolling import enroll_student

    return enroll_student(student_id="S004", first_name="Joan", last_name="Zuria", email="joan@example.com", **ACT)


@pytest.fixture
def mohammed(db: None) -> Any:
    """Inactive."""
    from students.services.enrolling import enroll_student

    return enroll_student(student_id="S002", first_name="Mohammed", last_name="Ali", enrollment_status="INACTIVE", **ACT)
