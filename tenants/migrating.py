"""Migrations of thousands of schemas: resumable, the risk taken first where it is small, a broken schema skipped."""
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.migrations.exceptions import InconsistentMigrationHistory, IrreversibleError, NodeNotFoundError
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.utils.module_loading import import_string
from django_tenants.utils import app_labels, quote_schema_name
from psycopg.errors import LockNotAvailable

from tenants.context import in_schema, inside
from tenants.models import SchemaVersion, Tenant
from tenants.versions import schema_version, versions_probe

PATTERN_SCHEMA = "kith_pattern"  # an empty tenant: first to be migrated, and what ready schemas are copied from
EXTENSIONS = ("pg_trgm", "unaccent", "btree_gin")
CANARIES = 3
LOCK_TIMEOUT, LOCK_TRIES, LOCK_PAUSE = "2s", 5, 0.5
# What the database, or a data migration over one tenant's odd rows, can raise
FAILURES = (
    DatabaseError, InconsistentMigrationHistory, IrreversibleError, NodeNotFoundError, ObjectDoesNotExist,
    ValidationError, ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError,
)


@dataclass
class Outcome:
    """What a run did: schemas that were migrated, schemas that broke and why, and whether the rest was left alone."""

    checked: int = 0
    done: list[str] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)
    is_stopped: bool = False


@contextmanager
def transactions_left() -> Iterator[None]:
    """Django's schema editor forgets to leave its transaction when one of its deferred statements fails."""
    blocks: list[Any] = connection.atomic_blocks
    depth = len(blocks)
    try:
        yield
    except BaseException:
        while len(blocks) > depth:
            blocks[-1].__exit__(*sys.exc_info())
        raise


def steps_check(loader: MigrationLoader) -> None:
    """Refuse a schema that lacks some steps of an older version, which come no longer where steps became one."""
    for migration in loader.replacements.values():
        had = [step in loader.applied_migrations for step in migration.replaces]
        if any(had) and not all(had):
            raise RuntimeError("Steps of an older version are missing: migrate with that version first, then this.")


def apply(apps: Sequence[str]) -> None:
    """Bring the schema the connection stands in up to date with `apps`; no signals, so no seed rows.

    Libraries first: they alter the most, and each altered field renders all models anew that are there by then.
    """
    executor = MigrationExecutor(connection)
    executor.loader.check_consistent_history(connection)
    steps_check(executor.loader)
    for some in (settings.LIBRARIES, settings.INSTALLED_APPS):
        labels = {*app_labels(some)} & {*app_labels(apps)}
        with transactions_left():
            executor.migrate([node for node in executor.loader.graph.leaf_nodes() if node[0] in labels])
        executor.loader.build_graph()


def catalogue_migrate() -> None:
    """The extensions and the tables of the catalogue."""
    with in_schema():
        with connection.cursor() as cursor:
            cursor.execute("CREATE SCHEMA IF NOT EXISTS ext")
            for name in EXTENSIONS:
                cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {name} SCHEMA ext")
        apply(settings.SHARED_APPS)


@contextmanager
def impatient() -> Iterator[None]:
    """A table lock is waited for two seconds: the tenant's own queries queue behind a waiting ALTER TABLE."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")


def schema_migrate(name: str) -> None:
    """All migrations over one schema; a lock that is not given is asked for again."""
    for tries_left in reversed(range(LOCK_TRIES)):
        try:
            with in_schema(name), impatient():
                apply(settings.TENANT_APPS)
        except OperationalError as error:
            if not tries_left or not isinstance(error.__cause__, LockNotAvailable):
                raise
            time.sleep(LOCK_PAUSE)
        else:
            return


def tenant_begin(name: str) -> None:
    """A company that was opened before this version finds what a new one finds, unless it has such things already."""
    with in_schema():
        tenant = Tenant.objects.filter(schema_name=name).first()
    if tenant is not None:
        with inside(tenant), transaction.atomic():
            for path in settings.TENANT_START:
                import_string(path)(tenant.locale)


def ledger_write(name: str, error: str = "") -> None:
    """Keep what became of a schema."""
    state = SchemaVersion.State.BROKEN if error else SchemaVersion.State.CURRENT
    values = {"state": state, "error": error[:2000]} | ({} if error else {"version": schema_version()})
    SchemaVersion.objects.update_or_create(schema_name=name, defaults=values)


def ledger_follow(versions: dict[str, str]) -> None:
    """Let the ledger say what the probe saw, in two statements however many schemas there are."""
    known = dict(SchemaVersion.objects.values_list("schema_name", "state"))
    wanted, states = schema_version(), SchemaVersion.State
    now = {name: states.CURRENT if version == wanted else states.BEHIND for name, version in versions.items()}
    changed = [
        SchemaVersion(schema_name=name, version=versions[name], state=state) for name, state in now.items()
        if known.get(name) != state and not (state == states.BEHIND and known.get(name) == states.BROKEN)
    ]
    SchemaVersion.objects.bulk_create(
        changed, 1000, update_conflicts=True, unique_fields=["schema_name"], update_fields=["version", "state", "at"])


def schemas_behind() -> tuple[int, list[str]]:
    """How many schemas there are, and which must be migrated: the pattern first, then tenants by age."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {quote_schema_name(PATTERN_SCHEMA)}")
    names = [PATTERN_SCHEMA, *Tenant.objects.order_by("pk").values_list("schema_name", flat=True)]
    versions = versions_probe(names)
    ledger_follow(versions)
    return len(names), [name for name in names if versions[name] != schema_version()]


@contextmanager
def alone_with(name: str) -> Iterator[bool]:
    """Whether no other runner is at this schema: several may run side by side."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext('tenants.migrate'), hashtext(%s))", [name])
        is_mine = bool(cursor.fetchone()[0])
    try:
        yield is_mine
    finally:
        if is_mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtext('tenants.migrate'), hashtext(%s))", [name])


def migrate_one(name: str, outcome: Outcome) -> None:
    """Migrate one schema and write down how it went."""
    with alone_with(name) as is_mine:
        if not is_mine:
            return
        try:
            schema_migrate(name)
            tenant_begin(name)
        except FAILURES as error:
            outcome.broken[name] = f"{type(error).__name__}: {error}".strip()
            ledger_write(name, outcome.broken[name])
        else:
            outcome.done.append(name)
            ledger_write(name)


def migrate_all(say: Callable[[str], None]) -> Outcome:
    """The catalogue, then whoever is behind; if the pattern or every canary breaks, the migration is at fault."""
    catalogue_migrate()
    with in_schema():
        checked, behind = schemas_behind()
        outcome = Outcome(checked)
        canaries = 1 + min(CANARIES, len(behind) - 1) if PATTERN_SCHEMA in behind else min(CANARIES, len(behind))
        for position, name in enumerate(behind, 1):
            migrate_one(name, outcome)
            say(f"[{position}/{len(behind)}] {name}: {outcome.broken.get(name, 'migrated')}")
            fell = PATTERN_SCHEMA in outcome.broken or position == canaries == len(outcome.broken)
            if fell and position < len(behind):
                outcome.is_stopped = True
                break
    return outcome
