"""docs/screenshots/: every page of the back office on a desk and on a phone, and some by night. `make pictures` takes them of the
system that `make run` has started, as its officer and its approver see it, and adds what a fresh demo lacks.
"""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from tests.browser.conftest import CHROMIUM, QUIET

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
WIDTHS = {"": 1440, "-phone": 390}
TALLEST = {"": 2000, "-phone": 2600}
"""A page that is longer is cut off there."""
LONG = {"transfers", "transfers-recorded-up-to", "account", "account-as-of", "payments"}
AT_MOST = 1400
"""Where these lists are cut off on a desk: their pictures would be too large otherwise."""
BY_NIGHT = {
    "overview", "exceptions", "exception", "payment", "approval", "allocate", "transfers", "scheduled-tasks",
    "sign-in", "sign-in-code-wrong", "sign-in-enroll", "charge-fee-wrong", "failed",
}  # fmt: skip
_COLOURS = (256, 96, 48)
_LARGEST = 150 * 1024


Window = tuple[str, str, bool]
"""Who looks, the size, and whether by night."""


def _nothing(page: Any) -> None:
    """Most pages are shown as they come."""


class Shot(NamedTuple):
    """A file's name, without what tells the width and the colours; who looks, and at what; and what they do there first.

    `before` gets Playwright's page. It asks the database nothing, and is done once for every width and colour.
    """

    name: str
    role: str
    address: str
    before: Callable[[Any], None] = _nothing


def take(*asked: str) -> None:
    """All of them, or those that are named. `every-night` takes each by night as well, `into=…` puts them elsewhere."""
    from tests.browser.lookers import furnish_people, session_of
    from tests.browser.sights import furnish, sights

    furnish_people()
    furnish()
    shots = list(sights())
    named = {word for word in asked if word != "every-night" and not word.startswith("into=")}
    folder = next((Path(word[5:]) for word in asked if word.startswith("into=")), FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    base = f"http://127.0.0.1:{os.environ.get('PORT') or 8000}"
    wanted = [(shot, windows_of(shot, every_night="every-night" in asked)) for shot in shots if not named or shot.name in named]
    # Each window has a session of its own: what is done in one of them may end it.
    sessions = {window: session_of(window[0]) for _, windows in wanted for window in windows}
    # Playwright runs a loop in this thread, and Django allows no query beside one: all that is read was read above.
    for name, picture in _shoot(wanted, sessions, base):
        (folder / f"{name}.png").write_bytes(_small(picture))
        sys.stdout.write(f"{name}\n")


def windows_of(shot: Shot, *, every_night: bool) -> list[Window]:
    """The windows in which it is taken."""
    nights = (False, True) if every_night or shot.name in BY_NIGHT else (False,)
    return [(shot.role, size, night) for size in WIDTHS for night in nights]


def _shoot(wanted: Iterable[tuple[Shot, list[Window]]], sessions: dict[Window, str], base: str) -> Iterator[tuple[str, bytes]]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        pages: dict[Window, Any] = {}
        for shot, windows in wanted:
            for window in windows:
                _, size, night = window
                width = WIDTHS[size]
                pages[window] = page = pages.get(window) or _window(browser, sessions[window], base, width, night=night)
                page.set_viewport_size({"width": width, "height": 900})
                page.goto(base + shot.address)
                shot.before(page)
                yield f"{shot.name}{size}{'-dark' if night else ''}", _picture(page, width, _tallest(shot, size))
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


def _tallest(shot: Shot, size: str) -> int:
    return AT_MOST if shot.name in LONG and not size else TALLEST[size]


def _small(picture: bytes) -> bytes:
    """A third of the size by a palette, a smaller one for a long list, where Pillow is at hand; nothing else here needs it."""
    try:
        from PIL import Image
    except ImportError:
        return picture
    image = Image.open(BytesIO(picture)).convert("RGB")
    smallest = picture
    for colours in _COLOURS:
        small = BytesIO()
        image.quantize(colours, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
        smallest = min(smallest, small.getvalue(), key=len)
        if len(smallest) < _LARGEST:
            break
    return smallest
