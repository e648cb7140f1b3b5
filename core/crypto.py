"""Secrets at rest: AES-256-GCM with the key's id in front, and keyed digests for exact search.

A ciphertext is `len(key id) | key id | 12 bytes of nonce | sealed text`. Rotation puts a new key first in
BURSAR_ENCRYPTION_KEYS, re-encrypts with `manage.py rotate_encryption`, and then drops the old one.
"""

import hashlib
import hmac
import os
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from core.errors import Tampered, UnknownKey


class Keyring:
    """Named 32-byte keys; the first seals, every one of them opens."""

    def __init__(self, keys: dict[str, bytes]) -> None:
        if not keys:
            raise ValueError("a keyring needs at least one key")
        self._ciphers = {name.encode(): AESGCM(key) for name, key in keys.items()}
        active = next(iter(self._ciphers))
        self._head = bytes([len(active)]) + active
        self._seal = self._ciphers[active].encrypt

    def seal(self, plain: bytes) -> bytes:
        nonce = os.urandom(12)
        return self._head + nonce + self._seal(nonce, plain, None)

    def open(self, sealed: bytes | memoryview) -> bytes:
        """The plain bytes. Raises UnknownKey when the key is not configured, Tampered when the text was changed."""
        sealed = bytes(sealed)
        end = 1 + (sealed[0] if sealed else 0)
        cipher = self._ciphers.get(sealed[1:end])
        if cipher is None:
            raise UnknownKey(f"No encryption key is named {sealed[1:end]!r}.")
        try:
            return cipher.decrypt(sealed[end : end + 12], sealed[end + 12 :], None)
        except (InvalidTag, ValueError) as changed:
            raise Tampered from changed

    def is_current(self, sealed: bytes | memoryview) -> bool:
        """Was this sealed with the key that seals now?"""
        return bytes(sealed[: len(self._head)]) == self._head


@cache
def keyring() -> Keyring:
    """The keyring of the settings."""
    return Keyring(settings.ENCRYPTION_KEYS)


def keyed_digest(purpose: str, text: str) -> bytes:
    """HMAC-SHA256 of `text` under the site's key, apart for each `purpose`: to search what is encrypted, to store API secrets."""
    return hmac.digest(settings.HMAC_KEY, f"{purpose}\0{text}".encode(), hashlib.sha256)
