"""The connection as the tenancy knows it: it stands in one schema at a time."""
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, cast

from django.db import connection


class HasSchema(Protocol):
    """Whatever names a schema: a tenant, or the library's stand-in for the catalogue."""

    schema_name: str


class StandingConnection(Protocol):
    """What our backend adds to Django's connection."""

    tenant: HasSchema
    schema_name: str

    def set_tenant(self, tenant: HasSchema) -> None:
        """Stand in its schema from the next statement on."""

    def answered(self, sql: str, params: Sequence[Any]) -> AbstractContextManager[Any]:
        """A cursor that has been asked one SELECT."""

    def set_schema(self, schema_name: str) -> None:
        """The same for a schema without a tenant."""


standing = cast(StandingConnection, connection)


def schema_here() -> str:
    """The schema that the next statement of this thread will see."""
    return standing.schema_name
