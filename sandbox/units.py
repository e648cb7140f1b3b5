from decimal import Decimal, InvalidOperation


class NoAmount(ValueError):
    """The text is no positive amount of major units with at most two decimals."""


def cents(text: str) -> int:
    """`50000.00` as 5000000. Raises NoAmount."""
    try:
        minor = Decimal(text) * 100
        if 0 < minor < 10**15 and minor == int(minor):
            return int(minor)
    except (InvalidOperation, ValueError, OverflowError):
        pass
    raise NoAmount(f"{text!r} is no amount in major units.")
