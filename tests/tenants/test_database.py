"""The connection: whose path it stands on when questions fail, and what becomes of one that the server has ended."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import DatabaseError, connection

from crm.customers.models import Customer
from tenants.context import in_schema
from tenants.models import Tenant
from tenants.standing import standing
from tests.database import server

WHERE = "SELECT current_schema()"


def here(sql: str = WHERE) -> Any:
    """The one value that a question answers."""
    with standing.answered(sql, []) as cursor:
        return cursor.fetchone()[0]


def test_a_first_question_brings_its_path_and_one_that_fails_leaves_none(committed: Tenant) -> None:
    for schema in ("t_a", "t_b", "t_a"):
        with in_schema(schema):
            assert [here(), here()] == [schema, schema]
    with in_schema("t_b"):
        with pytest.raises(DatabaseError):
            here("SELECT 1 / 0")
        with connection.cursor() as cursor:
            cursor.execute(WHERE)
            assert cursor.fetchone() == ("t_b",)
        assert here() == "t_b"


def test_a_connection_that_the_server_has_ended_is_never_given_out(committed: Tenant) -> None:
    connection.close()
    pid = here("SELECT pg_backend_pid()")
    connection.close()
    with server() as db:
        assert db.execute("SELECT pg_terminate_backend(%s, 5000)", [pid]).fetchone() == (True,)
    assert here("SELECT pg_backend_pid()") != pid


def test_moments_are_in_utc_and_large_answers_come_in_pieces(tenant: Tenant) -> None:
    moments = list(Customer.objects.values_list("created_at", flat=True).iterator(chunk_size=2))
    assert moments
    assert all(isinstance(one, datetime) and one.tzinfo is UTC for one in moments)
