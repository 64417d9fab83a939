"""A template database per state of the code that shapes it; every run and every worker copies it in a moment."""
from __future__ import annotations

import hashlib
import itertools
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

from tests.world import samples_make, world_make

PREFIX, SAMPLED = "kith_template_", "_sampled"
COUNTER = itertools.count()
HERE = Path(__file__).parent
SHAPING = [HERE / name for name in ("database.py", "world.py", "rows.py", "examples.py")]
SAMPLES = HERE.parent / "crm/exchange/samples"
SHAPING_CODE = (
    "crm/core/custom/columns.py", "crm/core/customising/services.py", "crm/core/customising/judging.py",
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
    files |= {file for file in SAMPLES.rglob("*") if file.suffix in (".py", ".json", ".csv")}
    for file in sorted(files):
        digest.update(file.read_bytes())
    return PREFIX + digest.hexdigest()[:12]


def point_at(name: str) -> None:
    """Send the default connection, and its pool, to another database."""
    connection.close()
    connection.close_pool()
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name


def template_make(db: psycopg.Connection[Any], name: str) -> None:
    """Build the template unless it stands; the one with samples begins as a copy of the one without."""
    if db.execute("SELECT 1 FROM pg_database WHERE datname = %s AND datistemplate", [name]).fetchone():
        return
    db.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    if name.endswith(SAMPLED):
        copy_make(db, name, name.removesuffix(SAMPLED))
        fill = samples_make
    else:
        db.execute(
            f'CREATE DATABASE "{name}" TEMPLATE template0 '
            "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C.UTF-8'")
        fill = world_make
    before = str(connection.settings_dict["NAME"])
    point_at(name)
    fill()
    point_at(before)
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


@contextmanager
def locked(db: psycopg.Connection[Any], name: str, how: str = "") -> Iterator[None]:
    """Alone with a template, or (`_shared`) with others who only copy it."""
    db.execute(f"SELECT pg_advisory_lock{how}(hashtext(%s))", [name])
    try:
        yield
    finally:
        db.execute(f"SELECT pg_advisory_unlock{how}(hashtext(%s))", [name])


def copy_make(db: psycopg.Connection[Any], copy: str, template: str) -> None:
    """A database equal to the template; one process builds that, any number may copy it at once."""
    with locked(db, template):
        template_make(db, template)
    with locked(db, template, "_shared"):
        db.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{template}" STRATEGY wal_log')


def database_drop(db: psycopg.Connection[Any], name: str) -> None:
    """Drop it and end who is connected; the server's own vacuum may not be ended so, but yields to a plain drop."""
    try:
        db.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    except psycopg.errors.InsufficientPrivilege:
        db.execute(f'DROP DATABASE IF EXISTS "{name}"')


@contextmanager
def database_copied(*, is_sampled: bool = False) -> Iterator[None]:
    """Stand in a copy of the template, which is dropped afterwards; copies may be nested."""
    copy = f"test_kith_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}_{next(COUNTER)}"
    before = str(connection.settings_dict["NAME"])
    with server() as db:
        copy_make(db, copy, template_name() + (SAMPLED if is_sampled else ""))
        templates_forget(db)
        point_at(copy)
        try:
            yield
        finally:
            connections.close_all()
            point_at(before)
            database_drop(db, copy)


def templates_make() -> None:
    """Build both templates ahead of a run, so that no worker waits for another that does."""
    with server() as db:
        for name in (template_name(), template_name() + SAMPLED):
            with locked(db, name):
                template_make(db, name)
