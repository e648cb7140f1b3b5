"""Keeping the planner on the path that stays flat as the books grow."""

from django.db import connection


def force_index_lookups() -> None:
    """For the rest of this transaction, reach rows through indexes only. `post` calls it; so should what settles batches.

    A few hundred rows joined to a hundred thousand accounts look cheaper to the planner as one hash of the whole table:
    true for one batch alone, and ten times slower than the lookups when batch follows batch. It also settles the order in which
    an UPDATE from a list takes its rows: that of the list.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_seqscan = off")
