"""What we ask of Daraja, and how its answers are read: its own samples, byte for byte from a real socket."""

import base64
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from payments.errors import Misconfigured, NotSent, OutcomeUnknown
from payments.evidence import AmountRule, Key
from payments.gateways.mpesa import names
from payments.gateways.mpesa.addresses import door_of_prompt
from payments.gateways.mpesa.outbound import PUSH, QUERY, Outbound
from payments.gateways.mpesa.tills import REGISTER
from payments.gateways.outbound import OURS, Asked
from payments.gateways.wire import HIDDEN, Wire, pool
from payments.statuses import Status
from tests.gateways.mpesa_cast import AMOUNT, CHECKOUT, MERCHANT_REQUEST, TOKEN, sample
from tests.gateways.saying import Saying, saying

LOGIN = "GET /oauth/v1/generate"
ASKED = Asked(
    payment_id="019e0000-0000-7000-8000-000000000001",
    our_reference="pay_joans",
    number=7,
    method="mpesa",
    amount_minor=AMOUNT,
    currency="KES",
    bill_reference="S004",
    description="Fees, 3rd term: Joan Zuria",
    details={"phone_number": "254708374149"},
    requested_at=timezone.now(),
    expires_at=timezone.now() + timedelta(minutes=15),
)
KNOWN = replace(ASKED, keys=(names.checkout(CHECKOUT), names.merchant_request(MERCHANT_REQUEST)))


@pytest.fixture
def daraja(settings: Any) -> Iterator[Saying]:
    """A Daraja that has a token to give and takes every prompt."""
    with saying() as gateway:
        settings.GATEWAYS = settings.GATEWAYS | {"mpesa": settings.GATEWAYS["mpesa"] | {"base_url": gateway.url}}
        gateway.says = {LOGIN: (200, sample("resp_oauth_token")), f"POST {PUSH}": (200, sample("resp_stk_accepted"))}
        yield gateway
        pool(gateway.url).close()


def wire() -> Wire:
    return Outbound().wire()


def test_a_prompt_asks_for_whole_shillings_in_darajas_fields(daraja: Saying, settings: Any):
    asking = wire()
    reply = Outbound().charge(replace(ASKED, amount_minor=1000), asking)
    login, prompt = daraja.heard
    assert login.headers["authorization"] == "Basic " + base64.b64encode(b"sandbox-key:sandbox-secret").decode()
    assert prompt.headers["authorization"] == "Bearer c9SQxWWhmdVRlyh0zh8gZDTkubVF"
    body = prompt.json()
    assert (body["Amount"], body["PartyA"], body["PhoneNumber"], body["PartyB"]) == (10, "254708374149", "254708374149", "174379")
    assert (body["AccountReference"], body["TransactionDesc"]) == ("S004", "Fees 3rd term")
    assert body["CallBackURL"] == f"{settings.PUBLIC_URL}/webhooks/daraja/{TOKEN}/{door_of_prompt(ASKED.payment_id)}"
    assert "mpesa" not in body["CallBackURL"]
    password = base64.b64encode(f"174379sandbox-passkey{body['Timestamp']}".encode()).decode()
    assert (body["Password"], len(body["Timestamp"])) == (password, 14)
    kept = json.loads(asking.exchanges[0].request)
    assert (len(asking.exchanges), kept["Password"], kept["CallBackURL"], kept["Amount"]) == (1, HIDDEN, HIDDEN, 10)

    (fact,) = reply.evidence
    assert (fact.status, fact.amount_rule, fact.movement, fact.account) == (Status.PENDING, AmountRule.FIXED, None, None)
    assert set(fact.keys) == {
        Key(OURS, "pay_joans"),
        Key("checkout", CHECKOUT),
        Key("merchant_request", MERCHANT_REQUEST),
        Key("prompt", f"{MERCHANT_REQUEST} {CHECKOUT}"),
    }
    assert reply.payer_action["type"] == "prompt"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"amount_minor": 1001}, "not_whole_shillings"),
        ({"amount_minor": 0}, "amount_too_small"),
        ({"amount_minor": 250_001_00}, "amount_too_large"),
        ({"currency": "USD"}, "currency_not_taken"),
    ],
)
def test_what_daraja_can_not_ask_for_is_refused_before_it_hears_of_it(daraja: Saying, change: dict[str, Any], reason: str):
    (fact,) = Outbound().charge(replace(ASKED, **change), wire()).evidence
    assert (fact.status, fact.reason) == (Status.FAILED, reason)
    assert daraja.heard == []


