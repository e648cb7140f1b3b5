"""When something fails, people read a page and programs read a problem; neither needs what is away."""

import re

import pytest
from django.db import InterfaceError, OperationalError
from django.test import Client, RequestFactory

from config.failing import server_error


@pytest.fixture
def calm():
    """A browser that is shown what fails, as browsers are."""
    return Client(raise_request_exception=False)


@pytest.fixture
def breaks(monkeypatch):
    """The overview raises this."""

    def on(error):
        def overview(request):
            raise error

        monkeypatch.setattr("config.overview.overview", overview)

    return on


@pytest.fixture
def inside(calm, staff, breaks):
    calm.force_login(staff("officer"))
    return calm


def test_a_page_that_fails_is_told_calmly_with_its_request(inside, breaks):
    breaks(RuntimeError("a secret of ours"))
    answer = inside.get("/admin/?day=1&x=<b>", headers={"X-Request-ID": "R-17"})
    page = answer.content.decode()
    assert (answer.status_code, answer["Content-Type"]) == (500, "text/html; charset=utf-8")
    assert "Something failed here" in page
    assert "Request <code>R-17</code>" in page
    assert "a secret of ours" not in page
    assert 'href="/admin/?day=1&amp;x=' in page
    assert not re.search(r"<script|<link rel=.stylesheet|static/|<b>", page)


@pytest.mark.parametrize("error", [OperationalError("gone"), InterfaceError("closed")])
def test_a_database_that_is_away_is_another_matter(inside, breaks, error):
    breaks(error)
    answer = inside.get("/admin/")
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert b"The database is away" in answer.content


def test_the_page_asks_the_database_nothing(calm):
    """Tests without a database raise at the first question. Here the session is asked for, and then nothing more."""
    calm.cookies["sessionid"] = "of-somebody"
    answer = calm.get("/admin/payments/payment/")
    assert answer.status_code == 500
    assert b"Something failed here" in answer.content


@pytest.mark.parametrize(("path", "accepts"), [("/api/v1/orders", "*/*"), ("/admin/", "application/json")])
def test_programs_get_a_problem(path, accepts):
    for error, status, code in ((RuntimeError(), 500, "internal_error"), (OperationalError(), 503, "unavailable")):
        try:
            raise error
        except type(error):
            answer = server_error(RequestFactory().get(path, headers={"accept": accepts}))
        assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
        assert f'"code": "{code}"'.encode() in answer.content


def test_a_form_that_is_out_of_date_says_so(staff):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(staff("officer"))
    answer = browser.post("/admin/password_change/", {"old_password": "x"})
    assert answer.status_code == 403
    assert b"This form is out of date" in answer.content
