from typing import NamedTuple


class Delivery(NamedTuple):
    """One POST that a gateway makes: where to, with which headers, and the exact bytes it signed."""

    path: str
    headers: dict[str, str]
    body: bytes
