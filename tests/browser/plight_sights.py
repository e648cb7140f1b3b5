"""Pages in a plight: nothing there, something wrong in a form, not much allowed; and menus that are open."""

from collections.abc import Iterator
from urllib.parse import urlencode

from django.db import OperationalError
from django.test import RequestFactory

from tests.browser import doing
from tests.browser.pictures import Shot

EMPTY = {
    "approvals": "access/approval/?q=approval_00000000000000000000000000",
    "exceptions": "core/exceptionitem/?q=pay_00000000000000000000000000",
    "students": "students/student/?q=nobody",
    "payments": "payments/payment/?q=nobody",
    "search": "search/?s=nobody",
}


SHORT = "/admin/password_change/"
"""A page that is no longer than a window, below what is opened over it."""


def plights() -> Iterator[Shot]:
    yield from (Shot(f"{name}-none", "officer", f"/admin/{address}") for name, address in EMPTY.items())
    yield from _refused()
    yield from _others()
    failed, cancelled = (f"/admin/payments/payment/?status={status}" for status in ("failed", "cancelled"))
    yield Shot("menu", "officer", SHORT, doing.open_menu)
    yield Shot("search-typed", "officer", SHORT, doing.press_key_for_search)
    yield Shot("filter-opened", "officer", failed, doing.unfold("When"))
    yield Shot("filter-to-save", "officer", cancelled, doing.unfold("Save this filter"))
    yield Shot("export", "officer", failed, doing.unfold("Export"))
    yield Shot("failed", "officer", SHORT, doing.show(failing(RuntimeError())))
    yield Shot("database-away", "officer", SHORT, doing.show(failing(OperationalError())))
    yield Shot("section", "officer", "/admin/payments/")


def failing(error: Exception) -> str:
    """What a page of the office says when this happens to it."""
    from config.failing import server_error
    from core.requests import RequestIdMiddleware

    try:
        raise error
    except type(error):
        return RequestIdMiddleware(server_error)(RequestFactory().get("/admin/")).content.decode()


def _refused() -> Iterator[Shot]:
    from core.models import ExceptionItem

    student = "/admin/students/student/S004/do/"
    wrong = {"amount": "15 shillings", "description": "", "reference": "F-1", "due_date": "tomorrow"}
    yield Shot("charge-fee-wrong", "officer", f"{student}charge/?{urlencode(wrong)}")
    too_much = {"amount": "100", "reference": "W-1"}
    yield Shot("write-off-without-reason", "officer", f"{student}write-off/?{urlencode(too_much)}", doing.send_empty)
    yield Shot("import-fees-without-file", "officer", "/admin/students/feecharge/import/", doing.send_empty)
    suspense = ExceptionItem.objects.filter(status="open", kind="suspense").first()
    if suspense is not None:
        address = f"/admin/core/exceptionitem/{suspense.public_id}/do/"
        yield Shot("allocate-wrong", "officer", f"{address}allocate/?account=S998")
        yield Shot("act-that-does-not-fit", "officer", f"{address}accept/")


def _others() -> Iterator[Shot]:
    """Who may only look, and who may not even that."""
    from access.models import Approval

    asked = Approval.objects.filter(status="requested").order_by("-pk")[0].public_id
    yield Shot("overview-of-a-viewer", "viewer", "/admin/")
    yield Shot("approvals-of-a-viewer", "viewer", "/admin/access/approval/")
    yield Shot("approval-of-a-viewer", "viewer", f"/admin/access/approval/{asked}/change/")
    yield Shot("overview-without-a-role", "new", "/admin/")
