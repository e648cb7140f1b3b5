"""docs/screenshots/: every page of the back office on a desk and on a phone, and some by night. `make pictures` takes them of the
system that `make run` has started, as its officer and its approver see it, and adds what a fresh demo lacks.
"""

import os
import sys
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from tests.browser.conftest import CHROMIUM, QUIET

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
WIDTHS = {"": 1440, "-phone": 390}
TALLEST = {"": 2000, "-phone": 2600}
"""A page that is longer is cut off there."""
BY_NIGHT = {"overview", "exceptions", "exception", "payment", "approval", "allocate", "transfers", "scheduled-tasks"}
_COLOURS = 256


class Shot(NamedTuple):
    """A file's name, without what tells the width and the colours; who looks, and at what."""

    name: str
    role: str
    address: str


def take(*asked: str) -> None:
    """All of them, or those that are named. `every-night` takes each by night as well, `into=…` puts them elsewhere."""
    from tests.browser.sights import furnish, sessions, sights

    furnish()
    who, shots = sessions(), list(sights())
    named = {word for word in asked if word != "every-night" and not word.startswith("into=")}
    folder = next((Path(word[5:]) for word in asked if word.startswith("into=")), FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    base = f"http://127.0.0.1:{os.environ.get('PORT') or 8000}"
    wanted = [shot for shot in shots if not named or shot.name in named]
    # Playwright runs a loop in this thread, and Django allows no query beside one: all that is read was read above.
    for name, picture in _shoot(wanted, who, base, every_night="every-night" in asked):
        (folder / f"{name}.png").write_bytes(_small(picture))
        sys.stdout.write(f"{name}\n")


def _shoot(shots: Iterable[Shot], who: dict[str, str], base: str, *, every_night: bool) -> Iterator[tuple[str, bytes]]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        pages = {}
        for shot in shots:
            for size, width in WIDTHS.items():
                for night in (False, True) if every_night or shot.name in BY_NIGHT else (False,):
                    key = (shot.role, size, night)
                    pages[key] = page = pages.get(key) or _window(browser, who.get(shot.role, ""), base, width, night=night)
                    page.set_viewport_size({"width": width, "height": 900})
                    page.goto(base + shot.address)
                    yield f"{shot.name}{size}{'-dark' if night else ''}", _picture(page, width, TALLEST[size])
        browser.close()


def _window(browser: Any, session: str, base: str, width: int, *, night: bool) -> Any:
    colours = "dark" if night else "light"
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=colours, reduced_motion="reduce")
    if session:
        context.add_cookies([{"name": "sessionid", "value": session, "url": base}])
    return context.new_page()


def _picture(page: Any, width: int, tallest: int) -> bytes:
    """In a window as tall as the page, so that what sticks to the window's ends does not lie across the middle."""
    page.wait_for_function("document.fonts.status === 'loaded'")
    height = min(tallest, max(900, page.evaluate("document.documentElement.scrollHeight")))
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_timeout(250)
    taken: bytes = page.screenshot(animations="disabled")
    return taken


def _small(picture: bytes) -> bytes:
    """A third of the size by a palette, where Pillow is at hand; nothing else here needs it."""
    try:
        from PIL import Image
    except ImportError:
        return picture
    small = BytesIO()
    image = Image.open(BytesIO(picture)).convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
    image.save(small, "PNG", optimize=True)
    return min(picture, small.getvalue(), key=len)
