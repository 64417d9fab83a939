"""A scored sample into the schema one stands in: table by table from the pattern, in about a second."""
from __future__ import annotations

import secrets
from typing import Any

from django.db import connection, models, transaction

from crm.core.bulk import constraints_now
from crm.exchange.samples.patterns import pattern_lock, sample_kind, sample_prepare
from crm.exchange.samples.tables import sample_models, statistics_renew
from crm.sales.models import LostReason, Pipeline, Stage
from crm.team.models import Role, Team, User

# People, roles and the pipeline outlive the sample: each company's have ids of their own.
OWN_IDS = frozenset({Role, Team, User, Pipeline, Stage, LostReason})
OWN_ID = "overlay(overlay(md5(%s || {column}::text) placing '8' from 13) placing '8' from 17)::uuid"


def sample_copy(sample: str = "shop") -> int:
    """Copy a sample, named by industry and language (`shop`, `bank-zh`), without Events, the one named exception.

    Returns how many rows came."""
    with transaction.atomic():
        pattern_lock(*sample_kind(sample))  # first: between finding the pattern and the last table nobody may drop it
        pattern = sample_prepare(sample)
        salt = secrets.token_hex(16)
        rows = sum(table_copy(model, pattern, salt) for model in sample_models())
        constraints_now()
        statistics_renew()
    return rows


def table_copy(model: type[models.Model], pattern: str, salt: str) -> int:
    """All rows of one table, for the pattern holds nothing but the sample; keys that are counted are counted anew."""
    table, key = connection.ops.quote_name(model._meta.db_table), connection.ops.quote_name(str(model._meta.pk.column))
    fields = [field for field in model._meta.concrete_fields if not field.generated]
    own = [field for field in fields if not isinstance(field, models.AutoField)]
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in own)
    values = [value_of(field) for field in own]
    salts = [salt for value in values if value.startswith(OWN_ID[:8])]
    source = f"{connection.ops.quote_name(pattern)}.{table}"
    with connection.cursor() as cursor:
        statement = f"INSERT INTO {table} ({columns}) SELECT {', '.join(values)} FROM {source} ORDER BY {key}"  # noqa: S608
        cursor.execute(statement, salts)
        return int(cursor.rowcount)


def value_of(field: models.Field[Any, Any]) -> str:
    """SQL for what a column of the copy holds."""
    column = connection.ops.quote_name(str(field.column))
    pointed = field.model if field.primary_key else field.related_model
    return OWN_ID.format(column=column) if pointed in OWN_IDS else column
