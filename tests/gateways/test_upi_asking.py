"""What we ask of the Indian gateway, and how its answers are read: its samples, byte for byte from a real socket."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from payments.errors import Misconfigured, NotSent, OutcomeUnknown
from payments.evidence import Key
from payments.gateways.outbound import OURS, Asked
from payments.gateways.upi.outbound import Outbound
from payments.gateways.wire import Wire
from payments.statuses import Status
from tests.gateways.saying import Saying, saying
from tests.servers import free_port

SAMPLES = Path(__file__).parent / "samples/upi_razorpay"
ORDER, PAY, CARD = "POST /v1/orders", "POST /v1/payments/create/upi", "POST /v1/payments/create/json"
BY_RECEIPT = "GET /v1/orders?receipt=pay_joans"
PAYMENTS = "GET /v1/orders/order_SampleAAAA001/payments"
ASKED = Asked(
    payment_id="019e0000-0000-7000-8000-000000000001",
    our_reference="pay_joans",
    number=7,
    method="upi",
    amount_minor=50_000,
    currency="INR",
    bill_reference="S004",
    description="Fees",
    details={},
    requested_at=timezone.now(),
    expires_at=timezone.now() + timedelta(minutes=30),
)
ORDER_KEY = Key("order", "order_SampleAAAA001")
KNOWN = replace(ASKED, keys=(ORDER_KEY,))


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def payments(*names: str, **changes: Any) -> bytes:
    """The list of an order's payments, as the samples' events show them."""
    items = [json.loads(sample(name))["payload"]["payment"]["entity"] | changes for name in names]
    return json.dumps({"entity": "collection", "count": len(items), "items": items}).encode()


@pytest.fixture
def far(settings: Any) -> Iterator[Saying]:
    with saying() as gateway:
        settings.GATEWAYS = settings.GATEWAYS | {"upi": settings.GATEWAYS["upi"] | {"base_url": gateway.url}}
        gateway.says = {ORDER: (200, sample("resp_order_created.json")), PAY: (200, sample("resp_upi_intent.json"))}
        yield gateway


def charge(wanted: Asked = ASKED) -> Any:
    return Outbound().charge(wanted, Outbound().wire())


def query(wanted: Asked = KNOWN) -> Any:
    return Outbound().query(wanted, Outbound().wire())


def test_an_order_under_our_reference_and_a_link_that_is_not_altered(far: Saying):
    reply = charge()
    order, payment = far.heard
    basic = base64.b64encode(b"rzp_test_sandbox:sandbox-secret").decode()
    assert order.headers["authorization"] == payment.headers["authorization"] == f"Basic {basic}"
    assert order.json() == {
        "amount": 50_000,
        "currency": "INR",
        "receipt": "pay_joans",
        "notes": {"bursar_payment": "pay_joans"},
        "payment": {"capture": "automatic", "capture_options": {"refund_speed": "normal"}},
    }
    assert payment.json() == {
        "amount": 50_000,
        "currency": "INR",
        "order_id": "order_SampleAAAA001",
        "email": "void@razorpay.com",
        "contact": "",
        "notes": {"bursar_payment": "pay_joans"},
        "method": "upi",
        "upi": {"flow": "intent"},
    }
    (fact,) = reply.evidence
    assert (fact.status, fact.keys, fact.account) == (Status.REQUIRES_ACTION, (Key(OURS, "pay_joans"), ORDER_KEY), None)
    link = json.loads(sample("resp_upi_intent.json"))["link"]
    assert reply.payer_action == {"type": "upi_intent", "url": link, "qr": link}


def test_a_request_in_the_payers_app_where_an_address_was_given(far: Saying):
    far.says[PAY] = (200, b'{"razorpay_payment_id":"pay_SampleAAAA0001"}')
    in_half_an_hour = timezone.now() + timedelta(minutes=30, seconds=30)
    details = {"vpa": "asha.rao@okaxis", "phone_number": "919900011122"}
    reply = charge(replace(ASKED, details=details, expires_at=in_half_an_hour))
    body = far.heard[1].json()
    assert body["upi"] == {"flow": "collect", "vpa": "asha.rao@okaxis", "expiry_time": 30}
    assert (body["contact"], reply.payer_action) == ("+919900011122", {"type": "prompt"})


def test_a_card_goes_by_its_token_and_perhaps_by_a_page(far: Saying):
    page = {"action": "redirect", "url": "https://bank.example/3ds"}
    for steps, status in [([page], Status.REQUIRES_ACTION), ([], Status.PENDING)]:
        far.says[CARD] = (200, json.dumps({"razorpay_payment_id": "pay_1", "next": steps}).encode())
        reply = charge(replace(ASKED, method="card", details={"card_token": "tok_visa"}))
        assert reply.evidence[0].status == status
    assert far.asked(CARD)[0].json()["token"] == "tok_visa"


def test_too_little_is_refused_by_the_order(far: Saying):
    far.says[ORDER] = (400, sample("resp_error_min_amount.json"))
    (fact,) = charge().evidence
    assert (fact.status, fact.reason, fact.keys) == (Status.FAILED, "amount_too_small", (Key(OURS, "pay_joans"),))
    assert not far.asked(PAY)


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [
        ({"reason": "invalid_vpa"}, Status.FAILED, "invalid_vpa"),
        ({"reason": "input_validation_failed", "field": "vpa"}, Status.FAILED, "invalid_vpa"),
        ({"reason": "input_validation_failed"}, Status.FAILED, "refused_as_invalid"),
        ({"reason": "payment_declined"}, Status.FAILED, "declined"),
        ({"reason": "payment_timed_out"}, Status.EXPIRED, "timed_out"),
        ({"reason": "something_new"}, Status.FAILED, "something_new"),
        ({"reason": None}, Status.FAILED, "refused_as_invalid"),
    ],
)
def test_definite_refusals_have_a_stable_word(far: Saying, error: dict[str, Any], status: Status, reason: str):
    far.says[PAY] = (400, json.dumps({"error": {"code": "BAD_REQUEST_ERROR", "description": "No"} | error}).encode())
    (fact,) = charge().evidence
    assert (fact.status, fact.reason) == (status, reason)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b'{"error":{"code":"SERVER_ERROR"}}'),
        (502, b"<html>Bad Gateway</html>"),
        (200, b"<html>Hello</html>"),
        (409, b"{}"),
        (400, b'{"error":{"code":"GATEWAY_ERROR","description":"down"}}'),
        (302, b"{}"),
        (400, b"{}"),
    ],
)
def test_doubt_about_a_payment_is_unknown_and_about_an_order_is_nothing_done(far: Saying, status: int, body: bytes):
    far.says[PAY] = (status, body)
    with pytest.raises(OutcomeUnknown):
        charge()
    far.says[ORDER] = (status, body)
    with pytest.raises(NotSent):
        charge()


def test_an_order_that_was_made_after_all_is_found_by_its_receipt(far: Saying):
    used = {"code": "BAD_REQUEST_ERROR", "reason": "input_validation_failed", "field": "receipt"}
    far.says[ORDER] = (400, json.dumps({"error": used}).encode())
    known = json.loads(sample("resp_order_created.json")) | {"receipt": "pay_joans"}
    far.says[BY_RECEIPT] = (200, json.dumps({"items": [known]}).encode())
    assert charge().evidence[0].keys[1] == ORDER_KEY


def test_no_key_no_room_nobody_at_home(far: Saying):
    for status, error in [(401, Misconfigured), (403, Misconfigured), (429, NotSent)]:
        far.says[PAY] = (status, b'{"error":{"code":"BAD_REQUEST_ERROR"}}')
        with pytest.raises(error):
            charge()
    with pytest.raises(NotSent):
        Outbound().charge(ASKED, Wire("upi", f"http://127.0.0.1:{free_port()}"))


def test_a_question_hears_of_every_payment_of_the_order(far: Saying):
    far.says[PAYMENTS] = (200, payments("payment.failed_upi.json", "payment.authorized_upi.json"))
    failed, promised = query().evidence
    assert (failed.status, failed.reason, failed.movement) == (Status.FAILED, "insufficient_funds", None)
    assert promised.status in (Status.AUTHORIZED, Status.PENDING)
    # A try before the one that pays is normal, and is no failure of what is paid.
    far.says[PAYMENTS] = (200, payments("payment.failed_upi.json", "payment.captured_upi.json"))
    (captured,) = query().evidence
    assert (captured.status, captured.movement) == (Status.SUCCEEDED, Key("payment", "pay_SampleAAAA0001"))
    assert captured.keys == (Key(OURS, "pay_joans"), ORDER_KEY)
    for captured, status in [(True, Status.SUCCEEDED), (False, Status.VOIDED)]:
        far.says[PAYMENTS] = (200, payments("payment.captured_upi.json", status="refunded", captured=captured))
        assert query().evidence[0].status == status
    known = json.loads(sample("resp_order_created.json")) | {"receipt": "pay_joans"}
    far.says[BY_RECEIPT] = (200, json.dumps({"items": [known, known | {"receipt": "another", "id": "order_x"}]}).encode())
    assert [fact.status for fact in query(ASKED).evidence] == [Status.VOIDED]
    far.says[BY_RECEIPT] = (200, b'{"items":[]}')
    assert query(ASKED).evidence == ()
    far.says[PAYMENTS] = (200, payments("payment.captured_upi.json", status="surprised"))
    assert [(unread.status, unread.reason) for unread in query().evidence] == [(Status.PENDING, "answer_unreadable")]
    for unreadable in (b'{"items":7}', b"<html>"):
        far.says[PAYMENTS] = (200, unreadable)
        with pytest.raises(OutcomeUnknown):
            query()


def test_a_capture_takes_exactly_what_is_authorized(far: Saying):
    far.says[PAYMENTS] = (200, payments("payment.authorized_upi.json"))
    captured = json.loads(sample("payment.captured_upi.json"))["payload"]["payment"]["entity"]
    far.says["POST /v1/payments/pay_SampleAAAA0001/capture"] = (200, json.dumps(captured).encode())
    (fact,) = Outbound().capture(KNOWN, 50_000, Outbound().wire()).evidence
    assert (fact.status, fact.movement) == (Status.SUCCEEDED, Key("payment", "pay_SampleAAAA0001"))
    assert far.heard[-1].json() == {"amount": 50_000, "currency": "INR"}
    far.says["POST /v1/payments/pay_SampleAAAA0001/capture"] = (400, b'{"error":{"code":"BAD_REQUEST_ERROR"}}')
    (fact,) = Outbound().capture(KNOWN, 50_000, Outbound().wire()).evidence
    assert fact.status == Status.AUTHORIZED
