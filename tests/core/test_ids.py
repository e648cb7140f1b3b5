from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from core.errors import MalformedId
from core.ids import instant_of, lowest_id_at, new_id, new_id_text, parse_public_id, public_id


@given(st.uuids())
def test_a_public_id_names_its_key(key: UUID):
    assert parse_public_id("pay", public_id("pay", key)) == key
    assert public_id("pay", key) == public_id("pay", str(key))


@given(st.uuids(), st.uuids())
def test_public_ids_sort_as_their_keys_do(one: UUID, other: UUID):
    assert (public_id("pay", one) < public_id("pay", other)) == (one < other)


@pytest.mark.parametrize(
    "text", ["", "pay_", "pay", "order_" + "0" * 26, "pay_" + "0" * 25, "pay_" + "u" * 26, "pay_" + "z" * 26]
)
def test_what_is_no_public_id_of_its_kind_is_refused(text: str):
    with pytest.raises(MalformedId):
        parse_public_id("pay", text)


def test_ids_rise_and_know_when_they_were_made():
    ids = [new_id() for _ in range(1000)]
    assert ids == sorted(ids)
    assert abs(instant_of(UUID(new_id_text())) - datetime.now(UTC)) < timedelta(seconds=2)


def test_the_lowest_id_of_an_instant_bounds_its_ids():
    now = datetime.now(UTC)
    assert lowest_id_at(now - timedelta(seconds=1)) < new_id() < lowest_id_at(now + timedelta(seconds=2))


@pytest.mark.django_db
def test_the_database_takes_the_same_floor_of_an_instant():
    for microseconds in (0, 1, 499, 500, 999):
        instant = datetime(2026, 11, 21, 12, 0, 0, 123_000 + microseconds, UTC)
        with connection.cursor() as cursor:
            cursor.execute("SELECT uuid7_floor(%s)", [instant])
            assert cursor.fetchone() == (lowest_id_at(instant),)
