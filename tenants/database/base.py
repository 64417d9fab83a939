"""The database backend: a connection stands in one tenant's schema, or it refuses to work."""
from typing import Any

from django.db import Error, OperationalError
from django_tenants.postgresql_backend import base
from django_tenants.utils import quote_schema_name
from psycopg import Error as DriverError
from psycopg.pq import TransactionStatus

from tenants.database.introspection import DatabaseIntrospection

EXTENSIONS = "ext"


class DatabaseWrapper(base.DatabaseWrapper):
    """Path = tenant + extensions, never `public`; a failed SET raises instead of reading on the old path."""

    search_path_set_schemas: list[str] | None
    _setting_search_path: bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.introspection = DatabaseIntrospection(self)

    def get_connection_params(self) -> dict[str, Any]:
        """Whatever the role's own path is, a connection begins with none: a table is found only after a SET."""
        params: dict[str, Any] = super().get_connection_params()
        return params | {"options": f"{params.get('options', '')} -c search_path=".strip()}

    def init_connection_state(self) -> None:
        """A connection fresh from the pool still has the path of whoever had it before."""
        self.search_path_set_schemas = None
        super().init_connection_state()

    def commit(self) -> None:
        """COMMIT of a failed transaction rolls back without an error, and the SET with it: forget the path."""
        if self.connection is not None and self.connection.info.transaction_status == TransactionStatus.INERROR:
            self.search_path_set_schemas = None
        super().commit()

    def _get_cursor_search_paths(self) -> list[str]:
        base._check_schema_name(self.schema_name)
        return [self.schema_name, EXTENSIONS]

    def _handle_search_path(self, cursor: Any = None) -> None:
        """Set the path; only inside a failed transaction, where no query can run, may it stay unset."""
        if self._setting_search_path or self.search_path_set_schemas:
            return
        paths = self._get_cursor_search_paths()
        self._setting_search_path = True
        setter = self.connection.cursor() if cursor is None else cursor
        try:
            setter.execute(f"SET search_path = {','.join(map(quote_schema_name, paths))}")
            self.search_path_set_schemas = paths
        except (Error, DriverError) as error:
            if self.connection.info.transaction_status != TransactionStatus.INERROR:
                raise OperationalError("search_path could not be set: no query for an unknown tenant") from error
        finally:
            self._setting_search_path = False
            if cursor is None:
                setter.close()
