import pytest

from tests.ledger.cast import open_the_books


@pytest.fixture
def books(db: None) -> None:
    """Open accounts of Joan, Alice and Bob, all empty."""
    open_the_books()
