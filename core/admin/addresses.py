"""Where a thing has its page. Apps on higher floors say so here, so that lower ones can link up without importing them.

A thing is named as everywhere else in the house: `pay_01jn…` by its public id, `student:S004` by its owner's text.
"""

from functools import cache
from urllib.parse import quote

from django.urls import reverse
from django.utils.safestring import SafeString

from core.admin import shown

_PAGES: dict[str, str] = {}
_ADDRESS = "0"
_AS_IT_IS = "!$&'()*+,;=/~:@"
"""What a path may hold beside letters and digits, as Django's `reverse` leaves it."""


def has_page(word: str, model_name: str) -> None:
    """`word` is the prefix of a public id or of an owner, `model_name` as in `payments_payment`."""
    _PAGES[word] = model_name


def address_of(name: str) -> str:
    """The URL of the page about `name`, "" when it has none."""
    word, colon, identity = name.partition(":")
    if colon:
        return page_url(_PAGES[word], identity) if word in _PAGES and identity else ""
    model_name = model_of(name)
    return page_url(model_name, name) if model_name else ""


def model_of(public_id: str) -> str:
    """What a thing with this public id would be, as in `payments_payment`; "" when such things have no page."""
    return _PAGES.get(public_id.rpartition("_")[0], "")


def link_to(name: str, label: str = "") -> SafeString:
    """`name` itself, or `label`, as a link when there is a page about it."""
    url = address_of(name)
    return shown.link(url, label or name) if url else shown.code(label or name)


def page_url(model_name: str, address: str) -> str:
    """The URL of one object's page; `model_name` as in `payments_payment`."""
    before, after = _around(model_name)
    return before + quote(address, safe=_AS_IT_IS) + after


@cache
def _around(model_name: str) -> list[str]:
    """The URL of every page of a model, around the address. A list of fifty rows has a hundred of them to spell."""
    return reverse(f"admin:{model_name}_change", args=[_ADDRESS]).rsplit(_ADDRESS, 1)
