"""What we ask of Tingg: against its far side in a server of its own, and against answers said byte for byte."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from payments.evidence import Key
from payments.gateways.cellulant.outbound import Outbound
from payments.gateways.outbound import OURS, Asked
from payments.gateways.wire import Misconfigured, NotSent, OutcomeUnknown, pool
from tests.gateways.far import FarSide, charged_again_after_silence, far_side
from tests.gateways.saying import Saying, saying

LOGIN, CREATE = "POST /v1/oauth/token/request", "POST /v3/checkout-api/checkout-request/express-request"
QUERY, ACKNOWLEDGE = "GET /v3/checkout-api/query/", "POST /v3/checkout-api/acknowledgement"
NOW = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)
ASKED = Asked(
    payment_id="0",
    our_reference="TG-1001",
    number=1,
    method="bank_transfer",
    amount_minor=100_000,
    currency="KES",
    bill_reference="ACC/1001",
    description="",
    details={"phone_number": "0708 374149", "name": "Joan Zuria"},
    requested_at=NOW,
    expires_at=NOW + timedelta(hours=12),
)
ADAPTER = Outbound()


def point_at(settings: Any, url: str, **more: Any) -> None:
    settings.GATEWAYS = settings.GATEWAYS | {"cellulant": settings.GATEWAYS["cellulant"] | {"base_url": url} | more}


@pytest.fixture
def tingg(settings: Any) -> Iterator[Saying]:
    with saying() as gateway:
        point_at(settings, gateway.url)
        gateway.says[LOGIN] = (200, b'{"access_token":"sample","expires_in":"3600"}')
        yield gateway


def said(code: Any, words: str = "", results: Any = None) -> tuple[int, bytes]:
    return 200, json.dumps({"status": {"status_code": code, "status_description": words}, "results": results}).encode()


def test_a_checkout_is_asked_for_in_major_units_under_our_reference(tingg: Saying):
    tingg.says[CREATE] = said(200, "ok", {"short_url": "https://t.example/1", "long_url": "https://t.example/1?long"})
    reply = ADAPTER.charge(ASKED, ADAPTER.wire())
    (fact,) = reply.evidence
    assert (fact.status, fact.keys) == ("requires_action", (Key(OURS, "TG-1001"),))
    assert reply.payer_action == {"type": "redirect", "url": "https://t.example/1"}
    (heard,) = tingg.asked(CREATE)
    assert b'"request_amount":1000.00' in heard.body
    told = heard.json()
    assert (told["msisdn"], told["account_number"], told["country_code"]) == ("254708374149", "ACC_1001", "KEN")
    assert told["due_date"] == "2026-03-14 21:00:00"
    assert told["callback_url"].endswith("/webhooks/tingg/tingg-callback-token-of-tests")
    assert (heard.headers["authorization"], heard.headers["apikey"]) == ("Bearer sample", "sandbox-key")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (said(1017, "Invalid MSISDN"), "bad_phone"),
        (said(1027, "Invalid amount"), "amount_not_taken"),
        (said(1007, "Service code"), "refused"),
        (said(422, "Unprocessable"), "refused"),
    ],
)
def test_an_error_in_the_body_of_a_200_fails_the_payment(tingg: Saying, answer: tuple[int, bytes], reason: str):
    tingg.says[CREATE] = answer
    (fact,) = ADAPTER.charge(ASKED, ADAPTER.wire()).evidence
    assert (fact.status, fact.reason) == ("failed", reason)


@pytest.mark.parametrize(("details", "reason"), [({"phone_number": "no phone"}, "bad_phone"), ({}, "phone_needed")])
def test_without_a_phone_nothing_is_asked(tingg: Saying, settings: Any, details: dict[str, str], reason: str):
    point_at(settings, tingg.url, payer_msisdn="")
    (fact,) = ADAPTER.charge(replace(ASKED, details=details), ADAPTER.wire()).evidence
    assert (fact.status, fact.reason) == ("failed", reason)
    assert not tingg.heard


@pytest.mark.parametrize("answer", [(500, b"{}"), (502, b"<html>"), (200, b"<html>"), (200, b"{}"), said(500, "Internal error")])
def test_what_cannot_be_read_is_unknown_and_never_a_failure(tingg: Saying, answer: tuple[int, bytes]):
    tingg.says[CREATE] = tingg.says[QUERY] = tingg.says[ACKNOWLEDGE] = answer
    for ask in (ADAPTER.charge, ADAPTER.query, ADAPTER.acknowledge):
        with pytest.raises(OutcomeUnknown):
            ask(ASKED, ADAPTER.wire())


def test_without_a_login_nothing_was_done(tingg: Saying):
    for answer, error in [((401, b"{}"), Misconfigured), ((500, b"{}"), NotSent), ((200, b"{}"), NotSent)]:
        tingg.says[LOGIN] = answer
        with pytest.raises(error):
            ADAPTER.charge(ASKED, ADAPTER.wire())
    assert not tingg.asked(CREATE)


def test_a_bearer_that_is_turned_down_is_renewed_once(tingg: Saying):
    tingg.says[LOGIN] = [(200, b'{"access_token":"a","expires_in":3600}'), (200, b'{"access_token":"b","expires_in":3600}')]
    tingg.says[QUERY] = [(401, b"{}"), said(1001, "Request not found")]
    assert ADAPTER.query(ASKED, ADAPTER.wire()).evidence == ()
    assert [heard.headers["authorization"] for heard in tingg.asked(QUERY)] == ["Bearer a", "Bearer b"]
    tingg.says[QUERY] = (401, b"{}")
    with pytest.raises(NotSent):
        ADAPTER.query(ASKED, ADAPTER.wire())


def test_an_acknowledgement_that_is_not_taken_may_be_sent_again(tingg: Saying):
    tingg.says[ACKNOWLEDGE] = said(1007, "Request is not fully paid")
    with pytest.raises(NotSent):
        ADAPTER.acknowledge(ASKED, ADAPTER.wire())
    tingg.says[ACKNOWLEDGE] = said(1007, "Request is already acknowledged")
    assert ADAPTER.acknowledge(ASKED, ADAPTER.wire()).evidence == ()


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any) -> Iterator[FarSide]:
    with django_db_blocker.unblock(), far_side(tmp_path_factory.mktemp("far") / "far.log") as side:
        yield side
        pool(f"{side.url}/tingg").close()


@pytest.fixture
def at_far(far: FarSide, settings: Any) -> FarSide:
    point_at(settings, f"{far.url}/tingg")
    return far


def paid(far: FarSide, ours: str) -> list[int]:
    return [row["amount_minor"] for row in far.paid() if row["ours"] == ours]


@pytest.mark.stack
@pytest.mark.parametrize(
    ("ending", "status", "amounts"),
    [
        ("149", "succeeded", [100_000]),
        ("001", "succeeded", [100_000]),
        ("002", "expired", []),
        ("003", "requires_action", []),
        ("004", "succeeded", [50_000]),
        ("005", "succeeded", [150_000]),
        ("006", "succeeded", [50_000, 50_000]),
        ("007", "succeeded", [100_000]),
    ],
)
def test_each_payer_does_as_the_table_says(at_far: FarSide, ending: str, status: str, amounts: list[int]):
    asked = replace(ASKED, our_reference=f"pay_{ending}", details={"phone_number": f"254708374{ending}"})
    ADAPTER.charge(asked, ADAPTER.wire())
    at_far.fall_quiet()
    facts = ADAPTER.query(asked, ADAPTER.wire()).evidence
    assert {fact.status for fact in facts} == {status}
    assert [fact.amount_minor for fact in facts if fact.movement] == amounts == paid(at_far, asked.our_reference)
    assert len({fact.movement for fact in facts}) == len(facts), "each row is a movement of its own"


@pytest.mark.stack
def test_it_takes_our_word_once_and_only_for_what_is_paid_in_full(at_far: FarSide, settings: Any):
    silent, good = (
        replace(ASKED, our_reference=f"pay_word_{who}", details={"phone_number": f"254708374{who}"}) for who in ("003", "149")
    )
    for asked in (silent, good):
        ADAPTER.charge(asked, ADAPTER.wire())
    at_far.fall_quiet()
    with pytest.raises(NotSent):
        ADAPTER.acknowledge(silent, ADAPTER.wire())
    for _ in range(2):
        ADAPTER.acknowledge(good, ADAPTER.wire())
    (fact,) = ADAPTER.query(good, ADAPTER.wire()).evidence
    assert fact.status == "succeeded", "183 is as paid as 178"
    assert ADAPTER.query(replace(ASKED, our_reference="pay_unheard"), ADAPTER.wire()).evidence == ()
    assert "Tingg takes our credentials" in ADAPTER.check(ADAPTER.wire())
    point_at(settings, f"{at_far.url}/tingg", client_secret="another")
    with pytest.raises(Misconfigured):
        ADAPTER.check(ADAPTER.wire())


@pytest.mark.stack
def test_a_create_that_was_not_answered_is_found_by_asking_and_charged_once(at_far: FarSide):
    asked = replace(ASKED, our_reference="pay_broken")
    again = charged_again_after_silence(at_far, ADAPTER, asked)
    assert again.status in {"requires_action", "succeeded"}, "the second is refused as a duplicate, and asked about"
    assert paid(at_far, "pay_broken") == [100_000]
