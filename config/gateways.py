"""Where the gateways are and what we prove ourselves with, read once by the settings: `settings.GATEWAYS["mpesa"]["base_url"]`.

Outside production every gateway is the sandbox's far side unless a base URL says otherwise; in production there is no sandbox.
A list of secrets is several with commas between: the first signs, all of them verify, so that they rotate with overlap.
"""

from typing import Any

from config.env import Environment

# Where callbacks come from, by the allowlists that client libraries publish; Safaricom tells changes to its merchants.
_SAFARICOM = (
    "196.201.214.200,196.201.214.206,196.201.214.207,196.201.214.208,196.201.213.114,196.201.213.44,"
    "196.201.212.127,196.201.212.128,196.201.212.129,196.201.212.132,196.201.212.136,196.201.212.138,"
    "196.201.212.69,196.201.212.74"
)


def gateway_settings(env: Environment, *, production: bool) -> dict[str, dict[str, Any]]:
    """Settings by gateway name, each a plain dictionary."""
    sandbox = env.url("SANDBOX_URL", ("http", "https"), "http://127.0.0.1:8001")

    def credential(name: str, sandboxed: str) -> str:
        return env.text(name, "" if production else sandboxed)

    def base_url(name: str, path: str, live: str) -> str:
        return env.url(name, ("http", "https"), live if production else f"{sandbox}/{path}")

    return {
        "cellulant": {
            "base_url": base_url("TINGG_BASE_URL", "tingg", "https://api.tingg.africa"),
            "client_id": credential("TINGG_CLIENT_ID", "sandbox-client"),
            "client_secret": credential("TINGG_CLIENT_SECRET", "sandbox-secret"),
            "api_key": credential("TINGG_API_KEY", "sandbox-key"),
            "service_code": credential("TINGG_SERVICE_CODE", "BURSARDEV"),
            # Tingg insists on a number; what a payer without one is given is the school's own.
            "payer_msisdn": credential("TINGG_PAYER_MSISDN", "254700000000"),
            "callback_token": env.text("TINGG_CALLBACK_TOKEN", ""),
        },
        "mpesa": {
            "base_url": base_url("DARAJA_BASE_URL", "daraja", "https://api.safaricom.co.ke"),
            "consumer_key": credential("DARAJA_CONSUMER_KEY", "sandbox-key"),
            "consumer_secret": credential("DARAJA_CONSUMER_SECRET", "sandbox-secret"),
            "shortcode": credential("DARAJA_SHORTCODE", "174379"),
            "c2b_shortcode": env.text("DARAJA_C2B_SHORTCODE", env.text("DARAJA_SHORTCODE", "") if production else "600966"),
            "passkey": credential("DARAJA_PASSKEY", "sandbox-passkey"),
            "callback_token": env.text("DARAJA_CALLBACK_TOKEN", ""),
            "callback_addresses": env.words("DARAJA_CALLBACK_ADDRESSES", _SAFARICOM if production else ""),
        },
        "stripe": {
            "base_url": base_url("STRIPE_BASE_URL", "stripe", "https://api.stripe.com"),
            "secret_key": credential("STRIPE_SECRET_KEY", "sk_test_sandbox"),
            "webhook_secrets": env.words("STRIPE_WEBHOOK_SECRET", ""),
        },
        "monnify": {
            "base_url": base_url("MONNIFY_BASE_URL", "monnify", "https://api.monnify.com"),
            "api_key": credential("MONNIFY_API_KEY", "MK_TEST_SANDBOX"),
            "secret_keys": env.words("MONNIFY_SECRET_KEY", ""),
            "contract_code": credential("MONNIFY_CONTRACT_CODE", "1234567890"),
            # Monnify insists on an address; what a payer without one is given gets its receipts.
            "payer_email": env.text("MONNIFY_PAYER_EMAIL", "fees@school.example"),
            "takes_mock_body": not production and env.flag("MONNIFY_TAKES_MOCK_BODY", default=False),
        },
        "upi": {
            "base_url": base_url("UPI_BASE_URL", "upi", "https://api.razorpay.com"),
            "key_id": credential("UPI_KEY_ID", "rzp_test_sandbox"),
            "key_secret": credential("UPI_KEY_SECRET", "sandbox-secret"),
            "webhook_secrets": env.words("UPI_WEBHOOK_SECRET", ""),
        },
        "bank": {
            "base_url": base_url("BANK_BASE_URL", "bank", "https://bank.invalid"),
            "webhook_secrets": env.words("BANK_WEBHOOK_SECRET", ""),
        },
    }
