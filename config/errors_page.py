"""`/docs/errors`: where the `type` of every refusal leads. docs/errors.md is what it says; a test holds that against the code."""

import re
from functools import cache
from http import HTTPStatus
from itertools import groupby
from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from config.methods import only_read

_ROW = re.compile(r"^\| `(\w+)` \| (\d{3}) \| (.+) \|$", re.MULTILINE)
_TABLE = re.compile(r"^\|.*\n?", re.MULTILINE)
_FENCE = re.compile(r"```\w*\n(.*)\n```", re.DOTALL)


class Code(NamedTuple):
    """One row of the table."""

    name: str
    status: int
    message: SafeString


@only_read
def errors_page(request: HttpRequest) -> HttpResponse:
    """Every code with an anchor of its own name. The page asks for nothing else: no script, no font, no picture."""
    response = HttpResponse(_page())
    response["Cache-Control"] = "public, max-age=300"
    return response


@cache
def _page() -> str:
    # What comes under the next heading speaks to staff.
    text = (settings.BASE_DIR / "docs" / "errors.md").read_text().partition("\n## ")[0]
    codes = [Code(name, int(status), _inline(message)) for name, status, message in _ROW.findall(text)]
    by_status = [
        (HTTPStatus(status), list(group))
        for status, group in groupby(sorted(codes, key=_by_status), key=lambda code: code.status)
    ]
    title, *paragraphs = re.split(r"\n{2,}", _TABLE.sub("", text).strip())
    shown = {"title": title.lstrip("# "), "paragraphs": [_block(paragraph) for paragraph in paragraphs], "by_status": by_status}
    return render_to_string("docs/errors.html", shown)


def _by_status(code: Code) -> tuple[int, str]:
    return code.status, code.name


def _block(paragraph: str) -> SafeString:
    """A paragraph of Markdown: what stands between fences as it is, the rest as prose."""
    if fenced := _FENCE.fullmatch(paragraph):
        return mark_safe(f"<pre><code>{escape(fenced[1])}</code></pre>")  # noqa: S308 - escaped
    return mark_safe(f"<p>{_inline(paragraph)}</p>")  # noqa: S308 - escaped


def _inline(text: str) -> SafeString:
    return mark_safe(re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text)))  # noqa: S308 - escaped
