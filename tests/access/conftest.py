"""The cast of these tests."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine


@pytest.fixture(autouse=True)
def _no_remembered_tokens() -> Iterator[None]:
    """Each test meets the tokens of its own database, not those this process saw in the test before."""
    from access import gateway_tokens

    gateway_tokens.forget()
    yield
    gateway_tokens.forget()


@pytest.fixture
def grace(db: None) -> Any:
    """Works in the finance office."""
    from access.models import User

    return User.objects.create_user("grace@example.com", full_name="Grace Wanjiru")


@pytest.fixture
def officer(grace: Any) -> Any:
    """Grace, who acts."""
    from access.services.roles import assign_role

    assign_role(user=grace, role="officer", actor="system:test", reason="She joined the finance office.")
    return grace


@pytest.fixture
def approver(db: None) -> Any:
    """David, who approves."""
    from access.models import User
    from access.services.roles import assign_role

    david = User.objects.create_user("david@example.com", full_name="David Otieno")
    assign_role(user=david, role="approver", actor="system:test", reason="He heads the finance office.")
    return david


@pytest.fixture
def painting(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The paint that tests ask for, registered for one test."""
    from access import approvals
    from tests.access.painting import KIND, LATER, Painting

    paint = Painting()
    monkeypatch.setattr(approvals, "_kinds", {})
    approvals.register(KIND, preview=paint.preview, execute=paint.execute)
    approvals.register(LATER, preview=paint.preview, execute=paint.execute, at_once=False)
    return paint


@pytest.fixture
def staff_door(settings: Any) -> Iterator[Any]:
    """The door as it stands in production, with passwords that cost no half second.

    Time stands still, since no code may change between a phone's glance and ours; what is yielded moves it.
    """
    settings.STAFF_SECOND_FACTOR = True
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with time_machine.travel(time.time(), tick=False) as clock:
        yield clock
