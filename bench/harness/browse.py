"""Somebody of the finance office opens pages, one after the other. Run inside Django, for a site; prints milliseconds as JSON.

python -m bench.harness.browse PAYMENTS VISITS SEED
"""

import json
import random
import sys
import time
from collections.abc import Callable
from urllib.parse import quote

import django

from bench.preload import amount_of, reference_of

MAIL = "reader@bench.example"


def main(payments: int, visits: int, seed: int) -> None:
    django.setup()
    from django.test import Client

    from access.models import User

    browser = Client(SERVER_NAME="127.0.0.1")
    reader = User.objects.filter(email=MAIL).first() or User.objects.create_superuser(MAIL, full_name="Rita Reader")
    browser.force_login(reader)
    chance = random.Random(seed)
    addresses = pages(chance, payments)
    print(json.dumps({name: [visit(browser, address) for _ in range(visits)] for name, address in addresses.items()}))


def pages(chance: random.Random, payments: int) -> dict[str, Callable[[], str]]:
    """What is opened, anew with each call: another payment, another amount, another student."""
    from bench.harness.school import name_of
    from core.ids import public_id
    from payments.models import NaturalKey
    from students.models import Student

    students = Student.objects.count()

    def receipt() -> str:
        return reference_of(chance.randrange(payments))

    def payment() -> str:
        key = NaturalKey.objects.get(gateway="cellulant", kind="transaction", reference=receipt())
        return f"/admin/payments/payment/{public_id('pay', key.payment_id)}/change/"

    def found(term: str) -> str:
        return f"/admin/payments/payment/?q={quote(term)}"

    return {
        "dashboard": lambda: "/admin/",
        "payments": lambda: "/admin/payments/payment/",
        "payments of the week, far back": lambda: f"/admin/payments/payment/?when=7&p=n.{_somewhere(chance)}",
        "search by receipt": lambda: found(receipt()),
        "search by amount": lambda: found(f"KES {amount_of(chance.randrange(payments)) / 100:,.2f}"),
        "search by name": lambda: found(f"Student {chance.randrange(students)}"),
        "search by student id": lambda: found(name_of(chance.randrange(students))),
        "search of everything": lambda: f"/admin/search/?s={receipt()[:-1]}x",
        "payment": payment,
    }


def visit(browser: object, address: Callable[[], str]) -> float:
    """Milliseconds of one page."""
    url = address()
    begun = time.perf_counter()
    answer = browser.get(url)  # type: ignore[attr-defined] # Django's test client, which is not imported before Django is set up
    taken = (time.perf_counter() - begun) * 1000
    # A search that finds one thing alone leads to its page.
    if answer.status_code != 200 and not (answer.status_code == 302 and "/change/" in answer.headers["Location"]):
        raise SystemExit(f"{url} answered {answer.status_code} {answer.headers.get('Location', '')}")
    return taken


def _somewhere(chance: random.Random) -> str:
    from datetime import UTC, datetime, timedelta

    from core.ids import lowest_id_at

    return str(lowest_id_at(datetime.now(UTC) - timedelta(days=chance.uniform(0, 6))))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))
