"""Which migrations a schema must have had, and which it has: one probe for all schemas."""
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django_tenants.utils import app_labels, quote_schema_name

PROBED_AT_ONCE = 250  # each costs a few locks until the statement ends
PROBE = (
    "SELECT %s::text, encode(sha256(convert_to(coalesce(string_agg(app || '.' || name, ',' "
    """ORDER BY (app || '.' || name) COLLATE "C"), ''), 'UTF8')), 'hex') FROM {}.django_migrations """
    "WHERE app || '.' || name = ANY(%s)"
)


@lru_cache(maxsize=1)
def migration_names() -> tuple[str, ...]:
    """Every migration a tenant's schema must have had."""
    labels = set(app_labels(settings.TENANT_APPS))
    return tuple(sorted(f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations if app in labels))


def version_of(names: Iterable[str]) -> str:
    """A short name for a set of migrations."""
    return hashlib.sha256(",".join(sorted(names)).encode()).hexdigest()


@lru_cache(maxsize=1)
def schema_version() -> str:
    """What a schema must have been built from to be claimed or worked in."""
    return version_of(migration_names())


def batches(names: Iterable[str], size: int) -> Iterator[list[str]]:
    """The names, `size` at a time."""
    rest = iter(names)
    while batch := list(islice(rest, size)):
        yield batch


def versions_probe(schemas: Sequence[str]) -> dict[str, str]:
    """The version each schema truly has; empty for one that was never migrated or does not exist."""
    found = dict.fromkeys(schemas, "")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n.nspname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
            "WHERE c.relname = 'django_migrations' AND n.nspname = ANY(%s)", [list(schemas)])
        begun = sorted(row[0] for row in cursor.fetchall())
        wanted = list(migration_names())
        for batch in batches(begun, PROBED_AT_ONCE):
            query = " UNION ALL ".join(PROBE.format(quote_schema_name(name)) for name in batch)
            cursor.execute(query, [value for name in batch for value in (name, wanted)])
            found.update(cursor.fetchall())
    return found
