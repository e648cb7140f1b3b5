"""A merchant with a key, and the gateways' tokens let in. Run inside Django, for a site; prints the key and its secret.

python -m bench.harness.shop
"""

import json

import django


def main() -> None:
    django.setup()
    from django.conf import settings

    from access.models import GatewayToken, Merchant, User
    from access.services.api_keys import issue_key
    from access.services.gateway_tokens import install_token

    owner = User.objects.create_user(email="bench@example.com", password=None)
    merchant = Merchant.objects.create(name="Bench", owner=owner, email=owner.email)
    issued = issue_key(holder=merchant, actor="system:bench", reason="A shop to be paid.")
    for gateway in ("cellulant", "mpesa"):
        install_token(gateway=gateway, kind=GatewayToken.Kind.PATH, token=settings.GATEWAYS[gateway]["callback_token"])
    print(json.dumps([issued.key.key_id, issued.secret]))


if __name__ == "__main__":
    main()
