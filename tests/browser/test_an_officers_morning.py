"""An officer signs in, finds a student and what they owe, follows the money; on a desk and on a phone, by day and by night."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from access.models import AuditEntry
from tests.admin.office import furnish, lists
from tests.browser.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def morning() -> str:
    """The office, and Grace who works in it. Returns the key of a session of hers."""
    from access.models import User
    from access.services.roles import apply_roles, assign_role

    # The tests before this one may have emptied the tables of groups.
    apply_roles()
    furnish()
    grace = User.objects.create_user("grace@makini.example", PASSWORD, full_name="Grace Wanjiru")
    assign_role(user=grace, role="officer", actor="system:test", reason="Works in the finance office.")
    browser = Client()
    browser.force_login(grace)
    return browser.cookies["sessionid"].value


def come_in(page: Any, base: str, session: str) -> None:
    """Go on with a session; signing in is tried once, and so often as all tests together would be refused."""
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": base}])
    page.goto(f"{base}/admin/")
    page.get_by_role("heading", name="Overview").wait_for()


def sign_in(page: Any, base: str) -> None:
    page.goto(f"{base}/admin/")
    page.get_by_label("Email").fill("grace@makini.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Overview").wait_for()


def test_from_signing_in_to_the_payment_behind_a_balance(morning: str, visit: Callable[..., Any]) -> None:
    def act(page: Any, base: str) -> None:
        sign_in(page, base)
        page.get_by_role("link", name="Students", exact=True).click()
        page.get_by_placeholder("id, name, e-mail or phone").fill("joan")
        page.keyboard.press("Enter")
        page.get_by_role("link", name="S004", exact=True).click()
        page.get_by_role("heading", name="Joan Zuria").wait_for()
        assert "KES 100,000.00" in page.locator(".bo-figure").inner_text()
        page.get_by_role("link", name="TXN_1", exact=True).click()
        page.get_by_role("heading", name="KES 50,000.00").wait_for()
        page.get_by_role("link", name="See the transfer").click()
        page.get_by_role("heading", name="Both sides").wait_for()
        assert page.locator(".bo-table").first.inner_text().count("KES 50,000.00") == 2

    assert visit(act).complaints == []


def test_filters_open_close_and_narrow_by_keyboard_and_mouse(morning: str, visit: Callable[..., Any]) -> None:
    def act(page: Any, base: str) -> None:
        come_in(page, base, morning)
        page.goto(base + lists()["payments_payment"])
        status = page.locator("details.bo-filter", has_text="Status")
        status.locator("summary").focus()
        page.keyboard.press("Enter")
        assert status.evaluate("menu => menu.open")
        page.locator(".bo-path").click()
        page.wait_for_function("() => !document.querySelector('details.bo-filter[open]')")
        status.locator("summary").click()
        status.get_by_role("link", name="Failed").click()
        page.get_by_text("TXN_5").wait_for()
        assert page.locator("#result_list .data-row").count() == 1

    assert visit(act).complaints == []


def test_a_list_is_taken_out_as_a_file_with_the_reason_for_it(morning: str, visit: Callable[..., Any]) -> None:
    taken: list[tuple[str, str]] = []

    def act(page: Any, base: str) -> None:
        come_in(page, base, morning)
        page.goto(f"{base}{lists()['payments_payment']}?status=failed")
        page.locator("summary", has_text="Export").click()
        page.get_by_role("button", name="Download CSV").click()
        assert page.evaluate("document.activeElement.name") == "reason", "the browser itself asks for one"
        page.get_by_label("What for").fill("The auditors asked.")
        with page.expect_download() as download:
            page.get_by_role("button", name="Download CSV").click()
        taken.append((download.value.suggested_filename, Path(download.value.path()).read_text("utf-8-sig")))

    assert visit(act).complaints == []
    [(name, text)] = taken
    assert (name[:17], name[-4:]) == ("payments_payment_", ".csv")
    [row] = csv.DictReader(text.splitlines())
    assert (row["Reference"], row["Status"], row["Amount"], row["Currency"]) == ("TXN_5", "failed", "50000.00", "KES")
    entry = AuditEntry.objects.get(act="core.export")
    assert (entry.target, entry.reason) == ("list:payments_payment", "The auditors asked.")


def test_the_menu_opens_on_a_phone(morning: str, visit: Callable[..., Any]) -> None:
    def act(page: Any, base: str) -> None:
        come_in(page, base, morning)
        assert not page.get_by_role("link", name="Payments", exact=True).is_visible()
        page.get_by_role("button", name="Open the menu").click()
        page.get_by_role("link", name="Payments", exact=True).click()
        page.get_by_placeholder("receipt, student, phone, amount or pay_…").wait_for()

    assert visit(act, width=390).complaints == []


def test_one_field_finds_a_receipt_from_any_page_without_a_mouse(morning: str, visit: Callable[..., Any]) -> None:
    def act(page: Any, base: str) -> None:
        come_in(page, base, morning)
        page.keyboard.press("Control+k")
        page.keyboard.type("TXN_1")
        page.locator(".bo-found a").wait_for()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="KES 50,000.00").wait_for()
        page.keyboard.press("Control+k")
        page.keyboard.type("joan")
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Joan Zuria").wait_for()

    assert visit(act).complaints == []


def test_leaving_by_the_menu_at_the_bottom(morning: str, visit: Callable[..., Any]) -> None:
    def act(page: Any, base: str) -> None:
        come_in(page, base, morning)
        page.get_by_role("button", name="Grace Wanjiru").focus()
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Log out").click()
        page.get_by_role("link", name="Sign in").wait_for()
        page.goto(f"{base}/admin/")
        page.get_by_role("button", name="Sign in").wait_for()

    assert visit(act).complaints == []


def test_a_wrong_password_is_told_on_the_page(morning: str, visit: Callable[..., Any]) -> None:
    def act(page: Any, base: str) -> None:
        page.goto(f"{base}/admin/login/")
        page.get_by_label("Email").fill("grace@makini.example")
        page.get_by_label("Password").fill("not this one")
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("alert").wait_for()

    assert visit(act).complaints == []


def test_the_overview_refreshes_itself_under_the_hands_of_whoever_reads_it(morning: str, visit: Callable[..., Any]) -> None:
    def act(page: Any, base: str) -> None:
        come_in(page, base, morning)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        link = page.evaluate("document.activeElement.href")
        assert "/admin/core/exceptionitem/" in link
        page.evaluate("document.querySelector('#bo-overview').dataset.old = 'yes'")
        own = "{source: '#bo-overview', target: '#bo-overview', select: '#bo-overview', swap: 'outerHTML'}"
        page.evaluate(f"htmx.ajax('GET', '/admin/', {own})")
        page.wait_for_function("() => !document.querySelector('#bo-overview').dataset.old")
        page.wait_for_function("link => document.activeElement.href === link", arg=link)

    assert visit(act).complaints == []


def test_colours_are_chosen_by_keyboard(morning: str, visit: Callable[..., Any]) -> None:
    def act(page: Any, base: str) -> None:
        come_in(page, base, morning)
        page.get_by_role("button", name="Grace Wanjiru").focus()
        page.keyboard.press("Enter")
        dark = page.get_by_role("button", name="Dark")
        dark.focus()
        page.keyboard.press("Enter")
        page.wait_for_function("() => document.documentElement.classList.contains('dark')")
        assert dark.get_attribute("aria-pressed") == "true"

    assert visit(act).complaints == []


def test_a_statement_is_printed_without_what_stands_around_it(morning: str, visit: Callable[..., Any]) -> None:
    def act(page: Any, base: str) -> None:
        come_in(page, base, morning)
        for address in ("/admin/students/student/S004/statement/", "/admin/ledger/account/trial-balance/"):
            assert page.goto(base + address).status == 200
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.goto(f"{base}/admin/students/student/S004/statement/")
        assert page.get_by_role("button", name="Print").is_visible()
        page.emulate_media(media="print")
        assert not page.get_by_role("button", name="Print").is_visible()
        assert page.get_by_role("heading", name="Statement of account").is_visible()

    assert visit(act, width=390).complaints == []
