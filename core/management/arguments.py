"""What may be typed behind the options of commands."""

from argparse import ArgumentTypeError

MOST_ROWS = 1_000_000


def row_count(text: str) -> int:
    """How many rows to print: 1 to MOST_ROWS."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if not 1 <= number <= MOST_ROWS:
        raise ArgumentTypeError(f"{text!r} is not a number of rows; write 1 to {MOST_ROWS}")
    return number
