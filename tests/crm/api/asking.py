"""How the tests of the API make records, send bodies, and see that nothing was written."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg import sql

from crm.core.actors import SYSTEM
from crm.core.cleaning import json_value
from crm.core.registry import Resource
from crm.core.services import record_save
from tests.examples import EXAMPLES
from tests.rows import tenant_models

HASH = sql.SQL("(SELECT sum(hashtextextended(t::text, 0)) FROM {} t)")  # no order to be made: 64 bits a row, added up
NOTED = frozenset({"sessions.session", "team.apikey"})


def body_of(noun: Resource) -> dict[str, Any]:
    """Valid values of a noun, as JSON takes them."""
    values: dict[str, Any] = json_value(EXAMPLES[noun.label]())
    return values


def made(noun: Resource) -> UUID:
    """A record of a noun."""
    return record_save(noun.model, EXAMPLES[noun.label](), actor=SYSTEM)


def sent(method: Callable[..., Any], path: str, body: object, **headers: str) -> Any:
    """A request with a JSON body."""
    return method(path, json.dumps(body), content_type="application/json", **headers)


@cache
def hashing() -> tuple[list[str], str]:
    """The tables, and the statement that reads them all."""
    tables = {one._meta.label_lower: one._meta.db_table for one in tenant_models()}
    labels = sorted(tables.keys() - NOTED)
    each = sql.SQL(", ").join(HASH.format(sql.Identifier(tables[one])) for one in labels)
    return labels, sql.SQL("SELECT {}").format(each).as_string()


def hashes() -> dict[str, int | None]:
    """A hash of every table of the tenant, but for sessions and the moment when a key was last used."""
    labels, statement = hashing()
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return dict(zip(labels, cursor.fetchone(), strict=True))
