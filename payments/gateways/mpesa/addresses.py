"""Where Daraja is to call: below a secret token, and for each prompt at a door of its own.

Daraja never repeats our reference. Where its answer to a request is lost, or comes after the callback, nothing but the address
tells which prompt a callback is about. It is proof, too: nobody but us can make one. All of it is hexadecimal, because Daraja
refuses addresses in which it finds words like `exe`.
"""

import hmac
from uuid import UUID

from django.conf import settings

from core.crypto import keyed_digest
from payments.errors import Misconfigured
from payments.gateways.mpesa.names import NAME


def callback_url(door: str) -> str:
    """The address of a door. Raises Misconfigured without the token that makes it a secret."""
    token = settings.GATEWAYS[NAME]["callback_token"]
    if not token:
        raise Misconfigured("DARAJA_CALLBACK_TOKEN is not set: Daraja's callbacks would have no address.")
    return f"{settings.PUBLIC_URL}/webhooks/daraja/{token}/{door}"


def door_of_prompt(payment_id: str) -> str:
    """`stk/<payment>/<proof>`."""
    payment = UUID(payment_id).hex
    return f"stk/{payment}/{_proof(payment)}"


def is_proven(payment: str, proof: str) -> bool:
    """Have we told this address to anybody?"""
    return hmac.compare_digest(_proof(payment).encode(), proof.encode())


def _proof(payment: str) -> str:
    return keyed_digest("daraja_callback", payment).hex()[:32]
