from typing import Any

import pytest
from rest_framework.test import APIClient

from access.models import Merchant
from access.services.api_keys import issue_key
from tests.payments.shop import a_merchant


def keyed(holder: Any, **options: Any) -> APIClient:
    """A client with a fresh key of this holder."""
    issued = issue_key(holder=holder, actor="test", reason="A test.", **options)
    client = APIClient()
    client.credentials(HTTP_X_API_KEY=issued.key.key_id, HTTP_X_API_SECRET=issued.secret)
    return client


@pytest.fixture
def merchant(db: None) -> Merchant:
    return a_merchant("Duka")


@pytest.fixture
def duka(merchant: Merchant) -> APIClient:
    """The merchant's server."""
    return keyed(merchant)


@pytest.fixture
def other(db: None) -> APIClient:
    """Another merchant's server."""
    return keyed(a_merchant("Soko"))
