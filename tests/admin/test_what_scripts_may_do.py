"""The content security policy: scripts of our own only, and compiled from text only where Unfold needs it."""

import pytest

pytestmark = pytest.mark.django_db


def scripts(answer):
    policy = dict(part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";"))
    return policy["script-src"].split()


def test_the_back_office_may_compile_scripts_and_nothing_may_stand_inline(client, as_):
    for browser, address in ((client, "/admin/login/"), (as_("viewer"), "/admin/"), (as_("officer"), "/admin/nowhere/")):
        assert scripts(browser.get(address)) == ["'self'", "'unsafe-eval'"]


def test_the_rest_of_the_site_may_not(client):
    assert scripts(client.get("/health")) == ["'self'"]
    assert scripts(client.get("/administration")) == ["'self'"]


def test_the_back_office_is_not_kept_by_any_cache(as_):
    assert "no-store" in as_("viewer").get("/admin/")["Cache-Control"]
