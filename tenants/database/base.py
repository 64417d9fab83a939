"""The database backend: a connection stands in one tenant's schema, or it refuses to work."""
import select
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import Error, OperationalError
from django.db.backends.postgresql.base import ServerSideCursor
from django_tenants.postgresql_backend import base
from django_tenants.utils import quote_schema_name
from psycopg import Connection
from psycopg import Error as DriverError
from psycopg.adapt import AdaptersMap
from psycopg.pq import TransactionStatus
from psycopg.types.datetime import TimestamptzLoader
from psycopg_pool import ConnectionPool

from tenants.database.introspection import DatabaseIntrospection

EXTENSIONS = "ext"


def is_alive(connection: Connection[Any]) -> bool:
    """Whether a connection from the pool still works.

    A server that closes one says so, and then there is something to read. Where there is nothing, a round trip would
    find out no more; it is made where there is.
    """
    if connection.closed:
        return False
    news = select.poll()
    news.register(connection.fileno(), select.POLLIN)
    if not news.poll(0):
        return True
    try:
        ConnectionPool.check_connection(connection)
    except DriverError:
        return False
    return True


def set_path(schemas: Iterable[str]) -> str:
    """The statement that makes these schemas the ones in which names are looked up."""
    return f"SET search_path = {','.join(map(quote_schema_name, schemas))}"


class DatabaseWrapper(base.DatabaseWrapper):
    """Path = tenant + extensions, never `public`; a failed SET raises instead of reading on the old path."""

    search_path_set_schemas: list[str] | None
    _setting_search_path: bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.introspection = DatabaseIntrospection(self)

    def get_connection_params(self) -> dict[str, Any]:
        """Whatever the role's own path is, a connection begins with none: a table is found only after a SET.

        Moments are read as the driver itself reads them, in C: sessions are in UTC, and Django's own reader is Python.
        """
        params: dict[str, Any] = super().get_connection_params()
        context = AdaptersMap(params["context"])
        context.register_loader("timestamptz", TimestamptzLoader)
        return params | {"options": f"{params.get('options', '')} -c search_path=".strip(), "context": context}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection[Any]:
        """One that works: the pool lets go of those that do not, and opens others."""
        connection: Connection[Any] = super().get_new_connection(conn_params)
        while self.pool and not is_alive(connection):
            self.pool.putconn(connection)
            connection = super().get_new_connection(conn_params)
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        """As Django makes them, without its reader of moments."""
        if name is None:
            return self.connection.cursor()
        make: Any = ServerSideCursor  # its stubs know of no arguments
        return make(self.connection, name=name, scrollable=False, withhold=self.connection.autocommit)

    def init_connection_state(self) -> None:
        """A connection fresh from the pool still has the path of whoever had it before."""
        self.search_path_set_schemas = None
        super().init_connection_state()

    def commit(self) -> None:
        """COMMIT of a failed transaction rolls back without an error, and the SET with it: forget the path."""
        if self.connection is not None and self.connection.info.transaction_status == TransactionStatus.INERROR:
            self.search_path_set_schemas = None
        super().commit()

    @contextmanager
    def answered(self, sql: str, params: Sequence[Any]) -> Iterator[Any]:
        """A cursor that has been asked one SELECT; where the path is not set yet, both travel together.

        Outside a transaction the server takes both as one: if the question fails, the path was not set either.
        """
        if self.search_path_set_schemas or self.in_atomic_block or self._setting_search_path:
            with self.cursor() as cursor:
                cursor.execute(sql, params)
                yield cursor
            return
        paths = self._get_cursor_search_paths()
        self._setting_search_path = True  # so that the cursor does not set it by a statement of its own
        try:
            cursor = self.cursor()
        finally:
            self._setting_search_path = False
        with cursor:
            cursor.execute(f"{set_path(paths)}; {sql}", params)
            cursor.nextset()
            self.search_path_set_schemas = paths
            yield cursor

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
            setter.execute(set_path(paths))
            self.search_path_set_schemas = paths
        except (Error, DriverError) as error:
            if self.connection.info.transaction_status != TransactionStatus.INERROR:
                raise OperationalError("search_path could not be set: no query for an unknown tenant") from error
        finally:
            self._setting_search_path = False
            if cursor is None:
                setter.close()
