from datetime import UTC, datetime

import pytest
from django.db import connection
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from core.sql import bytes_array, instant_array, plain_array, text_array

pytestmark = pytest.mark.django_db
readable = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


def back(literal: str, kind: str) -> list[object]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT %s::{kind}[]", [literal])
        return list(cursor.fetchone()[0])


@hypothesis_settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.none() | readable))
def test_any_texts_come_back_as_they_went(texts: list[str | None]):
    assert back(text_array(texts), "text") == texts


@pytest.mark.parametrize(
    "texts", [[], [""], ["", ""], [None], ["\x1f"], ["a\x1fb", "c"], ['"'], ["\\"], ["NULL", "null"], ["{a,b}"]]
)
def test_texts_that_look_like_syntax_are_only_texts(texts: list[str | None]):
    assert back(text_array(texts), "text") == texts


def test_numbers_instants_and_bytes():
    now = datetime.now(UTC)
    assert back(plain_array([1, None, -3]), "bigint") == [1, None, -3]
    assert back(instant_array([now, None, now]), "timestamptz") == [now, None, now]
    assert [bytes(value) for value in back(bytes_array([b"", b"\x00\xff"]), "bytea")] == [b"", b"\x00\xff"]