def said(status: int, code: str, message: str) -> tuple[int, bytes]:
    return status, json.dumps({"requestId": "1-1", "errorCode": code, "errorMessage": message}).encode()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((400, sample("resp_stk_error_invalid_phone")), "invalid_phone_number"),
        (said(400, "400.002.02", "Bad Request - Invalid Amount"), "invalid_amount"),
        (said(400, "400.002.02", "Bad Request - Invalid Remarks"), "invalid_request"),
        (said(500, "500.001.1001", "Unable to lock subscriber, a transaction is already in process"), "subscriber_busy"),
    ],
)
def test_a_definite_refusal_fails_the_payment(daraja: Saying, answer: tuple[int, bytes], reason: str):
    daraja.says[f"POST {PUSH}"] = answer
    (fact,) = Outbound().charge(ASKED, wire()).evidence
    assert (fact.status, fact.reason) == (Status.FAILED, reason)


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        ((500, sample("resp_stk_error_spike")), NotSent),
        (said(500, "500.003.03", "Quota Violation"), NotSent),
        ((429, b""), NotSent),
        (said(500, "500.003.1001", "Internal Server Error"), OutcomeUnknown),
        (said(500, "500.001.1001", "Service is currently under maintenance"), OutcomeUnknown),
        ((502, b"<html>Bad Gateway</html>"), OutcomeUnknown),
        ((200, b"<html>Welcome</html>"), OutcomeUnknown),
        ((200, b'{"ResponseCode":"0"}'), OutcomeUnknown),
        ((200, b'{"ResponseCode":"7"}'), OutcomeUnknown),
        (said(500, "500.001.1001", "[MerchantValidate] - Wrong credentials"), Misconfigured),
        (said(500, "500.001.1001", "Merchant does not exist"), Misconfigured),
        (said(400, "400.002.02", "Bad Request - Invalid CallBackURL"), Misconfigured),
        (said(404, "404.001.01", "Resource not found"), Misconfigured),
    ],
)
def test_trouble_is_sorted_by_whether_the_prompt_may_have_been_sent(
    daraja: Saying, answer: tuple[int, bytes], trouble: type[Exception]
):
    daraja.says[f"POST {PUSH}"] = answer
    with pytest.raises(trouble):
        Outbound().charge(ASKED, wire())
    assert len(daraja.asked(f"POST {PUSH}")) == 1


def test_nobody_there_is_not_sent_and_silence_is_unknown(daraja: Saying, settings: Any):
    Outbound().charge(ASKED, wire())
    enough = threading.Event()
    answered = daraja.answer
    daraja.answer = lambda heard: (enough.wait(10) and answered(heard)) or answered(heard)  # type: ignore[method-assign]
    with pytest.raises(OutcomeUnknown):
        Outbound().charge(ASKED, Wire("mpesa", daraja.url, answer_seconds=0.3))
    enough.set()
    settings.GATEWAYS = settings.GATEWAYS | {"mpesa": settings.GATEWAYS["mpesa"] | {"base_url": "http://127.0.0.1:9"}}
    with pytest.raises(NotSent):
        Outbound().charge(ASKED, wire())


def test_one_token_serves_all_and_one_that_is_turned_down_is_renewed_once(daraja: Saying):
    for _ in range(3):
        Outbound().charge(ASKED, wire())
    assert len(daraja.asked(LOGIN)) == 1
    daraja.says[LOGIN] = (200, b'{"access_token":"fresh","expires_in":3599}')
    daraja.says[f"POST {PUSH}"] = [(404, sample("resp_token_invalid")), (200, sample("resp_stk_accepted"))]
    (fact,) = Outbound().charge(ASKED, wire()).evidence
    assert fact.status == Status.PENDING
    first, second = daraja.asked(f"POST {PUSH}")[-2:]
    assert (first.headers["authorization"][-4:], second.headers["authorization"]) == ("ubVF", "Bearer fresh")
    assert len(daraja.asked(LOGIN)) == 2
    daraja.says[f"POST {PUSH}"] = said(401, "401.002.01", "Error Occurred - Invalid Access Token")
    with pytest.raises(NotSent):  # another worker's log-in may have ended the fresh one: it is sent again
        Outbound().charge(ASKED, wire())


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [((400, b""), Misconfigured), ((401, b"{}"), Misconfigured), ((503, b"<html>"), NotSent), ((200, b"<html>"), NotSent)],
)
def test_without_a_token_nothing_was_asked(daraja: Saying, answer: tuple[int, bytes], trouble: type[Exception]):
    daraja.says[LOGIN] = answer
    with pytest.raises(trouble):
        Outbound().charge(ASKED, wire())
    assert daraja.asked("POST") == []
    with pytest.raises(trouble):
        Outbound().check(wire())


