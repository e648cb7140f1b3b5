"""Whoever has no role sees nothing, nobody edits, secrets stay secret; every role and address is `test_permission_matrix`."""

import pytest
from django.apps import apps
from django.test import Client

from config.urls import admin
from tests.admin.office import lists, pages, payment

pytestmark = pytest.mark.django_db


def rows() -> dict[str, int]:
    tables = [model for model in apps.get_models() if model._meta.label not in {"sessions.Session"}]
    return {model._meta.label: model._default_manager.count() for model in tables}


def test_staff_without_a_role_is_told_so(office, as_):
    browser = as_("new")
    assert b"no role yet" in browser.get("/admin/").content
    for address in [*lists().values(), *pages().values()]:
        refused = browser.get(address)
        assert refused.status_code == 403
        assert b"Your role does not include this" in refused.content


def test_others_are_sent_to_sign_in(office, as_):
    for browser in (Client(), as_("outsider")):
        for address in ["/admin/", *lists().values(), *pages().values()]:
            answer = browser.get(address)
            assert answer.status_code == 302
            assert answer["Location"].startswith("/admin/login/")


@pytest.mark.usefixtures("_terse")
def test_not_even_an_administrator_changes_a_list_or_a_page(office, as_):
    browser = as_("admin")
    before = rows()
    body = {
        "_save": "Save",
        "action": "delete_selected",
        "_selected_action": "1",
        "post": "yes",
        "email": "x@y.z",
        "status": "succeeded",
    }
    addresses = [*lists().values(), *(f"{address}add/" for address in lists().values()), *pages().values()]
    addresses += [address.replace("/change/", verb) for address in pages().values() for verb in ("/delete/", "/history/")]
    for address in addresses:
        for answer in (browser.post(address, body), browser.put(address, body), browser.delete(address)):
            assert answer.status_code in {403, 404, 405}, address
    assert rows() == before


def test_nobody_may_add_change_or_delete_whatever_their_permissions(rf, staff):
    request = rf.get("/admin/")
    request.user = staff("admin")
    for model_admin in admin.site._registry.values():
        assert not model_admin.has_add_permission(request)
        assert not model_admin.has_change_permission(request)
        assert not model_admin.has_delete_permission(request)
        assert model_admin.get_actions(request) == {}


def test_what_a_gateway_sent_is_read_by_permission(office, as_):
    viewer, officer = as_("viewer"), as_("officer")
    on_the_payment = f"/admin/payments/payment/{payment('TXN_6').public_id}/change/"
    on_the_event, on_the_refusal = pages()["core_inboundevent"], pages()["core_inboundreject"]
    for address, telling in ((on_the_payment, b"studentId"), (on_the_event, b"studentId"), (on_the_refusal, b"&quot;a&quot;: 1")):
        assert telling not in viewer.get(address).content
        assert telling in officer.get(address).content


def test_card_numbers_and_secrets_stay_hidden_from_those_who_may_read(office, as_):
    shown = as_("officer").get(f"/admin/payments/payment/{payment('TXN_6').public_id}/change/").content.decode()
    assert "4111111111111111" not in shown
    assert "•••1111" in shown
    assert "its-cvv" not in shown


def test_digests_and_password_hashes_are_never_shown(office, as_):
    from access.models import ApiKey, GatewayToken

    browser = as_("admin")
    secrets = [bytes(ApiKey.objects.get().secret_digest), bytes(GatewayToken.objects.get().digest)]
    for address in [*lists().values(), *pages().values()]:
        shown = browser.get(address).content.decode()
        assert "argon2" not in shown
        assert not any(secret.hex() in shown or repr(secret)[2:12] in shown for secret in secrets)
