import pytest
from django.core.management import call_command
from django.db import connection

from core.crypto import Keyring, keyed_digest, keyring
from core.errors import Tampered, UnknownKey
from core.models import InboundEvent
from tests.cast import deliver, notification


def test_what_one_key_sealed_the_ring_opens_after_rotation():
    old, new = Keyring({"a": b"1" * 32}), Keyring({"b": b"2" * 32, "a": b"1" * 32})
    sealed = old.seal(b"secret")
    assert new.open(sealed) == b"secret"
    assert (old.is_current(sealed), new.is_current(sealed)) == (True, False)
    assert b"secret" not in sealed


def test_a_changed_ciphertext_and_an_unknown_key_are_refused():
    ring = Keyring({"a": b"1" * 32})
    sealed = ring.seal(b"secret")
    with pytest.raises(Tampered):
        ring.open(sealed[:-1] + bytes([sealed[-1] ^ 1]))
    with pytest.raises(Tampered):
        ring.open(sealed[:8])
    with pytest.raises(UnknownKey):
        Keyring({"b": b"1" * 32}).open(sealed)
    with pytest.raises(UnknownKey):
        ring.open(b"")


def test_the_same_text_never_seals_alike_but_digests_alike_for_one_purpose():
    ring = Keyring({"a": b"1" * 32})
    assert ring.seal(b"x") != ring.seal(b"x")
    assert keyed_digest("phone", "x") == keyed_digest("phone", "x") != keyed_digest("api_key", "x")


@pytest.mark.django_db
def test_rotation_seals_everything_again_with_the_first_key(settings):
    (event,) = deliver(notification("T1"))
    settings.ENCRYPTION_KEYS = {"new": b"9" * 32, **settings.ENCRYPTION_KEYS}
    keyring.cache_clear()
    try:
        call_command("rotate_encryption", verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute("SELECT body FROM inbound_event")
            assert keyring().is_current(cursor.fetchone()[0])
        assert InboundEvent.objects.get(id=event.id).body == notification("T1")
    finally:
        keyring.cache_clear()
