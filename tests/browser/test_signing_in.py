"""The way in, as people walk it: password, a phone that scans, a code each morning; and what they see when it stays shut."""

import time
from base64 import b32decode
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django_otp.oath import TOTP

from tests.browser.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
EMAIL = "grace@makini.example"


@pytest.fixture(autouse=True)
def door(settings: Any) -> None:
    """As in production; and Grace, who was hired yesterday."""
    from access.models import User
    from access.services.roles import apply_roles, assign_role

    settings.STAFF_SECOND_FACTOR = True
    apply_roles()
    grace = User.objects.create_user(EMAIL, PASSWORD, full_name="Grace Wanjiru")
    assign_role(user=grace, role="officer", actor="system:test", reason="Works in the finance office.")


def code(letters: str, *, later: int = 0) -> str:
    """What the phone shows, now or some half minutes later. Either is still good when it arrives in the half minute after."""
    totp = TOTP(b32decode(letters.replace(" ", "")))
    totp.time = time.time() + 30 * later
    return f"{totp.token():06d}"


def give_password(page: Any, password: str = PASSWORD) -> None:
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").fill(password)
    page.keyboard.press("Enter")


def set_up(page: Any) -> str:
    """From the QR code to the back office. Returns the key."""
    letters = unfold_key(page)
    page.get_by_label("Six-digit code").fill(code(letters))
    page.get_by_role("button", name="Set up").click()
    page.get_by_role("heading", name="Your recovery codes").wait_for()
    assert page.get_by_role("list", name="Recovery codes").get_by_role("listitem").count() == 10
    page.get_by_role("link", name="I have kept them").click()
    return letters


def unfold_key(page: Any) -> str:
    """The key behind the QR code, for who can't scan it."""
    page.get_by_role("img", name="QR code for your authenticator app").wait_for()
    page.get_by_text("Scanning does not work").click()
    return str(page.locator(".bo-key").inner_text())


def focused(page: Any) -> str:
    """What a screen reader says of the field one is in: its name, and what it is described by."""
    return str(
        page.evaluate(
            """() => {
                const field = document.activeElement
                const about = (field.getAttribute("aria-describedby") || "").split(" ").map(id => document.getElementById(id))
                return [field.labels?.[0], ...about].filter(Boolean).map(part => part.innerText).join(" | ")
            }"""
        )
    )


def test_a_first_day_and_the_morning_after(visit: Callable[..., Any]) -> None:
    def act(page: Any, base: str) -> None:
        page.goto(f"{base}/admin/students/student/")
        give_password(page, "not this one")
        page.get_by_role("alert").wait_for()
        page.wait_for_function("document.activeElement.matches('input')")
        assert "do not belong together" in focused(page)
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        letters = set_up(page)
        page.get_by_placeholder("id, name, e-mail or phone").wait_for()

        page.get_by_text("Grace Wanjiru").last.click()
        page.get_by_role("button", name="Log out").click()
        page.get_by_role("link", name="Sign in").click()
        give_password(page)
        page.get_by_role("heading", name="Enter your code").wait_for()
        page.wait_for_function("document.activeElement.matches('input')")
        page.keyboard.type("000000")
        page.keyboard.press("Enter")
        page.get_by_text("That code is not right").wait_for()
        page.wait_for_function("document.activeElement.matches('input')")
        assert focused(page).startswith("Six-digit code | ")
        assert page.title().startswith("Error: ")
        page.keyboard.press("Control+A")
        page.keyboard.type(code(letters, later=1))
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Overview").wait_for()

    assert visit(act).complaints == []


def test_on_a_phone_at_night_every_page_fits_and_paper_stands_in_for_the_app(visit: Callable[..., Any]) -> None:
    def act(page: Any, base: str) -> None:
        def fits(heading: str) -> None:
            page.get_by_role("heading", name=heading).first.wait_for()
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, heading

        page.goto(f"{base}/admin/")
        fits("Makini University")
        give_password(page)
        fits("Set up your second factor")
        letters = unfold_key(page)
        fits("Set up your second factor")
        page.get_by_label("Six-digit code").fill(code(letters))
        page.keyboard.press("Enter")
        fits("Your recovery codes")
        paper = page.get_by_role("list", name="Recovery codes").get_by_role("listitem").first.inner_text()

        page.context.clear_cookies()
        page.goto(f"{base}/admin/second-factor/")
        give_password(page)
        fits("Enter your code")
        page.get_by_role("link", name="Use a recovery code").click()
        fits("Use a recovery code")
        page.get_by_label("Recovery code").fill(paper.upper().replace("-", " "))
        page.keyboard.press("Enter")
        fits("Second factor")
        page.get_by_text("9 codes left").wait_for()

    assert visit(act, width=390, colors="dark").complaints == []


def test_who_tries_too_often_is_told_how_long_to_wait(visit: Callable[..., Any]) -> None:
    for _ in range(10):
        Client().post("/admin/login/", {"username": EMAIL, "password": "a guess"})

    def act(page: Any, base: str) -> None:
        page.goto(f"{base}/admin/login/")
        give_password(page)
        page.get_by_role("heading", name="Too many attempts").wait_for()
        assert "Try again in" in page.get_by_role("alert").inner_text()
        page.get_by_role("link", name="Try again").click()
        page.get_by_label("Email").wait_for()

    complaints = visit(act, width=390).complaints
    assert [complaint for complaint in complaints if "429" not in complaint] == []
    assert complaints
