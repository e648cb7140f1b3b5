"""Stripe's and the Indian gateway's far side, asked by our adapters: cards behind tokens, payers who confirm, callbacks."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from django.db import transaction
from django.utils import timezone

from core.models import InboundOutcome
from ledger import chart
from ledger.models import Account
from ledger.services.balances import balance
from payments.errors import GatewayCannot, Misconfigured, OutcomeUnknown
from payments.evidence import Key
from payments.gateways.kept import CardRefused
from payments.gateways.outbound import OURS, Asked, Reply
from payments.gateways.registry import outbound
from payments.gateways.stripe.client import session
from payments.gateways.stripe.outbound import Outbound as Stripe
from payments.gateways.wire import Wire, pool
from payments.models import Payment
from payments.routing import fill
from payments.services.keeping import keep_card
from payments.services.saving import SavedAlready
from payments.services.settling import settle
from tests.cast import decide_all, owes
from tests.gateways.asked import payment_of
from tests.gateways.far import FarSide, far_side
from tests.servers import server

pytestmark = pytest.mark.stack
CURRENCY = {"stripe": "KES", "upi": "INR"}
GOOD = "4242424242424242"


def pointed_at(settings: Any, far: FarSide) -> None:
    addresses = {name: {"base_url": f"{far.url}/{name}"} for name in CURRENCY}
    settings.GATEWAYS = settings.GATEWAYS | {name: settings.GATEWAYS[name] | addresses[name] for name in CURRENCY}


def hang_up(far: FarSide) -> None:
    """Close the connections that this process keeps to it."""
    pool(f"{far.url}/upi").close()
    session(f"{far.url}/stripe").close()


@pytest.fixture(scope="module")
def one_far_side(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FarSide]:
    with far_side(tmp_path_factory.mktemp("far") / "far.log") as far:
        yield far
        hang_up(far)


@pytest.fixture
def far(one_far_side: FarSide, settings: Any) -> FarSide:
    pointed_at(settings, one_far_side)
    return one_far_side


def token(far: FarSide, gateway: str, number: str, **card: str) -> httpx2.Response:
    form = {"card[number]": number, "card[exp_month]": "12", "card[exp_year]": "2031", "card[cvc]": "123"} | card
    return httpx2.post(f"{far.url}/{gateway}/v1/tokens", data=form, timeout=5)


def asked(gateway: str, reference: str, method: str = "card", amount_minor: int = 250_000, **details: str) -> Asked:
    return Asked(
        payment_id="019e0000-0000-7000-8000-000000000001",
        our_reference=reference,
        number=1,
        method=method,
        amount_minor=amount_minor,
        currency=CURRENCY[gateway],
        bill_reference="S004",
        description="Fees",
        details=details,
        requested_at=timezone.now(),
        expires_at=timezone.now() + timedelta(minutes=30),
    )


def by_card(far: FarSide, gateway: str, word: str, number: str) -> Asked:
    return asked(gateway, f"{word}_{gateway}", card_token=token(far, gateway, number).json()["id"])


def charge(gateway: str, wanted: Asked, seconds: float = 10) -> Reply:
    return outbound(gateway).charge(wanted, Wire(gateway, outbound(gateway).wire().base_url, answer_seconds=seconds))


def query(gateway: str, wanted: Asked) -> Reply:
    return outbound(gateway).query(wanted, outbound(gateway).wire())


def state(reply: Reply) -> tuple[str, str]:
    (fact,) = reply.evidence
    return fact.status, fact.reason


def until(gateway: str, wanted: Asked, status: str, seconds: float = 10) -> Reply:
    """Ask until it stands so."""
    last = time.monotonic() + seconds
    while (reply := query(gateway, wanted)).evidence[-1].status != status:
        assert time.monotonic() < last, reply
        time.sleep(0.05)
    return reply


def test_a_token_says_what_may_be_seen_and_no_more(far: FarSide):
    answer = token(far, "stripe", "4111 1111 1111 1111")
    assert answer.json()["card"] == {"brand": "visa", "last4": "1111", "exp_month": 12, "exp_year": 2031}
    assert "4111111111111111" not in answer.text
    assert answer.headers["access-control-allow-origin"] == "*"
    for card in (
        {"number": "4242424242424241"},
        {"number": GOOD, "card[exp_year]": "24"},
        {"number": GOOD, "card[exp_month]": "13"},
    ):
        assert token(far, "upi", **card).status_code == 402  # type: ignore[arg-type]


@pytest.mark.parametrize("gateway", CURRENCY)
@pytest.mark.parametrize(
    ("number", "stripe_says", "upi_says"),
    [
        (GOOD, ("succeeded", ""), ("pending", "")),
        ("4000000000000002", ("failed", "declined"), ("failed", "declined")),
        ("4000000000009995", ("failed", "insufficient_funds"), ("failed", "insufficient_funds")),
        ("4000000000009987", ("failed", "lost_card"), ("failed", "declined")),
        ("4000000000000069", ("failed", "expired_card"), ("failed", "expired_card")),
        ("4000000000000127", ("failed", "incorrect_cvc"), ("failed", "authentication_failed")),
        ("4000000000000119", ("failed", "processing_error"), ("failed", "bank_error")),
        ("4100280000070002", ("failed", "declined"), ("failed", "cancelled_by_payer")),
        ("4100280000090000", ("failed", "declined"), ("expired", "timed_out")),
        ("4000000000006017", ("pending", "processing"), ("pending", "")),
        ("4000002500003155", ("requires_action", ""), ("requires_action", "")),
    ],
)
def test_magic_cards(far: FarSide, gateway: str, number: str, stripe_says: tuple[str, str], upi_says: tuple[str, str]):
    wanted = by_card(far, gateway, f"pay_magic{number}", number)
    assert state(charge(gateway, wanted)) == (stripe_says if gateway == "stripe" else upi_says)
    if number == GOOD:
        until(gateway, wanted, "succeeded")
        paid = [paid for paid in far.paid() if paid["ours"] == wanted.our_reference]
        assert [(one["amount_minor"], one["currency"]) for one in paid] == [(250_000, CURRENCY[gateway])]
    elif number not in {"4000000000006017", "4000002500003155"}:
        # What the answer said, a question says again.
        assert query(gateway, wanted).evidence[-1].status == (stripe_says if gateway == "stripe" else upi_says)[0]


@pytest.mark.parametrize("gateway", CURRENCY)
def test_a_payer_confirms_on_the_page_or_refuses(far: FarSide, gateway: str):
    for answer, status, reason in [("confirm", "succeeded", ""), ("refuse", "failed", "authentication_failed")]:
        wanted = by_card(far, gateway, f"pay_3ds{answer}", "4000002500003155")
        reply = charge(gateway, wanted)
        assert reply.payer_action["type"] == "redirect"
        page = reply.payer_action["url"]
        assert "Confirm" in httpx2.get(page, timeout=5).text
        assert query(gateway, wanted).evidence[-1].movement is None
        assert httpx2.post(page, data={"answer": answer}, timeout=5).status_code == 303
        assert state(query(gateway, wanted)) == (status, reason)
        assert httpx2.post(page, data={"answer": "confirm"}, timeout=5).status_code == 404


@pytest.mark.parametrize("gateway", CURRENCY)
def test_payers_who_take_their_time(far: FarSide, gateway: str):
    until(gateway, _charged(far, gateway, "pay_later", "4000002760003184"), "succeeded")
    assert state(until(gateway, _charged(far, gateway, "pay_poor", "4000008260003178"), "failed")) == (
        "failed",
        "insufficient_funds",
    )
    until(gateway, _charged(far, gateway, "pay_slow", "4000000000006009"), "succeeded")


def _charged(far: FarSide, gateway: str, reference: str, number: str) -> Asked:
    wanted = by_card(far, gateway, reference, number)
    charge(gateway, wanted)
    return wanted


@pytest.mark.parametrize("gateway", CURRENCY)
def test_what_is_authorized_is_taken_when_we_say_so(far: FarSide, gateway: str):
    wanted = replace(by_card(far, gateway, "pay_promised", GOOD), capture="manual")
    charge(gateway, wanted)
    assert query(gateway, wanted).evidence[-1].status == "authorized"
    assert not [paid for paid in far.paid() if paid["ours"] == wanted.our_reference]
    known = replace(wanted, keys=query(gateway, wanted).evidence[0].keys)
    assert state(outbound(gateway).capture(known, 250_000, outbound(gateway).wire())) == ("succeeded", "")
    # Once more is a question: it is taken.
    assert state(outbound(gateway).capture(wanted, 250_000, outbound(gateway).wire())) == ("succeeded", "")
    assert len([paid for paid in far.paid() if paid["ours"] == wanted.our_reference]) == 1


def test_what_is_authorized_may_be_given_up(far: FarSide):
    wanted = replace(by_card(far, "stripe", "pay_dropped", GOOD), capture="manual")
    charge("stripe", wanted)
    assert state(Stripe().cancel(wanted, Stripe().wire())) == ("voided", "requested_by_customer")
    assert state(Stripe().cancel(wanted, Stripe().wire())) == ("voided", "requested_by_customer")
    with pytest.raises(GatewayCannot):
        outbound("upi").cancel(wanted, outbound("upi").wire())


@pytest.mark.parametrize("gateway", CURRENCY)
def test_an_answer_that_never_comes_is_unknown_and_found_by_our_reference(far: FarSide, gateway: str):
    wanted = by_card(far, gateway, "pay_silent", "4000000000006025")
    before = far.calls(gateway, "charge")
    with pytest.raises(OutcomeUnknown):
        charge(gateway, wanted, seconds=1.0)
    assert state(query(gateway, wanted)) == ("succeeded", "")
    assert far.calls(gateway, "charge") == before + 1


@pytest.mark.parametrize("gateway", CURRENCY)
def test_whatever_breaks_nobody_is_charged_twice(far: FarSide, gateway: str):
    before = far.calls(gateway, "charge")
    wanted = [by_card(far, gateway, f"pay_broken{number}", GOOD) for number in range(8)]
    far.turn(errors=0.6)
    told: list[str] = []
    for one in wanted:
        try:
            told.append(charge(gateway, one).evidence[0].status)
        except Exception as lost:  # noqa: BLE001 - whatever was raised, the truth is looked up below
            told.append(type(lost).__name__)
    far.turn(errors=0)
    assert set(told) <= {"succeeded", "pending", "OutcomeUnknown", "NotSent"}
    assert far.calls(gateway, "charge") <= before + len(wanted)
    for one, said in zip(wanted, told, strict=True):
        found = query(gateway, one).evidence
        really = [paid for paid in far.paid() if paid["ours"] == one.our_reference]
        assert len(found) == len(really) == len({paid["reference"] for paid in really}) <= 1
        assert really or said in {"OutcomeUnknown", "NotSent"}


@pytest.mark.parametrize("gateway", CURRENCY)
def test_a_wrong_key_is_told_to_somebody(far: FarSide, gateway: str, settings: Any):
    wanted = by_card(far, gateway, "pay_keyless", GOOD)
    wrong = {"secret_key": "sk_test_wrong", "key_secret": "wrong"}
    settings.GATEWAYS = settings.GATEWAYS | {gateway: settings.GATEWAYS[gateway] | wrong}
    with pytest.raises(Misconfigured):
        charge(gateway, wanted)
    with pytest.raises(Misconfigured):
        outbound(gateway).check(outbound(gateway).wire())


@pytest.mark.parametrize("gateway", CURRENCY)
def test_credentials_are_accepted(far: FarSide, gateway: str):
    assert "takes our key" in outbound(gateway).check(outbound(gateway).wire())


@pytest.mark.parametrize(
    ("name", "at_first", "in_the_end", "reason"),
    [
        ("success", "requires_action", "succeeded", ""),
        ("asha.rao", "requires_action", "succeeded", ""),
        ("failure", "requires_action", "failed", "declined"),
        ("cancel", "requires_action", "failed", "cancelled_by_payer"),
        ("nofunds", "requires_action", "failed", "insufficient_funds"),
        ("expired", "requires_action", "expired", "request_expired"),
        ("timeout", "requires_action", "expired", "timed_out"),
        ("bank", "requires_action", "failed", "bank_error"),
        ("fails_first", "requires_action", "succeeded", ""),
        ("deemed", "requires_action", "succeeded", ""),
        ("silent", "requires_action", "pending", ""),
        ("invalid", "failed", "", "invalid_vpa"),
    ],
)
def test_magic_addresses(far: FarSide, name: str, at_first: str, in_the_end: str, reason: str):
    wanted = asked("upi", f"pay_vpa{name}", "upi", vpa=f"{name}@razorpay")
    reply = charge("upi", wanted)
    assert reply.evidence[0].status == at_first
    if in_the_end:
        assert reply.payer_action == {"type": "prompt"}
        assert state(until("upi", wanted, in_the_end)) == (in_the_end, reason)
    else:
        assert state(reply) == ("failed", reason)


def test_a_link_is_the_default_and_is_shown_as_it_came(far: FarSide):
    wanted = asked("upi", "pay_link", "upi", amount_minor=50_005)
    action = charge("upi", wanted).payer_action
    assert action["type"] == "upi_intent"
    assert action["url"].startswith("upi://pay?")
    assert "am=500.05&cu=INR" in action["qr"]
    assert state(until("upi", wanted, "succeeded")) == ("succeeded", "")


def test_what_the_indian_gateway_does_not_take_is_refused_with_a_word(far: FarSide):
    for wanted, reason in [
        (asked("upi", "pay_little", "upi", amount_minor=99), "amount_too_small"),
        (replace(asked("upi", "pay_dollars", "upi"), currency="USD"), "currency_not_taken"),
        (asked("upi", "pay_odd", "bank_transfer"), "method_not_taken"),
        (asked("upi", "pay_nocard", "card", card_token="tok_of_nobody"), "unknown_token"),
    ]:
        assert state(charge("upi", wanted)) == ("failed", reason)
    assert query("upi", asked("upi", "pay_nobody_knows")).evidence == ()


def test_bank_transfers_and_wallets_at_stripe(far: FarSide):
    wanted = replace(asked("stripe", "pay_iban", "bank_transfer"), currency="EUR")
    action = charge("stripe", wanted).payer_action
    assert (action["type"], action["amount_minor"], action["accounts"][0]["kind"]) == ("bank_transfer", 250_000, "iban")
    assert until("stripe", wanted, "succeeded").evidence[0].method == "bank_transfer"
    wanted = asked("stripe", "pay_alipay", "alipay")
    page = charge("stripe", wanted).payer_action["url"]
    httpx2.post(page, data={"answer": "confirm"}, timeout=5)
    assert state(query("stripe", wanted)) == ("succeeded", "")


@pytest.mark.django_db
def test_a_card_is_kept_and_charged_again(far: FarSide):
    fill()
    kept = keep_card(owner="user:joan", card_token=token(far, "stripe", GOOD).json()["id"], currency="KES")
    assert (kept.gateway, kept.brand, kept.last4, kept.exp_month, kept.exp_year) == ("stripe", "visa", "4242", 12, 2031)
    assert kept.token.startswith("pm_")
    for reference in ("pay_again1", "pay_again2"):
        assert state(charge("stripe", asked("stripe", reference, card_token=kept.token))) == ("succeeded", "")
    sly = keep_card(owner="user:joan", card_token=token(far, "stripe", "4000000000000341").json()["id"], currency="KES")
    assert state(charge("stripe", asked("stripe", "pay_sly", card_token=sly.token))) == ("failed", "declined")


@pytest.mark.django_db
def test_a_card_that_cannot_be_kept_is_refused_by_name(far: FarSide):
    fill()
    for number, reason in [("4000000000000002", "declined"), ("4000000000009995", "insufficient_funds")]:
        with pytest.raises(CardRefused) as refused:
            keep_card(owner="user:joan", card_token=token(far, "stripe", number).json()["id"], currency="KES")
        assert refused.value.reason == reason
    with pytest.raises(CardRefused):
        keep_card(owner="user:joan", card_token="tok_of_nobody", currency="KES")
    with pytest.raises(GatewayCannot):
        keep_card(owner="user:joan", card_token="tok_visa", currency="INR")
    again = token(far, "stripe", GOOD).json()["id"]
    keep_card(owner="user:joan", card_token=again, currency="KES")
    with pytest.raises(SavedAlready):  # the same token is the same card at Stripe, and here
        keep_card(owner="user:joan", card_token=again, currency="KES")


class School:
    """A product that is told, and a far side that tells it."""

    def __init__(self, far: FarSide) -> None:
        self.far = far

    def pays(self, gateway: str) -> Payment:
        account = chart.student("S004", CURRENCY[gateway])
        if not Account.objects.filter(code=account).exists():
            owes("S004", 50_000, CURRENCY[gateway])
        payment = payment_of(gateway, 250_000, CURRENCY[gateway], account=account)
        reply = charge(gateway, asked(gateway, payment.reference, card_token=token(self.far, gateway, GOOD).json()["id"]))
        (fact,) = reply.evidence
        if fact.movement is None:
            with transaction.atomic():
                settle(reply.evidence)
        return payment

    def hears(self) -> list[tuple[str, str]]:
        self.far.fall_quiet()
        decide_all()
        return list(InboundOutcome.objects.order_by("event_id").values_list("verdict", "reason"))


@pytest.fixture
def school(transactional_db: None, tmp_path: Path, settings: Any) -> Iterator[School]:
    with server(tmp_path / "server.log") as url, far_side(tmp_path / "far.log", tell=url) as far:
        pointed_at(settings, far)
        yield School(far)
        hang_up(far)


@pytest.mark.parametrize("gateway", CURRENCY)
def test_callbacks_settle_once_and_lies_are_put_aside(school: School, gateway: str):
    school.far.turn(duplicate=1)
    payment = school.pays(gateway)
    verdicts = school.hears()
    assert [verdict for verdict, _ in verdicts].count("settled") == 1
    assert len(verdicts) > 1
    payment.refresh_from_db()
    assert (payment.status, payment.received_minor) == ("succeeded", 250_000)
    school.far.turn(duplicate=0, wrong_amount=1)
    lied = school.pays(gateway)
    assert ("quarantined", "another_amount") in school.hears()
    lied.refresh_from_db()
    assert lied.received_minor == 0
    with transaction.atomic():
        settle(query(gateway, asked(gateway, lied.reference)).evidence)
    lied.refresh_from_db()
    assert (lied.status, lied.received_minor) == ("succeeded", 250_000)
    assert balance(chart.student("S004", CURRENCY[gateway])) == 5_000_000 - 500_000


@pytest.mark.parametrize("gateway", CURRENCY)
def test_a_lost_callback_is_found_by_asking(school: School, gateway: str):
    school.far.turn(lose=1)
    payment = school.pays(gateway)
    assert school.hears() == []
    reply = query(gateway, asked(gateway, payment.reference))
    assert reply.evidence[0].keys[0] == Key(OURS, payment.reference)
    for _ in range(2):
        with transaction.atomic():
            settle(reply.evidence)
    payment.refresh_from_db()
    assert (payment.status, payment.received_minor) == ("succeeded", 250_000)
