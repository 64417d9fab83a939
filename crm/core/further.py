"""Fields of which a record may have several: the telephone that is called first, and a list of the others."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from crm.core.fields import as_array
from crm.core.registry import Resource


def all_of(resource: Resource, name: str, values: Mapping[str, Any]) -> list[str]:
    """What a record has in a field and beside it, each once."""
    others = values.get(resource.further.get(name, "")) or ()
    return list(dict.fromkeys(str(one) for one in (values.get(name), *others) if one))


def columns_of(resource: Resource, names: Iterable[str]) -> list[str]:
    """These fields, and the lists beside them."""
    found = [(name, resource.further.get(name, "")) for name in names]
    return [name for pair in found for name in pair if name]


def having(resource: Resource, name: str, wanted: Collection[Any], known: Container[str]) -> Q:
    """The records that have one of these values in a field or beside it; each has an index of what is not empty."""
    own, other = Q(**{f"{name}__any_of": wanted}) & ~Q(**{name: ""}), resource.further.get(name, "")
    return own | listed(other, wanted) if other and other in known else own


def listed(other: str, wanted: Iterable[Any]) -> Q:
    """The records that have one of these in a list."""
    return Q(**{f"{other}__overlap": [str(one) for one in wanted]}) & ~Q(**{other: []})


def mailed(resource: Resource, known: Container[str] | None = None) -> tuple[str, ...]:
    """The columns by which mail and meetings find who they are about: e-mail addresses, and lists of them."""
    names = columns_of(resource, resource.mailed)
    return tuple(name for name in names if known is None or name in known)


def addresses(resource: Resource, values: Mapping[str, Any]) -> list[str]:
    """The e-mail addresses of a record, the first one first."""
    return list(dict.fromkeys(one for name in resource.mailed for one in all_of(resource, name, values)))


def holders(resource: Resource, other: str, wanted: Iterable[Any]) -> list[UUID]:
    """The records that have one of many values in a list: each asked of the index, however many they are.

    Of thousands at once the planner thinks that reading the whole table and comparing them all is cheaper."""
    meta = resource.model._meta
    kind = meta.get_field(other).base_field.db_type(connection)  # type: ignore[union-attr]  # a list has one
    table, column = connection.ops.quote_name(meta.db_table), connection.ops.quote_name(other)
    array, params = as_array([str(one) for one in wanted])
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT held.id FROM unnest({array}::text[]) AS one JOIN {table} AS held "  # noqa: S608  # names of our own
            f"ON held.{column} @> ARRAY[one]::{kind}[] AND NOT (held.{column} = '{{}}'::{kind}[])",
            params,
        )
        return [pk for (pk,) in cursor.fetchall()]
