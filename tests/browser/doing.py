"""What is done on a page before its picture is taken: fields filled, forms sent, menus opened."""

import time
from base64 import b32decode
from collections.abc import Callable
from typing import Any

from django_otp.oath import TOTP

STRANGER = "somebody@bursar.example"
_TRIES = 12
"""More than the door lets one make."""


def give_wrong_password(page: Any) -> None:
    page.get_by_label("Email").fill("newcomer@bursar.example")
    page.get_by_label("Password").fill("not this one")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("alert").wait_for()


def try_too_often(page: Any) -> None:
    """Nobody's account, so nobody is locked out."""
    locked = page.get_by_role("heading", name="Too many attempts")
    for _ in range(_TRIES):
        if locked.count():
            break
        page.get_by_label("Email").fill(STRANGER)
        page.get_by_label("Password").fill("a guess")
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("alert").wait_for()
    locked.wait_for()


def give_wrong_code(page: Any) -> None:
    page.get_by_label("Six-digit code").fill("000000")
    page.keyboard.press("Enter")
    page.get_by_text("That ").first.wait_for()


def set_up_authenticator(page: Any) -> None:
    totp = TOTP(b32decode(page.locator(".bo-key").text_content().replace(" ", "")))
    totp.time = time.time()
    page.get_by_label("Six-digit code").fill(f"{totp.token():06d}")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Your recovery codes").wait_for()


def unfold_key(page: Any) -> None:
    page.get_by_text("Scanning does not work").click()


def leave(page: Any) -> None:
    page.evaluate("document.querySelector('form[action$=\"logout/\"]').submit()")
    page.get_by_role("heading", name="You are signed out").wait_for()


def send_empty(page: Any) -> None:
    """The page's last form, with nothing in it, which the browser itself would hold back."""
    with page.expect_navigation():
        page.evaluate("[...document.querySelectorAll('#content form[method=post]')].at(-1).submit()")


def press_key_for_search(page: Any) -> None:
    page.keyboard.press("Control+k")
    page.keyboard.type("ali")
    page.locator(".bo-found a").first.wait_for()


def open_menu(page: Any) -> None:
    """On a phone all of it; on a desk who is signed in."""
    if (button := page.get_by_role("button", name="Open the menu")).is_visible():
        button.click()
    page.get_by_role("button", name="Demo officer").click()


def unfold(summary: str) -> Callable[[Any], None]:
    """Unfolds what is under this summary."""

    def act(page: Any) -> None:
        page.locator("details > summary", has_text=summary).first.click()

    return act


def show(html: str) -> Callable[[Any], None]:
    """A page that nobody can ask for: what comes when the system fails."""

    def act(page: Any) -> None:
        page.set_content(html)

    return act
