"""The page on which a payer confirms: 3-D Secure, or a wallet's own. The far side's end of `redirect`."""

from collections.abc import Awaitable, Callable
from html import escape

from sandbox.far.http import Reply, Request, Route, route

Answered = Callable[[str, bool], Awaitable[str | None]]
"""(id, confirmed) → where the payer goes next, None when there is nothing to confirm."""

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Confirm your payment</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<body style="font:1rem/1.5 system-ui;max-width:26rem;margin:4rem auto;padding:0 1rem">
<h1 style="font-size:1.4rem">Confirm your payment</h1>
<p>This is the sandbox playing your bank. Nothing is charged.</p>
<form method="post"><p>{name}</p>
<button name="answer" value="confirm">Confirm</button> <button name="answer" value="refuse">Refuse</button>
</form></body></html>"""
_HTML = {"content-type": "text/html; charset=utf-8"}


def url_of(request: Request, gateway: str, identity: str) -> str:
    """The page's address as whoever called us reaches us."""
    return f"http://{request.headers.get('host', '127.0.0.1')}/{gateway}/confirm/{identity}"


def pages(answered: Answered) -> list[Route]:
    async def show(request: Request) -> Reply:
        return Reply(200, _PAGE.format(name=escape(request.named["id"])).encode(), _HTML)

    async def take(request: Request) -> Reply:
        next_page = await answered(request.named["id"], request.form().get("answer") == "confirm")
        if next_page is None:
            return Reply(404, b"<p>There is nothing to confirm.</p>", _HTML)
        return Reply(303, b"", {"location": next_page or request.path})

    return [route("GET", "/confirm/(?P<id>[^/]+)", show), route("POST", "/confirm/(?P<id>[^/]+)", take)]
