"""How Daraja names things, as natural keys: a prompt by two ids at once, money by its receipt."""

from payments.evidence import Key, reference

NAME = "mpesa"
CHECKOUT = "checkout"
"""CheckoutRequestID: what a query asks about, and what a success without a receipt books under."""
PROMPT = "prompt"
"""MerchantRequestID and CheckoutRequestID together: nothing signs a callback, so it has to know both."""
MERCHANT_REQUEST = "merchant_request"
"""MerchantRequestID: the only name of ours that a transaction's status comes with."""
RECEIPT = "receipt"
"""MpesaReceiptNumber, TransID and ReceiptNo are one thing, unique over all of M-Pesa."""


def checkout(told: object) -> Key:
    """Raises Unsettleable for what can't be a CheckoutRequestID; so do the others of their own fields."""
    return Key(CHECKOUT, reference(told, "CheckoutRequestID"))


def merchant_request(told: object) -> Key:
    return Key(MERCHANT_REQUEST, reference(told, "MerchantRequestID"))


def prompt(merchant_request_id: object, checkout_request_id: object) -> Key:
    both = f"{merchant_request(merchant_request_id).reference} {checkout(checkout_request_id).reference}"
    return Key(PROMPT, reference(both, "MerchantRequestID and CheckoutRequestID"))


def receipt(told: object, field: str) -> Key:
    return Key(RECEIPT, reference(told, field))
