"""What we ask of Monnify: against its far side in a server of its own, and against answers said byte for byte."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from payments.evidence import Key
from payments.gateways.monnify.outbound import INIT, Outbound
from payments.gateways.monnify.reserved import Holder, NotReserved, reserve
from payments.gateways.outbound import OURS, Asked
from payments.gateways.wire import Misconfigured, NotSent, OutcomeUnknown, pool
from tests.gateways.far import FarSide, charged_again_after_silence, far_side
from tests.gateways.saying import Saying, saying

SAMPLES = Path(__file__).parent / "samples/monnify"
LOGIN, CREATE = "POST /api/v1/auth/login", f"POST {INIT}"
BY_OURS = "GET /api/v2/merchant/transactions/query"
NOW = datetime(2026, 3, 14, 10, 28, tzinfo=UTC)
ASKED = Asked(
    payment_id="0",
    our_reference="ord-5001",
    number=1,
    method="bank_transfer",
    amount_minor=300_000,
    currency="NGN",
    bill_reference="ORD5001",
    description="Order",
    details={"email": "ada@example.com", "name": "Ada Obi"},
    requested_at=NOW,
    expires_at=NOW + timedelta(minutes=40),
)
ADAPTER = Outbound()


def raw(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def point_at(settings: Any, url: str, **more: Any) -> None:
    settings.GATEWAYS = settings.GATEWAYS | {"monnify": settings.GATEWAYS["monnify"] | {"base_url": url} | more}


@pytest.fixture
def monnify(settings: Any) -> Iterator[Saying]:
    with saying() as gateway:
        point_at(settings, gateway.url)
        gateway.says[LOGIN] = (200, raw("resp_login.json"))
        yield gateway


def said(**envelope: Any) -> bytes:
    return json.dumps({"requestSuccessful": False, "responseCode": "99"} | envelope).encode()


# --- byte for byte ---


def test_a_checkout_is_asked_for_once_with_a_shared_bearer(monnify: Saying):
    monnify.says[CREATE] = (200, raw("resp_init_transaction.json"))
    for _ in range(2):
        reply = ADAPTER.charge(ASKED, ADAPTER.wire())
    (fact,) = reply.evidence
    assert (fact.status, fact.amount_minor, fact.movement) == ("requires_action", 0, None)
    assert fact.keys == (Key(OURS, "ord-5001"), Key("transaction", "MNFY|20|20260314112800|000123"))
    assert reply.payer_action["url"].startswith("https://sandbox.sdk.monnify.com/checkout/")
    asked = monnify.asked(CREATE)[0]
    assert b'"amount":3000.00' in asked.body
    assert asked.headers["authorization"] == "Bearer eyJhbGciOi.sample"
    assert len(monnify.asked(LOGIN)) == 1, "the bearer is shared until it nearly expires"


def test_the_secret_is_in_no_record_of_what_was_said(monnify: Saying):
    monnify.says[CREATE] = (200, raw("resp_init_transaction.json"))
    wire = ADAPTER.wire()
    ADAPTER.charge(ASKED, wire)
    assert [exchange.url.rpartition("/")[2] for exchange in wire.exchanges] == ["init-transaction"]


def test_a_reference_that_was_used_is_asked_about_instead(monnify: Saying):
    monnify.says[CREATE] = (422, raw("resp_duplicate_reference.json"))
    monnify.says[BY_OURS] = (200, raw("resp_status_pending.json"))
    (fact,) = ADAPTER.charge(ASKED, ADAPTER.wire()).evidence
    assert (fact.status, fact.keys[1].reference) == ("requires_action", "MNFY|20|20260314112800|000123")
    assert len(monnify.asked(CREATE)) == 1


def test_a_status_answer_has_amounts_as_texts_and_pipes_in_its_path(monnify: Saying):
    monnify.says["GET /api/v2/transactions/MNFY%7C20%7C20260314112800%7C000123"] = (200, raw("resp_status_paid.json"))
    known = replace(ASKED, keys=(Key("transaction", "MNFY|20|20260314112800|000123"),))
    (fact,) = ADAPTER.query(known, ADAPTER.wire()).evidence
    assert (fact.status, fact.amount_minor, fact.currency, fact.source) == ("succeeded", 300_000, "NGN", "poll")
    assert fact.movement == Key("transaction", "MNFY|20|20260314112800|000123")
    assert fact.occurred_at == datetime(2026, 3, 14, 10, 28, 42, tzinfo=UTC)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("Amount is below the minimum", "amount_not_taken"),
        ("Contract code is invalid", "bad_contract"),
        ("Currency is not supported", "currency_not_taken"),
        ("Something else", "refused"),
    ],
)
def test_a_definite_refusal_fails_the_payment(monnify: Saying, message: str, reason: str):
    monnify.says[CREATE] = (200, said(responseMessage=message))
    (fact,) = ADAPTER.charge(ASKED, ADAPTER.wire()).evidence
    assert (fact.status, fact.reason) == ("failed", reason)


@pytest.mark.parametrize("answer", [(500, b"{}"), (502, b"<html>Bad Gateway</html>"), (200, b"<html>ok</html>"), (200, b"{}")])
def test_what_cannot_be_read_is_unknown_and_never_a_failure(monnify: Saying, answer: tuple[int, bytes]):
    monnify.says[CREATE] = monnify.says[BY_OURS] = answer
    for ask in (ADAPTER.charge, ADAPTER.query):
        with pytest.raises(OutcomeUnknown):
            ask(ASKED, ADAPTER.wire())


def test_an_answer_about_another_payment_is_none(monnify: Saying):
    monnify.says[CREATE] = (200, raw("resp_init_transaction.json"))
    monnify.says[BY_OURS] = (200, raw("resp_status_paid.json"))
    other = replace(ASKED, our_reference="ord-9999")
    for ask in (ADAPTER.charge, ADAPTER.query):
        with pytest.raises(OutcomeUnknown):
            ask(other, ADAPTER.wire())


def test_money_that_went_back_says_nothing_that_settles(monnify: Saying):
    told = json.loads(raw("resp_status_paid.json"))
    told["responseBody"]["paymentStatus"] = "REVERSED"
    monnify.says[BY_OURS] = (200, json.dumps(told).encode())
    [unread] = ADAPTER.query(ASKED, ADAPTER.wire()).evidence
    assert (unread.status, unread.movement, unread.reason) == ("pending", None, "answer_unreadable")


def test_a_bearer_that_is_turned_down_is_renewed_once(monnify: Saying):
    other = said(requestSuccessful=True, responseBody={"accessToken": "second", "expiresIn": 3567})
    monnify.says[LOGIN] = [(200, raw("resp_login.json")), (200, other)]
    monnify.says[BY_OURS] = [(401, b"{}"), (200, raw("resp_status_paid.json"))]
    assert ADAPTER.query(ASKED, ADAPTER.wire()).evidence
    assert [heard.headers["authorization"] for heard in monnify.asked(BY_OURS)] == ["Bearer eyJhbGciOi.sample", "Bearer second"]
    monnify.says[BY_OURS] = (401, b"{}")
    with pytest.raises(NotSent):
        ADAPTER.query(ASKED, ADAPTER.wire())


@pytest.mark.parametrize(
    ("answer", "error"), [((401, b"{}"), Misconfigured), ((500, b"{}"), NotSent), ((200, b"<html>"), NotSent)]
)
def test_without_a_login_nothing_was_done(monnify: Saying, answer: tuple[int, bytes], error: type[Exception]):
    monnify.says[LOGIN] = answer
    with pytest.raises(error):
        ADAPTER.charge(ASKED, ADAPTER.wire())
    assert not monnify.asked(CREATE)


def test_nobody_there_is_nothing_done(settings: Any):
    point_at(settings, "http://127.0.0.1:9")
    with pytest.raises(NotSent):
        ADAPTER.charge(ASKED, ADAPTER.wire())


# --- the far side ---


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any) -> Iterator[FarSide]:
    with django_db_blocker.unblock(), far_side(tmp_path_factory.mktemp("far") / "far.log") as side:
        yield side
        pool(f"{side.url}/monnify").close()


@pytest.fixture
def at_far(far: FarSide, settings: Any) -> FarSide:
    point_at(settings, f"{far.url}/monnify")
    return far


def after_the_payer(far: FarSide, who: str, **changed: Any) -> Any:
    """What a query says once this payer has acted."""
    asked = replace(ASKED, our_reference=f"pay_{who}", details={"email": f"{who}@example.com"}, **changed)
    ADAPTER.charge(asked, ADAPTER.wire())
    far.fall_quiet()
    (fact,) = ADAPTER.query(asked, ADAPTER.wire()).evidence
    return fact


@pytest.mark.stack
@pytest.mark.parametrize(
    ("who", "status", "amount_minor"),
    [
        ("ada", "succeeded", 300_000),
        ("part", "succeeded", 150_000),
        ("over", "succeeded", 450_000),
        ("late", "succeeded", 300_000),
        ("declined", "failed", 0),
        ("cancels", "cancelled", 0),
        ("abandons", "cancelled", 0),
        ("expires", "expired", 0),
        ("silent", "requires_action", 0),
        ("under", "requires_action", 0),
    ],
)
def test_each_payer_does_as_the_table_says(at_far: FarSide, who: str, status: str, amount_minor: int):
    fact = after_the_payer(at_far, who)
    assert (fact.status, fact.amount_minor) == (status, amount_minor)
    paid = [row for row in at_far.paid() if row["ours"] == f"pay_{who}"]
    assert sum(row["amount_minor"] for row in paid) == amount_minor


@pytest.mark.stack
def test_the_far_side_refuses_as_monnify_does(at_far: FarSide, settings: Any):
    refused = {"amount_not_taken": {"amount_minor": 1_000}, "currency_not_taken": {"currency": "KES"}}
    for reason, changed in refused.items():
        asked = replace(ASKED, our_reference=f"pay_{reason}", **changed)
        (fact,) = ADAPTER.charge(asked, ADAPTER.wire()).evidence
        assert (fact.status, fact.reason) == ("failed", reason)
    unknown = replace(ASKED, our_reference="pay_unheard")
    assert ADAPTER.query(unknown, ADAPTER.wire()).evidence == ()
    assert "Monnify takes our key" in ADAPTER.check(ADAPTER.wire())
    point_at(settings, f"{at_far.url}/monnify", api_key="MK_TEST_ANOTHER")
    with pytest.raises(Misconfigured):
        ADAPTER.check(ADAPTER.wire())


@pytest.mark.stack
def test_a_create_that_was_not_answered_is_found_by_asking_and_charged_once(at_far: FarSide):
    asked = replace(ASKED, our_reference="pay_broken")
    again = charged_again_after_silence(at_far, ADAPTER, asked)
    assert again.status in {"requires_action", "succeeded"}
    assert [row["amount_minor"] for row in at_far.paid() if row["ours"] == "pay_broken"] == [300_000]


@pytest.mark.stack
def test_an_account_is_reserved_once_for_an_owner(at_far: FarSide):
    holder = Holder("Ada Obi", "ada@example.com", bvn="12345678901")
    first = reserve("wallet:w1", "NGN", holder, ADAPTER.wire())
    assert first == reserve("wallet:w1", "NGN", holder, ADAPTER.wire())
    assert first[0].bank_name == "Sterling bank"
    assert len(first[0].account_number) == 10


def test_an_account_that_is_not_reserved_says_why(monnify: Saying):
    monnify.says["GET /api/v2/bank-transfer/"] = (404, said(responseMessage="Cannot find reserved account"))
    monnify.says["POST /api/v2/bank-transfer/"] = (422, said(responseMessage="BVN or NIN is required"))
    with pytest.raises(NotReserved, match="BVN or NIN"):
        reserve("wallet:w2", "NGN", Holder("Ada", "ada@example.com"), ADAPTER.wire())
