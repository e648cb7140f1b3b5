"""A lookup that Django lacks."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Lookup, Q, UUIDField
from django.db.models.sql.compiler import SQLCompiler

from core.sql import plain_array


@UUIDField.register_lookup
class Among(Lookup):
    """One of many ids, which travel as one array. `__in` makes a parameter of each, and a page of a thousand ids 12 ms later."""

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        column, parameters = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s::uuid[])", (*parameters, plain_array(self.rhs))


def among(ids: Collection[UUID]) -> Q:
    """The rows of these keys."""
    return Q(pk__among=ids)
