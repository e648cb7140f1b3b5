import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection, transaction

from access.services.gateway_tokens import install_token
from students.services.enrolling import enroll_student
from tests.cast import TOKEN
from tests.servers import server
from webhooks.deciding import decide_next


@pytest.fixture
def school(transactional_db: None) -> None:
    """Joan may be paid for, Mohammed is not enrolled any more."""
    why = {"actor": "system:test", "reason": "A school."}
    with transaction.atomic():
        install_token(gateway="cellulant", kind="bearer", token=TOKEN)
        enroll_student(student_id="S004", first_name="Joan", last_name="Zuria", **why)
        enroll_student(student_id="S002", first_name="Mohammed", last_name="Ali", enrollment_status="INACTIVE", **why)


@pytest.fixture
def site(school: None, tmp_path: Path) -> Iterator[str]:
    """The URL of a server on the test database."""
    with server(tmp_path / "server.log") as url:
        yield url


@pytest.fixture
def worker(school: None) -> Iterator[None]:
    """Somebody who decides what comes in, as the drain does."""
    enough = threading.Event()

    def work() -> None:
        while not enough.wait(0.005):
            decide_next()
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    yield
    enough.set()
    thread.join()
