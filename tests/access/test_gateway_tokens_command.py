import io
import re
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from access import gateway_tokens
from access.models import AuditEntry

WHY = ("--reason", "Quarterly.", "--actor", "user:grace")


def run(*words, stdin=""):
    out = io.StringIO()
    call_command("gateway_tokens", *words, stdout=out)
    return out.getvalue().splitlines()


@pytest.fixture
def typed(monkeypatch):
    return lambda text: monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_a_gateways_own_token_is_read_from_standard_input(db, typed):
    typed("mock-bearer-token\n")
    run("add", "cellulant", "bearer", *WHY)

    assert gateway_tokens.load().matches("cellulant", "mock-bearer-token")
    assert AuditEntry.objects.get().actor == "user:grace"


def test_rotation_prints_the_new_token_once_and_list_never(db):
    identity, token = run("rotate", "mpesa", "path", *WHY)
    listed = run("list")

    assert gateway_tokens.load().matches("mpesa", token)
    assert len(listed) == 1
    assert identity in listed[0]
    assert token not in listed[0]


def test_list_says_what_is_valid_until_when_and_all_shows_history(db):
    first, _ = run("rotate", "mpesa", "path", *WHY)
    run("rotate", "mpesa", "path", "--overlap-hours", "2", *WHY)
    run("revoke", first, *WHY)

    assert [line.split()[-1] for line in run("list")] == ["valid"]
    assert re.search(r"revoked \d{4}-\d\d-\d\d \d\d:\d\d:\d\d EAT$", "\n".join(run("list", "--all")), re.MULTILINE)


def test_a_refusal_is_told_in_words(db, typed):
    typed("short\n")
    with pytest.raises(CommandError, match="16 to 512"):
        run("add", "cellulant", "bearer", *WHY)
    with pytest.raises(CommandError, match="no such gateway token"):
        run("revoke", str(uuid4()), *WHY)
    with pytest.raises(CommandError, match="actor"):
        run("rotate", "mpesa", "path", "--reason", " ")
