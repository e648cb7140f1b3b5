"""Money without an owner finds one: Grace looks it up by its receipt and asks, David agrees, and it is gone from the queue."""

import time
from base64 import b32decode
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django_otp.oath import TOTP

from ledger.services.verify import verify
from tests.admin.desk import big_money
from tests.admin.office import furnish, lists
from tests.browser.conftest import PASSWORD
from tests.cast import owed_by
from tests.four_eyes import hire

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def people() -> dict[str, Any]:
    """The office, with more in suspense than one person may allocate; Grace and David, who were hired yesterday."""
    from access.services.roles import apply_roles

    apply_roles()
    furnish()
    big_money()
    hired = {"Grace": hire("Grace", "officer"), "David": hire("David", "approver")}
    for person in hired.values():
        person.refresh_from_db()
        person.set_password(PASSWORD)
        person.save(update_fields=["password"])
    return hired


def come_in(page: Any, base: str, name: str) -> None:
    """Password, then the second factor: the authenticator is set up at the first sign-in."""
    page.context.clear_cookies()
    page.goto(f"{base}/admin/")
    page.get_by_label("Email").fill(f"{name.lower()}@makini.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_text("Scanning does not work").click()
    totp = TOTP(b32decode(page.locator(".bo-key").inner_text().replace(" ", "")))
    totp.time = time.time()
    page.get_by_label("Six-digit code").fill(f"{totp.token():06d}")
    page.get_by_role("button", name="Set up").click()
    page.get_by_role("link", name="I have kept them").click()
    page.get_by_role("heading", name="Overview").wait_for()


def badge(page: Any, title: str) -> str:
    """The number beside a line of the menu, "" without one."""
    count = page.locator("#nav-sidebar-apps a", has_text=title).locator(".bo-count")
    return str(count.inner_text()).split()[0] if count.count() else ""


def overview(page: Any, base: str) -> str:
    """What the dashboard says, in its own words."""
    page.goto(f"{base}/admin/")
    return " ".join(str(page.locator("#bo-overview").text_content()).split())


def ask_for_it(page: Any) -> None:
    """Grace: from the receipt to the request, and the account is found without a mouse."""
    assert badge(page, "Approvals") == ""
    page.keyboard.press("Control+k")
    page.keyboard.type("TXN_BIG")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="KES 180,000.00").wait_for()
    page.get_by_role("link", name="See the exception").click()
    page.get_by_role("heading", name="Nobody's account").wait_for()
    page.get_by_role("link", name="Allocate").click()
    field = page.get_by_role("combobox", name="Whose money is it?")
    page.wait_for_function("document.activeElement.matches('[role=combobox]')")
    page.keyboard.type("ali")
    page.get_by_role("option", name="Yusuf Ali").wait_for()
    page.keyboard.press("ArrowDown")
    assert "Yusuf Ali" in page.locator(f"#{field.get_attribute('aria-activedescendant')}").inner_text()
    page.keyboard.press("Enter")
    assert field.input_value() == "student:S003:KES"
    assert field.get_attribute("aria-expanded") == "false"
    page.keyboard.press("Enter")
    page.get_by_text("This takes a second person.").wait_for()
    page.wait_for_function("document.activeElement.matches('#id_reason')")
    page.keyboard.type("His father sent the message.")
    page.get_by_role("button", name="Ask for approval").click()
    page.get_by_text("nothing is booked before another person approves").wait_for()
    page.get_by_text("You asked for this, so another person decides.").wait_for()
    assert page.get_by_role("link", name="Approve", exact=True).count() == 0


def agree_to_it(page: Any) -> None:
    """David: from the number in the menu to the booking."""
    assert badge(page, "Approvals") == "1"
    page.get_by_role("link", name="Approvals").click()
    page.get_by_role("link", name="Allocate KES 180,000.00").click()
    assert "KES 230,000.00" in page.locator(".bo-table").first.inner_text()
    page.get_by_role("link", name="Approve", exact=True).click()
    page.get_by_label("Reason").fill("I have seen the message.")
    page.get_by_role("button", name="Approve").click()
    page.get_by_text("Approved and booked.").wait_for()
    assert badge(page, "Approvals") == ""


def test_money_without_an_owner_takes_two_people(people: dict[str, Any], settings: Any, visit: Callable[..., Any]) -> None:
    settings.STAFF_SECOND_FACTOR = True

    def act(page: Any, base: str) -> None:
        come_in(page, base, "Grace")
        waiting = int(badge(page, "Exceptions"))
        ask_for_it(page)
        come_in(page, base, "David")
        before = overview(page, base)
        assert "2 in suspense" in before
        assert "1 to approve" in before
        assert "In suspense KES 181,000.00" in before
        agree_to_it(page)
        after = overview(page, base)
        assert "1 in suspense" in after
        assert "to approve" not in after
        assert "In suspense KES 1,000.00" in after
        assert int(badge(page, "Exceptions")) == waiting - 1
        page.goto(base + lists()["core_exceptionitem"])
        page.get_by_text("No account student:S404:KES").wait_for()
        assert page.get_by_text("student:S44:KES").count() == 0
        page.goto(f"{base}/admin/students/student/S003/change/")
        assert "KES 230,000.00" in page.locator(".bo-figure").first.inner_text()

    assert visit(act).complaints == []
    assert owed_by("S003") == -230_000_00
    assert verify() == []


def session_of(person: Any) -> str:
    browser = Client()
    browser.force_login(person)
    return str(browser.cookies["sessionid"].value)


def test_many_are_dismissed_on_a_phone_at_night(people: dict[str, Any], visit: Callable[..., Any]) -> None:
    session = session_of(people["Grace"])

    def act(page: Any, base: str) -> None:
        page.context.add_cookies([{"name": "sessionid", "value": session, "url": base}])
        page.goto(base + lists()["core_exceptionitem"])
        dismiss = page.get_by_role("button", name="Dismiss")
        assert dismiss.is_disabled()
        page.get_by_label("All on this page").check()
        page.get_by_text("5 chosen").wait_for()
        page.get_by_role("checkbox", name="Choose Another amount").uncheck()
        page.get_by_text("4 chosen").wait_for()
        dismiss.click()
        page.get_by_text("Dismiss 1 item: nothing of it is booked").wait_for()
        page.get_by_role("button", name="Dismiss").click()
        assert page.evaluate("document.activeElement.id") == "id_reason"
        page.get_by_label("Reason").fill("The gateway wrote nonsense.")
        page.get_by_role("button", name="Dismiss").click()
        page.get_by_text("1 dismissed. Nothing was booked.").wait_for()

    assert visit(act, width=390, colors="dark").complaints == []
