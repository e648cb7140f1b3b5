"""Requests are served by a role that owns nothing. What access does must be possible for it."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from access import gateway_tokens
from access.services.api_keys import issue_key, revoke_key, rotate_key
from access.services.authentication import merchant_key
from access.services.gateway_tokens import install_token, revoke_token, rotate_token
from access.services.merchants import create_merchant, set_merchant_active

ACT = {"actor": "user:grace", "reason": "Everyday work."}


@pytest.fixture
def as_runtime_role(db, amina):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE bursar_app")
        yield
        cursor.execute("RESET ROLE")


@pytest.mark.usefixtures("as_runtime_role")
def test_merchants_and_their_keys_live_a_whole_life(amina):
    shop = create_merchant(owner=amina, name="Shop", email="shop@example.com", **ACT)
    issued = issue_key(holder=shop, **ACT)
    successor = rotate_key(key=issued.key, valid_until=timezone.now() + timedelta(days=1), **ACT)
    assert merchant_key(key_id=successor.key.key_id, secret=successor.secret).merchant == shop
    revoke_key(key=successor.key, **ACT)
    set_merchant_active(merchant=shop, active=False, **ACT)


@pytest.mark.usefixtures("as_runtime_role")
def test_gateway_tokens_live_a_whole_life():
    row = install_token(gateway="cellulant", token="mock-bearer-token", **ACT)
    issued = rotate_token(gateway="cellulant", kind="bearer", overlap=timedelta(hours=1), **ACT)
    revoke_token(token_id=row.id, **ACT)
    assert gateway_tokens.load().matches("cellulant", issued.token)
