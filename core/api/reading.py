"""How our own API reads a body: one strict JSON object, of bounded size, whose every text PostgreSQL can hold."""

from typing import Any

from rest_framework.parsers import BaseParser

from core.card_numbers import refuse_card_numbers
from core.errors import BursarError, Invalid, Unreadable
from core.strict_json import NotStrict, read_object

MAX_BODY = 128 * 1024


class TooLarge(BursarError):
    """The body is larger than this operation reads."""

    code = "body_too_large"
    status = 413
    title = "Content too large"


class LengthRequired(BursarError):
    """A body needs a Content-Length: it is not read in chunks."""

    code = "length_required"
    status = 411
    title = "Length required"


class StrictJson(BaseParser):
    """Raises Unreadable (400) for what is no strict JSON object, TooLarge (413), CardNumberRefused (422), and Invalid (422) for a
    text that holds NUL or half a character.
    """

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> dict[str, Any]:
        raw = stream.read(MAX_BODY + 1)
        if len(raw) > MAX_BODY:
            raise TooLarge(f"The body may be {MAX_BODY // 1024} KiB at most.")
        try:
            body = read_object(raw, whole=True) if raw else {}
        except NotStrict as unreadable:
            raise Unreadable(f"The body must be one strict JSON object: {unreadable}.") from unreadable
        check_texts(body)
        refuse_card_numbers(body)
        return body


def check_texts(value: Any, at: str = "") -> None:
    """Raises Invalid for a text, however deep, that PostgreSQL can't hold or JSON can't repeat."""
    match value:
        case dict():
            for name, inner in value.items():
                if not _fits(name):
                    raise Invalid(fields={at or "non_field_errors": ["A name holds NUL or half a character."]})
                check_texts(inner, f"{at}.{name}" if at else name)
        case list():
            for index, inner in enumerate(value):
                check_texts(inner, f"{at}[{index}]")
        case str() if not _fits(value):
            raise Invalid(fields={at: ["A text may hold neither NUL nor half a character."]})


def _fits(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
