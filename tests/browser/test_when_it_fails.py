"""A page that fails is one page more that people look at: it fits, it obeys its own policy, and it leads back."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(("width", "colors"), [(1440, "light"), (390, "dark")])
def test_the_page_fits_asks_for_nothing_else_and_leads_back(
    visit: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, width: int, colors: str
) -> None:
    def away(*_: Any) -> None:
        raise OperationalError("gone")

    def act(page: Any, base: str) -> None:
        with monkeypatch.context() as broken:
            broken.setattr("access.signing_in.pages.sign_in", away)
            page.goto(f"{base}/admin/login/?next=/admin/payments/payment/")
            page.get_by_role("heading", name="The database is away").wait_for()
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.get_by_role("link", name="Try again").click()
        page.get_by_label("Email").wait_for()
        assert page.url.endswith("?next=/admin/payments/payment/")

    complaints = visit(act, width=width, colors=colors).complaints
    assert len([complaint for complaint in complaints if "503" in complaint]) == len(complaints) > 0
