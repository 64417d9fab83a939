"""A template database per state of the code that shapes it; every run and every worker copies it in a moment."""
from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from django.apps import apps
from django.conf import settings
from django.db import connection, connections

from tests.world import world_make

PREFIX = "kith_template_"
HERE = Path(__file__).parent
SHAPING = [HERE / name for name in ("database.py", "world.py", "rows.py", "examples.py")]
SHAPING_CODE = (
    "crm/core/names.py", "crm/core/fields.py", "crm/core/cleaning.py", "crm/team/roles.py", "crm/team/services.py",
    "tenants/rendering.py", "tenants/signing.py",
)


def server() -> psycopg.Connection[Any]:
    """A connection beside Django's, to the server's own database."""
    d = settings.DATABASES["default"]
    return psycopg.connect(
        host=d["HOST"], port=d["PORT"], user=d["USER"], password=d["PASSWORD"], dbname="postgres", autocommit=True)


@cache
def template_name() -> str:
    """Named by all that shapes the database: apps, models, migrations, examples, and the code that writes rows."""
    digest = hashlib.sha256(repr(settings.INSTALLED_APPS).encode())
    files = {file for config in apps.get_app_configs() for file in Path(config.path, "migrations").glob("*.py")}
    files |= {file for file in SHAPING if file.exists()}
    files |= {HERE.parent / name for name in SHAPING_CODE}
    for file in sorted(files):
        digest.update(file.read_bytes())
    return PREFIX + digest.hexdigest()[:12]


def point_at(name: str) -> None:
    """Send the default connection, and its pool, to another database."""
    connection.close()
    connection.close_pool()
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name


def template_make(db: psycopg.Connection[Any], name: str) -> None:
    """Build the template unless it stands; older ones that nobody is copying go."""
    if db.execute("SELECT 1 FROM pg_database WHERE datname = %s AND datistemplate", [name]).fetchone():
        return
    db.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    db.execute(
        f'CREATE DATABASE "{name}" TEMPLATE template0 '
        "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C.UTF-8'")
    point_at(name)
    world_make()
    connection.close()
    connection.close_pool()
    db.execute(f'ALTER DATABASE "{name}" IS_TEMPLATE true')


def templates_forget(db: psycopg.Connection[Any], keep: int = 12) -> None:
    """Drop all but the youngest templates of this server, unless somebody is copying one."""
    rows = db.execute(
        "SELECT datname FROM pg_database WHERE datname LIKE %s AND datistemplate ORDER BY oid DESC OFFSET %s",
        [PREFIX + "%", keep]).fetchall()
    for (name,) in rows:
        if db.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [name]).fetchone() == (True,):
            db.execute(f'ALTER DATABASE "{name}" IS_TEMPLATE false')
            db.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            db.execute("SELECT pg_advisory_unlock(hashtext(%s))", [name])


def template_ensure(db: psycopg.Connection[Any], name: str) -> None:
    """One process builds, those that need the same template wait."""
    db.execute("SELECT pg_advisory_lock(hashtext(%s))", [name])
    try:
        template_make(db, name)
    finally:
        db.execute("SELECT pg_advisory_unlock(hashtext(%s))", [name])


def copy_make(db: psycopg.Connection[Any], copy: str) -> None:
    """A database of this process's own, equal to the template; any number of processes may copy at once."""
    name = template_name()
    template_ensure(db, name)
    db.execute("SELECT pg_advisory_lock_shared(hashtext(%s))", [name])
    try:
        db.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{name}" STRATEGY wal_log')
    finally:
        db.execute("SELECT pg_advisory_unlock_shared(hashtext(%s))", [name])


@contextmanager
def database_copied() -> Iterator[str]:
    """Tests run in a copy of the template, which is dropped afterwards."""
    copy = f"test_kith_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}"
    with server() as db:
        copy_make(db, copy)
        templates_forget(db)
        point_at(copy)
        try:
            yield copy
        finally:
            connections.close_all()
            connection.close_pool()
            db.execute(f'DROP DATABASE IF EXISTS "{copy}" WITH (FORCE)')


def copy_again() -> None:
    """Replace this process's database by a fresh copy of the template."""
    name = str(connection.settings_dict["NAME"])
    connection.close()
    connection.close_pool()
    with server() as db:
        db.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        copy_make(db, name)
