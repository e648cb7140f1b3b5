"""Three kinds of credentials, one at a time; wrong ones are 401 whatever is wrong with them."""

import pytest

from access.models import User
from access.services import sign_ins
from access.services.api_keys import issue_key
from access.services.merchants import set_merchant_active
from access.services.users import set_user_active

ACT = {"actor": "system:test", "reason": "A test."}


def bearer(user):
    return {"Authorization": f"Bearer {sign_ins.start(user=user).access}"}


def ask(client, headers):
    response = client.get("/wishes", headers=headers)
    return response.status_code, response.json().get("actor") or response.json()["code"]


def test_a_user_is_known_by_their_token(ground, client, amina):
    assert ask(client, bearer(amina)) == (200, amina.actor)


def test_a_merchant_is_known_by_key_and_secret(ground, client, shop_key):
    assert ask(client, shop_key.headers) == (200, shop_key.actor)


def test_a_personal_key_is_one_header_and_reaches_the_wallet_alone(ground, client, amina):
    issued = issue_key(holder=amina, **ACT)

    assert ask(client, {"X-Api-Key": issued.personal}) == (403, "missing_scope")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": "Bearer a.b.c"},
        {"X-Api-Key": "key_unknown"},
        {"X-Api-Key": "key_unknown.secret"},
        {"X-Api-Secret": "secret_alone"},
        {"X-Api-Key": "key_unknown", "X-Api-Secret": "secret_wrong"},
        {"X-Api-Key": "k\u00e9y", "X-Api-Secret": "s\u00e9cret"},
    ],
)
def test_wrong_credentials_are_401_and_say_what_to_bring(ground, client, db, headers):
    response = client.get("/wishes", headers=headers)

    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")
    assert response["Content-Type"] == "application/problem+json"


def test_two_kinds_at_once_are_refused(ground, client, amina, shop_key):
    assert ask(client, bearer(amina) | shop_key.headers) == (400, "two_credentials")


def test_a_disabled_user_loses_access_at_once_and_for_good(ground, client, amina):
    headers = bearer(amina)
    set_user_active(user=amina, active=False, **ACT)
    assert ask(client, headers) == (401, "invalid_token")

    set_user_active(user=amina, active=True, **ACT)
    assert ask(client, headers) == (401, "invalid_token")


def test_a_new_password_ends_every_sign_in(ground, client, amina):
    headers = bearer(amina)
    amina.set_password("another and longer one")
    amina.save()

    assert ask(client, headers) == (401, "invalid_token")


def test_a_disabled_merchant_or_owner_loses_access_at_once(ground, client, bookshop, shop_key, amina):
    set_merchant_active(merchant=bookshop, active=False, **ACT)
    assert ask(client, shop_key.headers) == (401, "invalid_api_key")
    set_merchant_active(merchant=bookshop, active=True, **ACT)
    User.objects.filter(pk=amina.pk).update(is_active=False)
    assert ask(client, shop_key.headers) == (401, "invalid_api_key")


def test_an_access_token_is_signed_by_us_alone_and_no_other_text_of_ours_is_one(ground, client, amina, settings):
    import jwt

    good = sign_ins.start(user=amina).access
    claims = jwt.decode(good, options={"verify_signature": False})
    forged = [jwt.encode(claims, settings.SECRET_KEY, algorithm="HS256"), jwt.encode(claims, "", algorithm="none")]

    assert claims["sub"] == str(amina.pk)
    for token in [*forged, good[:-2] + "xx", sign_ins.start(user=amina).refresh]:
        assert ask(client, {"Authorization": f"Bearer {token}"}) == (401, "invalid_token")


def test_knowing_who_calls_costs_one_statement(ground, client, amina, shop_key, django_assert_num_queries):
    headers = bearer(amina)
    ask(client, shop_key.headers)
    with django_assert_num_queries(1):
        ask(client, headers)
    with django_assert_num_queries(1):
        ask(client, shop_key.headers)
