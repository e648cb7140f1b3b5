import hmac
import timeit
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from access import gateway_tokens
from access.errors import TwoTokensStand, UnfitToken
from access.models import AuditEntry, GatewayToken
from access.services.gateway_tokens import install_token, revoke_token, rotate_token

ACT = {"actor": "user:grace", "reason": "Quarterly."}
A_DAY = timedelta(days=1)


@pytest.fixture
def cellulant(db):
    return install_token(gateway="cellulant", token="mock-bearer-token")


def test_the_installed_token_matches_as_text_and_as_bytes(cellulant):
    snapshot = gateway_tokens.load()

    assert snapshot.matches("cellulant", "mock-bearer-token")
    assert snapshot.matches("cellulant", b"mock-bearer-token")


@pytest.mark.parametrize(
    "presented",
    [
        "",
        "mock-bearer-toke",
        "mock-bearer-token ",
        "MOCK-BEARER-TOKEN",
        b"\xff\xfe",
        "\ud800",
        "mock-bearer-token\x00",
        b"m" * 100_000,
        "\N{SNOWMAN}",
    ],
)
def test_nothing_else_matches_and_nothing_unreadable_raises(cellulant, presented):
    assert not gateway_tokens.load().matches("cellulant", presented)


def test_a_token_is_one_gateways(cellulant):
    assert not gateway_tokens.load().matches("mpesa", "mock-bearer-token")
    assert not gateway_tokens.load().matches("nobody", "mock-bearer-token")


def test_a_bearer_does_not_open_the_secret_path_when_the_door_says_its_kind(cellulant):
    snapshot = gateway_tokens.load()

    assert snapshot.matches("cellulant", "mock-bearer-token", kind="bearer")
    assert not snapshot.matches("cellulant", "mock-bearer-token", kind="path")


def test_every_candidate_is_compared_in_constant_time_without_an_early_exit(cellulant, monkeypatch):
    issued = rotate_token(gateway="cellulant", kind="bearer", overlap=A_DAY, **ACT)
    snapshot, compared, compare = gateway_tokens.load(), [], hmac.compare_digest

    def counting(a, b):
        compared.append(a)
        return compare(a, b)

    monkeypatch.setattr(gateway_tokens.hmac, "compare_digest", counting)

    candidates = [candidate.digest for candidate in snapshot.candidates["cellulant"]]
    assert len(candidates) == 2
    for presented, answer in (("mock-bearer-token", True), (issued.token, True), ("not-the-bearer-token", False)):
        compared.clear()
        assert snapshot.matches("cellulant", presented) is answer
        assert compared == candidates


def test_a_token_has_its_day(cellulant):
    noon = timezone.now()
    rotate_token(gateway="cellulant", kind="bearer", overlap=A_DAY, **ACT)
    snapshot = gateway_tokens.load()

    with time_machine.travel(noon + A_DAY - timedelta(minutes=1), tick=False):
        assert snapshot.matches("cellulant", "mock-bearer-token")
    with time_machine.travel(noon + A_DAY + timedelta(minutes=1), tick=False):
        assert not snapshot.matches("cellulant", "mock-bearer-token")


def test_matching_reads_no_database(cellulant, django_assert_num_queries):
    snapshot = gateway_tokens.load()

    with django_assert_num_queries(0):
        snapshot.matches("cellulant", "mock-bearer-token")


def test_matching_is_cheap_enough_for_the_intake(cellulant):
    snapshot = gateway_tokens.load()

    seconds = min(timeit.repeat(lambda: snapshot.matches("cellulant", b"mock-bearer-token"), number=1000, repeat=5))

    assert seconds / 1000 < 50e-6  # a twentieth is usual; the bound only catches a query or a slow hash


def test_views_load_once_and_again_after_a_few_seconds(cellulant, django_assert_num_queries, monkeypatch):
    clock = [1000.0]
    monkeypatch.setattr(gateway_tokens.time, "monotonic", lambda: clock[0])

    with django_assert_num_queries(1):
        assert [gateway_tokens.matches("cellulant", "mock-bearer-token") for _ in range(3)] == [True] * 3
    clock[0] += gateway_tokens.REFRESH_SECONDS
    with django_assert_num_queries(1):
        assert gateway_tokens.matches("cellulant", "mock-bearer-token")


def test_a_change_is_seen_by_this_process_after_commit(cellulant, django_capture_on_commit_callbacks):
    assert gateway_tokens.matches("cellulant", "mock-bearer-token")

    with django_capture_on_commit_callbacks(execute=True):
        revoke_token(token_id=cellulant.id, **ACT)

    assert not gateway_tokens.matches("cellulant", "mock-bearer-token")


def test_installing_is_idempotent_and_does_not_raise_the_dead(cellulant):
    assert install_token(gateway="cellulant", token="mock-bearer-token") == cellulant
    revoke_token(token_id=cellulant.id, **ACT)

    assert install_token(gateway="cellulant", token="mock-bearer-token").revoked_at is not None
    assert not gateway_tokens.load().matches("cellulant", "mock-bearer-token")
    assert AuditEntry.objects.filter(act="access.install_token").count() == 1


@pytest.mark.parametrize(
    "token", ["", "short", "a" * 513, "has a space in the middle", "tab\tin-the-middle-of-it", "sn\N{SNOWMAN}wman-is-long-enough"]
)
def test_an_unfit_token_is_refused(db, token):
    with pytest.raises(UnfitToken):
        install_token(gateway="cellulant", token=token)
    assert not GatewayToken.objects.exists()


def test_a_third_token_is_refused(cellulant):
    install_token(gateway="cellulant", token="another-bearer-token")

    with pytest.raises(TwoTokensStand):
        install_token(gateway="cellulant", token="a-third-bearer-token")


def test_a_token_revoked_while_the_next_snapshot_is_read_is_refused_at_once(cellulant, monkeypatch):
    """Who reads before the commit reads the token still, and may come to keep it after the commit has asked to forget."""
    read = gateway_tokens.load

    def read_and_dawdle():
        snapshot = read()
        monkeypatch.setattr(gateway_tokens, "load", read)
        GatewayToken.objects.update(revoked_at=timezone.now(), slot=None)
        gateway_tokens.forget()
        return snapshot

    monkeypatch.setattr(gateway_tokens, "load", read_and_dawdle)
    gateway_tokens.matches("cellulant", "mock-bearer-token")
    assert not gateway_tokens.matches("cellulant", "mock-bearer-token")
