"""schemathesis asks a real server whatever /openapi.json allows, and some of what it does not: no 500, no status, header or body
that is not described.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from access.models import Merchant, User
from access.services import sign_ins
from core.ids import public_id
from payments.models import Order
from tests.api.conftest import key_of
from tests.cast import owes
from tests.gateways.far import FarSide, far_side
from tests.payments.shop import a_merchant, an_order, asked_for, settled, success
from tests.servers import environment, server

pytestmark = [pytest.mark.stack, pytest.mark.django_db(transaction=True)]
PHASES = "examples,fuzzing"
"""The coverage phase asks a thousand times more and found nothing that these did not; it takes a minute by itself."""
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance"
)


@pytest.fixture(scope="module")
def far(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FarSide]:
    """At one address for all, so that the servers that are told of it are forked from one process."""
    with far_side(tmp_path_factory.mktemp("far") / "far.log") as far:
        yield far


@pytest.fixture
def url(transactional_db: None, far: FarSide, tmp_path: Path) -> Iterator[str]:
    """The product. It counts in a store of its own: signing in too often locks out no other test."""
    many, store = "1000000/minute", f"{settings.REDIS_URL.rpartition('/')[0]}/7"
    more = {"REDIS_URL": store, "SANDBOX_URL": far.url, "API_QUOTA": many, "API_QUOTA_MONEY": many}
    with server(tmp_path / "log", **more) as at:
        yield at


@pytest.fixture
def duka(url: str) -> Merchant:
    """A shop that has something to show: an order that is paid, another that waits, and a student with fees."""
    merchant = a_merchant("Duka")
    settled(success(asked_for(an_order(merchant)), "R1"))
    asked_for(an_order(merchant))
    owes("S004", 2_000)
    return merchant


def conforms(folder: Path, url: str, headers: dict[str, str], *, examples: int, ids: dict[str, str]) -> None:
    """Ask everything of the server as this caller; `ids` are put where the paths want them, instead of drawn ones."""
    config = folder / "schemathesis.toml"
    config.write_text("[parameters]\n" + "".join(f'"path.{name}" = "{value}"\n' for name, value in ids.items()))
    options = (f"--phases={PHASES}", f"--max-examples={examples}", f"--checks={CHECKS}", "--workers=1")
    quiet = ("--seed=1", "--no-color", "--no-shrink", "--warnings=off", "--generation-database=none", "--continue-on-failure")
    sent = [f"--header={name}: {value}" for name, value in headers.items()]
    command = (sys.executable, "-m", "schemathesis.cli", f"--config-file={config}", "run", f"{url}/openapi.json")
    done = subprocess.run([*command, *options, *quiet, *sent], cwd=folder, env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]


def test_a_merchants_server_meets_what_is_described(tmp_path: Path, url: str, duka: Merchant):
    paid, waiting = Order.objects.order_by("id")
    ids = {"order_id": waiting.public_id, "payment_id": public_id("pay", str(paid.paid_payment_id)), "key_id": "key_of_nobody"}
    conforms(tmp_path, url, key_of(duka).headers, examples=6, ids=ids)


def test_somebody_who_signed_in_meets_what_is_described(tmp_path: Path, url: str, duka: Merchant):
    payer = User.objects.create_user("amina@example.com", full_name="Amina Odhiambo")
    conforms(tmp_path, url, {"Authorization": f"Bearer {sign_ins.start(user=payer).access}"}, examples=6, ids={})


def test_a_stranger_meets_what_is_described(tmp_path: Path, url: str):
    conforms(tmp_path, url, {}, examples=3, ids={})
