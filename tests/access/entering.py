"""Someone at the sign-in page: a browser at an address, and a phone that shows codes."""

import re
import time
from base64 import b32decode
from html import unescape
from typing import Any

from django.test import Client
from django_otp.oath import TOTP

PASSWORD = "a password for the tests"
EMAIL = "grace@example.com"
LOGIN, CODE, ENROLL, OWN = "/admin/login/", "/admin/login/code/", "/admin/login/enroll/", "/admin/second-factor/"


class Visitor:
    """Types, scans and reads. What was scanned stays in the phone."""

    def __init__(self, address: str = "192.0.2.10") -> None:
        self.browser = Client(REMOTE_ADDR=address)
        self.key = b""
        self.paper: list[str] = []

    def password(self, email: str = EMAIL, password: str = PASSWORD, **more: str) -> Any:
        return self.browser.post(LOGIN, {"username": email, "password": password, **more})

    def scan(self) -> None:
        """Read the key from the page that sets up an authenticator."""
        self.key = key_on(self.browser.get(ENROLL))

    def code(self, steps: int = 0) -> str:
        """What the phone shows, or showed or will show some half minutes from now."""
        return code_of(self.key, steps)

    def enroll(self, steps: int = 0) -> Any:
        answer = self.browser.post(ENROLL, {"code": self.code(steps)})
        self.paper = re.findall(r"<li>([0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4})</li>", answer.content.decode())
        return answer

    def enter(self, code: str, **more: str) -> Any:
        return self.browser.post(CODE, {"code": code, **more})

    def settle_in(self) -> "Visitor":
        """All of a first sign-in. It takes the code of the half minute before, so that the present one is still good."""
        self.password()
        self.scan()
        self.enroll(-1)
        return self

    @property
    def inside(self) -> bool:
        return bool(self.browser.get("/admin/").status_code == 200)


def give_password(user: Any) -> None:
    user.set_password(PASSWORD)
    user.save(update_fields=["password"])


def code_of(key: bytes, steps: int = 0) -> str:
    totp = TOTP(key)
    totp.time = time.time() + 30 * steps
    return f"{totp.token():06d}"


def key_on(answer: Any) -> bytes:
    found = re.search(r'class="bo-key"[^>]*>([A-Z2-7 ]+)<', answer.content.decode())
    assert found, answer.status_code
    return b32decode(found[1].replace(" ", ""))


def words(answer: Any) -> str:
    """What a person reads on a page: no markup, no tokens."""
    body = re.sub(r"<(style|script|svg)\b.*?</\1>", " ", answer.content.decode(), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())
