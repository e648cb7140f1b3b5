"""`manage.py sign_webhook`: a file's bytes as a gateway would post them, to be tried with curl."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from sandbox.signing import bank, cellulant, monnify, mpesa, stripe, upi

Sign = Callable[[bytes, dict[str, Any], datetime], tuple[str, dict[str, str], bytes]]
SIGNERS: dict[str, Sign] = {
    "bank": bank.sign,
    "cellulant": cellulant.sign,
    "monnify": monnify.sign,
    "mpesa": mpesa.sign,
    "stripe": stripe.sign,
    "upi": upi.sign,
}


class Command(BaseCommand):
    help = "Print where a gateway would post this file's bytes, and the headers that prove it; the body follows the empty line."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the body, byte for byte")
        parser.add_argument("--gateway", choices=sorted(SIGNERS), required=True)
        parser.add_argument("--body", type=Path, help="write the signed body there instead of printing it")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            raw = options["file"].read_bytes()
        except OSError as unreadable:
            raise CommandError(str(unreadable)) from unreadable
        gateway = options["gateway"]
        secrets = settings.GATEWAYS[gateway] | {"bearer_token": settings.CELLULANT_BEARER_TOKEN}
        try:
            path, headers, body = SIGNERS[gateway](raw, secrets, datetime.now(UTC))
        except IndexError:
            raise CommandError(f"No secret of {gateway} is configured.") from None
        except ValueError as unreadable:
            raise CommandError(f"{gateway} signs only what it can read: {unreadable}") from unreadable
        self.stdout.write(f"POST {path}")
        for name, value in headers.items():
            self.stdout.write(f"{name}: {value}")
        if options["body"]:
            options["body"].write_bytes(body)
            return
        self.stdout.write("")
        self.stdout.flush()
        sys.stdout.buffer.write(body)
