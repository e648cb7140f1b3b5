from typing import Any

import pytest

from tests.four_eyes import hire


@pytest.fixture
def grace(db: None) -> Any:
    """Acts."""
    return hire("Grace", "officer")


@pytest.fixture
def david(db: None) -> Any:
    """Approves."""
    return hire("David", "approver")
