"""The official SDK and our own door check each other: what the one signs, the other verifies."""

import time
from datetime import UTC, datetime

import pytest
import stripe

from payments.gateways.stripe.signature import TOLERANCE_SECONDS, is_signed
from sandbox.signing.stripe import sign

OLD, NEW = "whsec_old_one", "whsec_new_one"
BODY = b'{"id":"evt_1","object":"event","type":"payment_intent.succeeded","data":{"object":{}},"livemode":false}'


def test_the_sdk_verifies_what_the_sandbox_signs():
    _, headers, raw = sign(BODY, {"webhook_secrets": [NEW, OLD]}, datetime.now(UTC))
    for secret in (OLD, NEW):
        event = stripe.Webhook.construct_event(raw, headers["Stripe-Signature"], secret)
        assert event.id == "evt_1"
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(raw, headers["Stripe-Signature"], "whsec_of_nobody")


def test_the_door_verifies_what_the_sdk_signs_with_any_secret_that_stands():
    now = int(time.time())
    for secret in (OLD, NEW):
        header = stripe.WebhookSignature.generate_signature_header(BODY.decode(), secret, now).encode()
        assert is_signed(header, BODY, [NEW, OLD], now)
        assert not is_signed(header, BODY, ["whsec_of_nobody"], now)
        assert not is_signed(header, BODY + b" ", [NEW, OLD], now)
        assert not is_signed(header, BODY, [], now)


def test_a_signature_is_good_for_five_minutes_either_way():
    header = stripe.WebhookSignature.generate_signature_header(BODY.decode(), NEW, 1_773_480_100).encode()
    for away, good in [(0, True), (TOLERANCE_SECONDS, True), (TOLERANCE_SECONDS + 1, False)]:
        assert is_signed(header, BODY, [NEW], 1_773_480_100 + away) is good
        assert is_signed(header, BODY, [NEW], 1_773_480_100 - away) is good


def test_only_v1_counts():
    header = stripe.WebhookSignature.generate_signature_header(BODY.decode(), NEW, 1_773_480_100).encode()
    assert not is_signed(header.replace(b"v1=", b"v0="), BODY, [NEW], 1_773_480_100)
