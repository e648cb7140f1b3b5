"""A small office: staff in each role, Joan who owes and has paid, and one of everything that can be looked at."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.admin.office import furnish


@pytest.fixture(autouse=True)
def _one_factor(settings: Any) -> None:
    """These tests are about what stands behind the door."""
    settings.STAFF_SECOND_FACTOR = False


@pytest.fixture
def _terse(monkeypatch: pytest.MonkeyPatch) -> None:
    """For those who send thousands of requests: a refusal without its page, which takes three times as long as the refusing."""
    from config.admin_site import BackOffice

    monkeypatch.setattr(BackOffice, "_refusal", lambda site, request, status, *_: HttpResponse(status=status))


@pytest.fixture
def office(db: None) -> None:
    """The tables have something in them."""
    furnish()


@pytest.fixture
def staff(db: None) -> Callable[[str], Any]:
    """Someone in a role: viewer, officer, approver; "admin" is a superuser, "new" has no role yet, "outsider" is no staff."""
    from access.models import User
    from access.services.roles import assign_role

    def person(role: str) -> Any:
        email = f"{role}@makini.example"
        if role == "admin":
            return User.objects.create_superuser(email, full_name="Ada Admin")
        user = User.objects.create_user(email, full_name=f"Violet the {role}", is_staff=role == "new")
        if role in {"viewer", "officer", "approver"}:
            assign_role(user=user, role=role, actor="system:test", reason="Works in the finance office.")
        return user

    return person


@pytest.fixture
def as_(staff: Callable[[str], Any]) -> Callable[[str], Client]:
    """A browser in which someone of that role is signed in."""

    def client(role: str) -> Client:
        browser = Client()
        browser.force_login(staff(role))
        return browser

    return client


@pytest.fixture
def read(as_: Callable[[str], Client]) -> Callable[[str], str]:
    """The text of what an officer sees of a page's content, without its tags."""
    browser = as_("officer")

    def page(address: str) -> str:
        answer = browser.get(address)
        assert answer.status_code == 200, address
        content = answer.content.decode().partition('id="content"')[2]
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", content)).split())

    return page
