"""The database and the broker: embedded ones, or those that DATABASE_URL and REDIS_URL name."""

import os
import shutil
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import redis
from psycopg import sql

from config.embedded import (
    Home,
    environment,
    home_make,
    port_free,
    postgresql_command,
    postgresql_make,
    valkey_command,
)
from config.launcher.places import STATE
from config.launcher.printing import LauncherError
from config.launcher.processes import Child, child_start

EXTENSIONS = ("pg_trgm", "unaccent", "btree_gin")
OLDEST = 180000


@dataclass
class Services:
    """What runs for us, and what the application must be told to find it."""

    logs: Path
    kept: Mapping[str, str]
    is_lasting: bool = True
    children: list[Child] = field(default_factory=list)
    told: dict[str, str] = field(default_factory=dict)
    homes: list[Path] = field(default_factory=list)

    def start(self, data: Path) -> None:
        """Start what the environment does not name."""
        self.told = {
            "SECRET_KEY": os.environ.get("SECRET_KEY") or self.kept["secret_key"],
            "KITH_STATE_DIR": str(STATE),
        }
        self.told["REDIS_URL"] = os.environ.get("REDIS_URL") or self.valkey_start(self.home(data))
        self.told["DATABASE_URL"] = os.environ.get("DATABASE_URL") or self.postgresql_start(self.home(data))
        database_check(self.told["DATABASE_URL"])

    def home(self, data: Path) -> Home:
        """Where the embedded ones live; remembered, for it may lie outside the project."""
        home = home_make(data)
        self.homes.append(home.data)
        return home

    def valkey_start(self, home: Home) -> str:
        """Valkey on a free port."""
        port, password = port_free(), self.kept["valkey"]
        child = self.begin(
            "valkey", valkey_command(home, port, password, is_lasting=self.is_lasting), home, signal.SIGTERM
        )
        url = f"redis://:{password}@127.0.0.1:{port}/0"
        with redis.Redis.from_url(url) as client:
            while True:
                try:
                    client.ping()
                    return url
                except redis.exceptions.ConnectionError:  # also while it still loads its file
                    wait_for(child)

    def postgresql_start(self, home: Home) -> str:
        """PostgreSQL on a free port, with the application's role and database."""
        port, cluster = port_free(), postgresql_make(home, self.kept["postgresql_admin"])
        command = postgresql_command(home, cluster, port, is_lasting=self.is_lasting)
        child = self.begin("postgresql", command, home, signal.SIGINT)
        admin = f"postgresql://postgres:{self.kept['postgresql_admin']}@127.0.0.1:{port}/postgres"
        while True:
            try:
                with psycopg.connect(admin, autocommit=True, connect_timeout=5) as connection:
                    role_make(connection, self.kept["postgresql"])
                    break
            except psycopg.OperationalError:
                wait_for(child)
        return f"postgresql://kith:{self.kept['postgresql']}@127.0.0.1:{port}/kith"

    def begin(self, name: str, command: list[str], home: Home, stop_signal: int) -> Child:
        """Start one of them as the services' account."""
        child = child_start(
            name,
            command,
            log=self.logs / f"{name}.log",
            environment=environment(),
            account=home.account,
            stop_signal=stop_signal,
        )
        self.children.append(child)
        return child

    def forget(self) -> None:
        """Remove all they have stored."""
        for home in self.homes:
            shutil.rmtree(home, ignore_errors=True)

    def stop(self) -> None:
        """End them, the database first (it still may write)."""
        for child in reversed(self.children):
            child.stop()
        self.children.clear()


def wait_for(child: Child) -> None:
    """A moment, unless it has died already."""
    if child.process.poll() is not None:
        raise LauncherError(f"{child.name} ended at its start. The end of {child.log}:\n{child.last_words()}")
    time.sleep(0.05)


def role_make(connection: psycopg.Connection, password: str) -> None:
    """The application's role: no superuser, an empty path (a lost `SET search_path` reads nothing)."""
    if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'kith'").fetchone():
        connection.execute("CREATE ROLE kith LOGIN CREATEDB NOSUPERUSER")
    secret = sql.Literal(password)
    connection.execute(sql.SQL("ALTER ROLE kith PASSWORD {}").format(secret))
    connection.execute("ALTER ROLE kith SET search_path = ''")
    if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'kith'").fetchone():
        connection.execute("CREATE DATABASE kith OWNER kith")


def extensions_make(connection: psycopg.Connection) -> None:
    """The extensions, in a schema of their own."""
    connection.execute("CREATE SCHEMA IF NOT EXISTS ext")
    for name in EXTENSIONS:
        connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {} SCHEMA ext").format(sql.Identifier(name)))


def database_check(url: str) -> None:
    """Refuse a server that is absent or too old; a given database gets the extensions that it lacks."""
    try:
        with psycopg.connect(url, connect_timeout=10, autocommit=True) as connection:
            found = connection.info.server_version // 10000
            if connection.info.server_version < OLDEST:
                raise LauncherError(f"Kith needs PostgreSQL 18 or newer; this server is {found}.")
            extensions_make(connection)
    except psycopg.OperationalError as error:
        raise LauncherError(f"The database of DATABASE_URL does not answer: {error}") from error
    except psycopg.errors.InsufficientPrivilege as error:
        wanted = f"CREATE SCHEMA ext, with the extensions {', '.join(EXTENSIONS)} in it"
        raise LauncherError(
            f"The role of DATABASE_URL may not {wanted}; let an administrator do it. {error}"
        ) from error
