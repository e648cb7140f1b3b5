"""A real Chromium. It runs in a thread of its own, because Playwright's loop and Django's database don't share one."""

import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or "/usr/bin/chromium"
QUIET = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip
PASSWORD = "a password for the tests"


@dataclass
class Seen:
    """What a page did that it should not: said in the console, asked of strangers, or had refused by its own policy."""

    base: str
    complaints: list[str] = field(default_factory=list)

    def watch(self, page: Any) -> None:
        page.on("console", lambda said: said.type in {"error", "warning"} and self.complaints.append(f"console: {said.text}"))
        page.on("pageerror", lambda raised: self.complaints.append(f"error: {raised}"))
        page.on("request", lambda asked: self._own(asked.url) or self.complaints.append(f"external: {asked.url}"))
        page.on("response", lambda got: got.status >= 400 and self.complaints.append(f"{got.status}: {got.url}"))

    def _own(self, url: str) -> bool:
        return url.startswith((self.base, "data:", "blob:"))


@pytest.fixture(autouse=True)
def _one_factor(settings: Any) -> None:
    """These tests are about what stands behind the door. Nobody waits half a second for a hash; tests/access has the real one."""
    settings.STAFF_SECOND_FACTOR = False
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Callable[..., Any]]:
    """Runs a function with a browser, in the browser's own thread."""
    if not os.access(CHROMIUM, os.X_OK):
        if os.environ.get("CI"):
            pytest.fail(f"CI needs a Chromium, and there is none at {CHROMIUM}.")
        pytest.skip(f"no Chromium at {CHROMIUM}; install Debian's package, or name one in CHROMIUM")
    hands = ThreadPoolExecutor(1)
    playwright, browser = hands.submit(_start).result(60)
    yield lambda act: hands.submit(act, browser).result(90)
    hands.submit(_stop, playwright, browser).result(30)
    hands.shutdown()


def _start() -> tuple[Any, Any]:
    from playwright.sync_api import sync_playwright

    playwright = sync_playwright().start()
    return playwright, playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)


def _stop(playwright: Any, browser: Any) -> None:
    browser.close()
    playwright.stop()


@pytest.fixture
def visit(chromium: Callable[..., Any], live_server: Any) -> Callable[..., Seen]:
    """Let `act(page, base)` use a fresh window of the given width and colours; what it did that it should not is returned."""

    def go(act: Callable[[Any, str], None], *, width: int = 1440, colors: str = "light") -> Seen:
        seen = Seen(live_server.url)

        def inside(browser: Any) -> None:
            context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=colors, reduced_motion="reduce")
            context.set_default_timeout(20_000)
            page = context.new_page()
            seen.watch(page)
            try:
                act(page, live_server.url)
            finally:
                context.close()

        chromium(inside)
        return seen

    return go
