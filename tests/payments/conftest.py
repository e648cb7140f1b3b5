from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection

from payments.gateways.mpesa.outbound import PUSH
from payments.gateways.wire import pool
from payments.models import Payment
from tests.four_eyes import hire
from tests.gateways.mpesa_cast import sample
from tests.gateways.saying import Saying, saying


@pytest.fixture
def grace(db: None) -> Any:
    """Acts."""
    return hire("Grace", "officer")


@pytest.fixture
def david(db: None) -> Any:
    """Approves."""
    return hire("David", "approver")


@pytest.fixture
def tingg(settings: Any) -> Iterator[Saying]:
    """Tingg, which lets us in and says what it is told to."""
    with saying() as gateway:
        settings.GATEWAYS = settings.GATEWAYS | {"cellulant": settings.GATEWAYS["cellulant"] | {"base_url": gateway.url}}
        gateway.says["POST /v1/oauth/token/request"] = (200, b'{"access_token":"a","expires_in":3600}')
        yield gateway


@pytest.fixture
def daraja(settings: Any) -> Iterator[Saying]:
    """A Daraja that takes every prompt."""
    with saying() as gateway:
        settings.GATEWAYS = settings.GATEWAYS | {"mpesa": settings.GATEWAYS["mpesa"] | {"base_url": gateway.url}}
        gateway.says = {"GET /oauth/": (200, sample("resp_oauth_token")), f"POST {PUSH}": (200, sample("resp_stk_accepted"))}
        yield gateway
        pool(gateway.url).close()


@pytest.fixture
def poison(transactional_db: None) -> Iterator[Callable[[Payment], None]]:
    """Let a payment's attempts stay as they are: who changes one fails."""

    def poison(payment: Payment) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT status FROM payment_attempt WHERE payment_id = %s", [payment.id])
            (status,) = cursor.fetchone()
            rule = "ALTER TABLE payment_attempt ADD CONSTRAINT poison CHECK (payment_id <> %s OR status = %s)"
            cursor.execute(rule, [payment.id, status])

    yield poison
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE payment_attempt DROP CONSTRAINT poison")
