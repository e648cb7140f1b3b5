"""What we ask of Stripe through its own SDK, and how its answers are read: its samples, byte for byte from a real socket."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import stripe
from django.utils import timezone

from payments.errors import Misconfigured, NotSent, OutcomeUnknown
from payments.evidence import AmountRule, Key, Unsettleable
from payments.gateways.outbound import OURS, Asked
from payments.gateways.stripe.amounts import from_stripe, to_stripe
from payments.gateways.stripe.outbound import Outbound
from payments.gateways.wire import Wire
from payments.statuses import Status
from tests.gateways.saying import Saying, saying
from tests.servers import free_port

SAMPLES = Path(__file__).parent / "samples/stripe"
INTENTS = "POST /v1/payment_intents"
ASKED = Asked(
    payment_id="019e0000-0000-7000-8000-000000000001",
    our_reference="pay_joans",
    number=7,
    method="card",
    amount_minor=250_000,
    currency="KES",
    bill_reference="S004",
    description="Fees, 3rd term",
    details={"card_token": "tok_visa"},
    requested_at=timezone.now(),
    expires_at=timezone.now() + timedelta(hours=1),
)
KNOWN = replace(ASKED, keys=(Key("intent", "pi_3SampleAA0001"),))


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def intent(**changes: Any) -> bytes:
    return json.dumps(json.loads(sample("resp_payment_intent_created.json")) | changes).encode()


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0.001)
    monkeypatch.setattr(stripe.HTTPClient, "MAX_DELAY", 0.001)


@pytest.fixture
def far(settings: Any) -> Iterator[Saying]:
    with saying() as gateway:
        settings.GATEWAYS = settings.GATEWAYS | {"stripe": settings.GATEWAYS["stripe"] | {"base_url": gateway.url}}
        gateway.says = {INTENTS: (200, sample("resp_payment_intent_created.json"))}
        yield gateway


def wire(seconds: float = 5) -> Wire:
    return Wire("stripe", Outbound().wire().base_url, answer_seconds=seconds)


def test_an_intent_is_asked_for_once_under_our_own_key(far: Saying, settings: Any):
    asking = wire()
    reply = Outbound().charge(ASKED, asking)
    (heard,) = far.heard
    assert heard.headers["authorization"] == f"Bearer {settings.GATEWAYS['stripe']['secret_key']}"
    assert heard.headers["idempotency-key"] == "pay_joans:charge"
    form = {name: value for name, [value] in parse_qs(heard.body.decode()).items()}
    assert form == {
        "amount": "250000",
        "currency": "kes",
        "confirm": "true",
        "capture_method": "automatic",
        "metadata[bursar_payment]": "pay_joans",
        "description": "Fees, 3rd term",
        "payment_method_types[0]": "card",
        "payment_method_data[type]": "card",
        "payment_method_data[card][token]": "tok_visa",
        "return_url": f"{settings.PUBLIC_URL}/checkout/pay_joans",
    }
    (fact,) = reply.evidence
    assert fact.keys == (Key(OURS, "pay_joans"), Key("intent", "pi_3SampleAA0001"))
    assert (fact.status, fact.amount_minor, fact.currency, fact.amount_rule) == (Status.PENDING, 250_000, "KES", AmountRule.FIXED)
    assert (fact.movement, fact.account, reply.payer_action) == (None, None, {})
    (said,) = asking.exchanges
    assert (said.method, said.status) == ("POST", 200)
    assert b"REDACTED" not in said.response
    assert json.loads(said.response)["client_secret"] == "•••"


@pytest.mark.parametrize(
    ("told", "status", "took", "action"),
    [
        ({"status": "succeeded", "amount_received": 250_000}, Status.SUCCEEDED, True, {}),
        ({"status": "processing"}, Status.PENDING, False, {}),
        ({"status": "requires_capture", "amount_capturable": 250_000}, Status.AUTHORIZED, False, {}),
        (
            {
                "status": "requires_action",
                "next_action": {"type": "redirect_to_url", "redirect_to_url": {"url": "https://bank.example/3ds"}},
            },
            Status.REQUIRES_ACTION,
            False,
            {"type": "redirect", "url": "https://bank.example/3ds"},
        ),
        (
            {"status": "requires_action", "next_action": {"type": "use_stripe_sdk", "use_stripe_sdk": {}}},
            Status.REQUIRES_ACTION,
            False,
            {"type": "use_stripe_sdk"},
        ),
        ({"status": "canceled", "capture_method": "automatic"}, Status.CANCELLED, False, {}),
        ({"status": "canceled", "capture_method": "manual", "cancellation_reason": "automatic"}, Status.VOIDED, False, {}),
    ],
)
def test_what_an_answer_means(far: Saying, told: dict[str, Any], status: Status, took: bool, action: dict[str, str]):
    far.says[INTENTS] = (200, intent(**told))
    reply = Outbound().charge(ASKED, wire())
    assert (reply.evidence[0].status, reply.evidence[0].movement is not None, reply.payer_action) == (status, took, action)


def test_a_declined_card_is_a_failed_attempt_with_its_reason(far: Saying):
    far.says[INTENTS] = (402, sample("resp_card_declined_402.json"))
    (fact,) = Outbound().charge(ASKED, wire()).evidence
    assert (fact.status, fact.reason) == (Status.FAILED, "declined")
    assert fact.keys == (Key(OURS, "pay_joans"), Key("intent", "pi_3SampleAA0001"))


@pytest.mark.parametrize(
    ("status", "error", "reason"),
    [
        (400, {"type": "invalid_request_error", "code": "amount_too_small"}, "amount_too_small"),
        (404, {"type": "invalid_request_error", "code": "resource_missing"}, "unknown_token"),
        (400, {"type": "invalid_request_error"}, "refused_as_invalid"),
        (402, {"type": "card_error", "code": "expired_card"}, "expired_card"),
        (402, {"type": "card_error", "code": "card_declined", "decline_code": "insufficient_funds"}, "insufficient_funds"),
    ],
)
def test_definite_refusals_fail_with_a_stable_word(far: Saying, status: int, error: dict[str, str], reason: str):
    far.says[INTENTS] = (status, json.dumps({"error": error | {"message": "No."}}).encode())
    (fact,) = Outbound().charge(ASKED, wire()).evidence
    assert (fact.status, fact.reason) == (Status.FAILED, reason)


def test_a_lock_and_a_limit_are_tried_again_with_the_same_key_and_were_certainly_not_done(far: Saying):
    far.says[INTENTS] = [(409, sample("resp_lock_conflict_409.json")), (200, sample("resp_payment_intent_created.json"))]
    assert Outbound().charge(ASKED, wire()).evidence[0].status == Status.PENDING
    assert [heard.headers["idempotency-key"] for heard in far.heard] == ["pay_joans:charge"] * 2
    for status, name in [(409, "resp_lock_conflict_409.json"), (429, "resp_rate_limit_429.json")]:
        far.says[INTENTS] = (status, sample(name))
        with pytest.raises(NotSent):
            Outbound().charge(ASKED, wire())


def test_a_key_with_other_parameters_is_our_own_mistake_and_is_not_repeated(far: Saying):
    far.says[INTENTS] = (400, sample("resp_idempotency_mismatch_400.json"))
    with pytest.raises(stripe.IdempotencyError):
        Outbound().charge(ASKED, wire())
    assert len(far.heard) == 1


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b'{"error":{"type":"api_error"}}'),
        (500, b'{"error":"internal"}'),
        (502, b"<html>Bad Gateway</html>"),
        (200, b"<html>Hello</html>"),
    ],
)
def test_what_cannot_be_read_is_an_unknown_outcome(far: Saying, status: int, body: bytes):
    asking = wire()
    far.says[INTENTS] = (status, body)
    with pytest.raises(OutcomeUnknown):
        Outbound().charge(ASKED, asking)
    assert {heard.headers["idempotency-key"] for heard in far.heard} == {"pay_joans:charge"}
    assert [exchange.status for exchange in asking.exchanges] == [status] * (3 if status >= 500 else 1)


def test_doubt_stays_over_the_tries_of_a_call(far: Saying):
    far.says[INTENTS] = [(500, b"{}"), (429, sample("resp_rate_limit_429.json"))]
    with pytest.raises(OutcomeUnknown):
        Outbound().charge(ASKED, wire())


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_for_somebody_to_mend(far: Saying, status: int):
    far.says[INTENTS] = (status, b'{"error":{"type":"invalid_request_error","message":"Invalid API Key provided"}}')
    with pytest.raises(Misconfigured):
        Outbound().charge(ASKED, wire())


def test_nobody_at_home_is_certainly_not_done(far: Saying):
    asking = Wire("stripe", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(NotSent):
        Outbound().charge(ASKED, asking)
    assert [exchange.status for exchange in asking.exchanges] == [0, 0, 0]


def test_a_kept_card_is_charged_with_the_customer_it_belongs_to(far: Saying):
    far.says["GET /v1/payment_methods/pm_1"] = (200, b'{"id":"pm_1","object":"payment_method","customer":"cus_1"}')
    Outbound().charge(replace(ASKED, details={"card_token": "pm_1"}), wire())
    form = parse_qs(far.asked(INTENTS)[0].body.decode())
    assert (form["payment_method"], form["customer"]) == (["pm_1"], ["cus_1"])
    assert "payment_method_data[card][token]" not in form


def test_a_bank_transfer_is_offered_where_stripe_offers_it(far: Saying):
    instructions = {
        "type": "eu_bank_transfer",
        "amount_remaining": 250_000,
        "currency": "eur",
        "reference": "ABC123",
        "hosted_instructions_url": "https://stripe.example/how",
        "financial_addresses": [{"type": "iban", "iban": {"iban": "IE29", "bic": "AIB", "country": "IE"}}],
    }
    kind = "display_bank_transfer_instructions"
    far.says["POST /v1/customers"] = (200, b'{"id":"cus_9","object":"customer"}')
    far.says[INTENTS] = (200, intent(status="requires_action", currency="eur", next_action={"type": kind, kind: instructions}))
    reply = Outbound().charge(replace(ASKED, method="bank_transfer", currency="EUR", details={"email": "a@b.example"}), wire())
    assert reply.payer_action == {
        "type": "bank_transfer",
        "reference": "ABC123",
        "amount_minor": 250_000,
        "currency": "EUR",
        "accounts": [{"kind": "iban", "iban": "IE29", "bic": "AIB", "country": "IE"}],
        "url": "https://stripe.example/how",
    }
    form = parse_qs(far.asked(INTENTS)[0].body.decode())
    assert form["customer"] == ["cus_9"]
    assert form["payment_method_options[customer_balance][bank_transfer][type]"] == ["eu_bank_transfer"]
    far.heard.clear()
    (fact,) = Outbound().charge(replace(ASKED, method="bank_transfer"), wire()).evidence
    assert (fact.status, fact.reason, far.heard) == (Status.FAILED, "currency_not_taken", [])


def test_wallets_with_pages_of_their_own(far: Saying):
    Outbound().charge(replace(ASKED, method="alipay", details={}), wire())
    form = parse_qs(far.heard[0].body.decode())
    assert (form["payment_method_types[0]"], form["payment_method_data[type]"]) == (["alipay"], ["alipay"])


def test_a_question_goes_by_the_intent_or_by_our_label(far: Saying):
    found = intent(status="succeeded", amount_received=250_000, metadata={"bursar_payment": "pay_joans"})
    far.says["GET /v1/payment_intents/pi_3SampleAA0001"] = (200, found)
    (fact,) = Outbound().query(KNOWN, wire()).evidence
    assert (fact.status, fact.movement, fact.source) == (Status.SUCCEEDED, Key("intent", "pi_3SampleAA0001"), "poll")
    page = {"object": "search_result", "data": [json.loads(found)], "has_more": False, "url": "/v1/payment_intents/search"}
    far.says["GET /v1/payment_intents/search"] = (200, json.dumps(page).encode())
    (fact,) = Outbound().query(ASKED, wire()).evidence
    assert (fact.status, fact.keys[0]) == (Status.SUCCEEDED, Key(OURS, "pay_joans"))
    assert "bursar_payment" in far.heard[-1].path
    far.says["GET /v1/payment_intents/search"] = (200, json.dumps(page | {"data": []}).encode())
    assert Outbound().query(ASKED, wire()).evidence == ()
    far.says["GET /v1/payment_intents/pi_3"] = (404, b'{"error":{"type":"invalid_request_error","code":"resource_missing"}}')
    far.says.pop("GET /v1/payment_intents/pi_3SampleAA0001")
    assert Outbound().query(KNOWN, wire()).evidence == ()
    far.says["GET /v1/payment_intents/pi_3"] = (502, b"<html>")
    with pytest.raises(OutcomeUnknown):
        Outbound().query(KNOWN, wire())


def test_an_answer_that_cannot_be_settled_says_nothing(far: Saying):
    far.says["GET /v1/payment_intents/pi_3"] = (200, intent(status="surprised"))
    [unread] = Outbound().query(KNOWN, wire()).evidence
    assert (unread.status, unread.movement, unread.reason) == (Status.PENDING, None, "answer_unreadable")


def test_capture_and_cancel_have_keys_of_their_own_and_ask_when_they_are_refused(far: Saying):
    far.says[f"{INTENTS}/pi_3SampleAA0001/capture"] = (200, intent(status="succeeded", amount_received=250_000))
    assert Outbound().capture(KNOWN, 250_000, wire()).evidence[0].status == Status.SUCCEEDED
    assert far.heard[-1].headers["idempotency-key"] == "pay_joans:capture:250000"
    assert far.heard[-1].body == b"amount_to_capture=250000"
    far.says[f"{INTENTS}/pi_3SampleAA0001/cancel"] = (200, intent(status="canceled", capture_method="manual"))
    assert Outbound().cancel(KNOWN, wire()).evidence[0].status == Status.VOIDED
    assert far.heard[-1].headers["idempotency-key"] == "pay_joans:cancel"
    refused = b'{"error":{"type":"invalid_request_error","code":"payment_intent_unexpected_state"}}'
    far.says[f"{INTENTS}/pi_3"] = (400, refused)
    far.says = {name: said for name, said in far.says.items() if "SampleAA" not in name}
    far.says["GET /v1/payment_intents/pi_3"] = (200, intent(status="succeeded", amount_received=250_000))
    assert Outbound().capture(KNOWN, 250_000, wire()).evidence[0].status == Status.SUCCEEDED
    assert Outbound().cancel(KNOWN, wire()).evidence[0].status == Status.SUCCEEDED


@pytest.mark.parametrize(
    ("ours", "currency", "theirs"),
    [(100, "KES", 100), (100, "JPY", 100), (100, "UGX", 10_000), (100, "ISK", 10_000), (500, "MGA", 5), (1230, "KWD", 1230)],
)
def test_amounts_cross_exactly(ours: int, currency: str, theirs: int):
    assert to_stripe(ours, currency) == theirs
    assert from_stripe(theirs, currency, "amount") == ours


@pytest.mark.parametrize(("ours", "currency"), [(501, "MGA"), (1234, "KWD")])
def test_amounts_that_do_not_cross_exactly_do_not_cross(ours: int, currency: str):
    with pytest.raises(Unsettleable):
        to_stripe(ours, currency)


def test_part_of_an_icelandic_crown_is_none():
    with pytest.raises(Unsettleable):
        from_stripe(10_050, "ISK", "amount")


def test_credentials_are_tried_without_moving_money(far: Saying):
    far.says["GET /v1/balance"] = (200, b'{"object":"balance","livemode":false,"available":[],"pending":[]}')
    assert Outbound().check(wire()) == "Stripe takes our key; it moves test money."
