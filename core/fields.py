"""Model fields that are encrypted in the database and plain in Python."""

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from core.crypto import keyring


class EncryptedBytesField(models.BinaryField):  # type: ignore[type-arg] # the stubs are generic, the class is not
    """`bytes` in Python, AES-256-GCM in the database. It can't be searched: keep a keyed digest beside it."""

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Any:
        return None if value is None else keyring().open(value)

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        sealed = None if value is None else keyring().seal(bytes(value))
        return super().get_db_prep_value(sealed, connection, prepared)


class EncryptedTextField(models.BinaryField):  # type: ignore[type-arg] # the stubs are generic, the class is not
    """`str` in Python, AES-256-GCM in the database."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("editable", True)
        super().__init__(*args, **kwargs)

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Any:
        return None if value is None else keyring().open(value).decode()

    def to_python(self, value: Any) -> Any:
        return value

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        sealed = None if value is None else keyring().seal(value.encode())
        return super().get_db_prep_value(sealed, connection, prepared)

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.value_from_object(obj))