@pytest.mark.parametrize(
    ("answer", "status", "reason", "amount"),
    [
        ((200, sample("resp_stkquery_success")), Status.SUCCEEDED, "", AMOUNT),
        ((200, sample("resp_stkquery_pending_4999")), Status.PENDING, "processing", 0),
        ((500, sample("resp_stkquery_pending_500")), Status.PENDING, "processing", 0),
        (
            (200, sample("resp_stkquery_success").replace(b'"ResultCode": "0"', b'"ResultCode": "1032"')),
            "cancelled",
            "cancelled_by_payer",
            0,
        ),
        (
            (200, sample("resp_stkquery_success").replace(b'"ResultCode": "0"', b'"ResultCode": "7777"')),
            "unknown",
            "result_7777",
            0,
        ),
    ],
)
def test_a_query_says_how_the_prompt_stands(daraja: Saying, answer: tuple[int, bytes], status: str, reason: str, amount: int):
    daraja.says[f"POST {QUERY}"] = answer
    (fact,) = Outbound().query(KNOWN, wire()).evidence
    assert (fact.status, fact.reason, fact.amount_minor) == (status, reason, amount)
    assert fact.movement == (Key("checkout", CHECKOUT) if status == "succeeded" else None)
    assert daraja.heard[-1].json()["CheckoutRequestID"] == CHECKOUT


@pytest.mark.parametrize(
    "answer",
    [
        (200, sample("resp_stkquery_success").replace(b"7619-37765134-1", b"7619-37765134-2")),
        (200, sample("resp_stkquery_success").replace(b"ResultCode", b"Nothing")),
        (503, b"<html>"),
        said(500, "500.003.1001", "Internal Server Error"),
    ],
)
def test_an_answer_about_something_else_is_no_answer(daraja: Saying, answer: tuple[int, bytes]):
    daraja.says[f"POST {QUERY}"] = answer
    with pytest.raises(OutcomeUnknown):
        Outbound().query(KNOWN, wire())


def test_a_prompt_whose_name_is_not_known_can_not_be_asked_about(daraja: Saying):
    assert Outbound().query(ASKED, wire()).evidence == ()
    assert daraja.heard == []


def test_tills_are_registered_once_and_under_a_secret_address(daraja: Saying, capsys: pytest.CaptureFixture[str], settings: Any):
    daraja.says[f"POST {REGISTER}"] = [
        (200, b'{"OriginatorCoversationID":"1","ResponseCode":"0","ResponseDescription":"Success"}'),
        said(500, "500.003.1001", "Urls are already registered."),
        said(400, "400.003.02", "Bad Request - Invalid ConfirmationURL"),
    ]
    call_command("register_tills")
    asked = daraja.heard[-1].json()
    assert asked["ConfirmationURL"] == f"{settings.PUBLIC_URL}/webhooks/daraja/{TOKEN}/c2b/confirmation"
    assert (asked["ValidationURL"][-14:], asked["ShortCode"], asked["ResponseType"]) == ("c2b/validation", "600966", "Completed")
    call_command("register_tills")
    assert "had addresses" in capsys.readouterr().out
    with pytest.raises(CommandError):
        call_command("register_tills")


def test_the_check_tells_whether_daraja_takes_us(daraja: Saying, settings: Any):
    assert "59 minutes" in Outbound().check(wire())
    settings.GATEWAYS = settings.GATEWAYS | {"mpesa": settings.GATEWAYS["mpesa"] | {"callback_token": ""}}
    with pytest.raises(Misconfigured):
        Outbound().check(wire())
