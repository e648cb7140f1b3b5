"""Words from outside, made fit to be kept and shown: what a sender chose to put there is no excuse for an error of ours."""

from core.card_numbers import without_card_numbers


def fit(text: str) -> str:
    """Without NUL and lone surrogates, which neither PostgreSQL nor UTF-8 holds, and without card numbers."""
    return without_card_numbers(text.replace("\0", "\N{SYMBOL FOR NULL}").encode("utf-8", "replace").decode())
