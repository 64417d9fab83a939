"""What the database server must be like; said at start, before it can do harm."""
import secrets
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Protocol

import psycopg
from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.db import connection

OLDEST = 180000
KEY_FUNCTION = "django_tenants.cache.make_key"
MUST_BE = {
    "SESSION_ENGINE": "tenants.sessions", "SIGNING_BACKEND": "tenants.signing.TenantSigner",
    "TENANT_LIMIT_SET_CALLS": True,
}


class Session(Protocol):
    """As much of a connection as the probe uses."""

    def execute(self, query: Any, /) -> Any:
        """Run one statement."""


def session_open() -> psycopg.Connection[Any]:
    """A connection of its own, outside the pool, made with the same parameters."""
    params: dict[str, Any] = connection.get_connection_params()
    pooled = {"pool", "context", "cursor_factory", "prepare_threshold"}
    ours = {name: params[name] for name in params if name not in pooled}
    return psycopg.connect(**ours, autocommit=True)


def is_pooled_by_transaction(one: Session, two: Session) -> bool:
    """Whether a statement of session one can run on another server process than the one before it.

    While two holds a transaction open, a pooler must give one a different process: its setting is then gone.
    """
    mark = secrets.token_hex(8)
    one.execute(f"SET kith.probe = '{mark}'")
    two.execute("BEGIN")
    two.execute("SELECT 1")
    try:
        seen = one.execute("SELECT current_setting('kith.probe', true)").fetchone()[0]
    finally:
        two.execute("ROLLBACK")
    return bool(seen != mark)


def version_problem(number: int) -> str:
    """PostgreSQL 18 has uuidv7() and cheap column defaults."""
    return "" if number >= OLDEST else f"PostgreSQL 18 or newer is needed; this server is {number // 10000}."


def order_problem(provider: str, locale: str) -> str:
    """One sort order everywhere, and the same after an upgrade of the operating system."""
    fits = provider == "b" and locale in {"C.UTF-8", "C.UTF8"}
    return "" if fits else f"The database must be made with the builtin locale C.UTF-8; it has {locale or provider!r}."


@lru_cache(maxsize=1)
def server_problems() -> tuple[str, ...]:
    """Why this server cannot be used; asked once per process."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int")
        if problem := version_problem(cursor.fetchone()[0]):
            return (problem,)
        cursor.execute(
            "SELECT datlocprovider, coalesce(datlocale, datcollate) FROM pg_catalog.pg_database "
            "WHERE datname = current_database()")
        problems = [order_problem(*cursor.fetchone())]
    with session_open() as one, session_open() as two:
        if is_pooled_by_transaction(one, two):
            problems.append("A transaction pooler before the database would mix tenants: connect without it.")
    return tuple(filter(None, problems))


def database_check(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """`manage check --database default`, and before migrations."""
    if "default" not in (databases or []):
        return []
    return [Error(problem, id=f"tenants.E00{place}") for place, problem in enumerate(server_problems(), 1)]


def settings_check(**_: Any) -> list[CheckMessage]:
    """The settings that keep tenants apart are as they must be."""
    bad = [name for name, cache in settings.CACHES.items() if cache.get("KEY_FUNCTION") != KEY_FUNCTION]
    problems = [f"The cache {name!r} has no KEY_FUNCTION that keeps tenants apart." for name in bad]
    problems += [f"{name} must be {value!r}." for name, value in MUST_BE.items() if getattr(settings, name) != value]
    if settings.DATABASE_ROUTERS[:1] != ["tenants.ownership.SchemaRouter"]:
        problems.append("The first of DATABASE_ROUTERS must be 'tenants.ownership.SchemaRouter'.")
    if "location" in settings.STORAGES["default"].get("OPTIONS", {}):
        problems.append("A storage with a fixed location is shared by all tenants.")
    if double := set(settings.TENANT_APPS) & set(settings.SHARED_APPS):
        problems.append(f"Applications in both lists: {sorted(double)}.")
    return [Error(problem, id="tenants.E010") for problem in problems]
