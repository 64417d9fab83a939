"""Schemas that stand ready, copied in a moment from the pattern's SQL text: sign-up only claims one."""
import secrets
import time
from datetime import timedelta
from functools import lru_cache

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils.module_loading import import_string
from django_tenants.utils import quote_schema_name

from tenants.context import in_schema
from tenants.migrating import PATTERN_SCHEMA
from tenants.models import ReadySchema
from tenants.rendering import script_render, script_replay
from tenants.versions import schema_version, versions_probe

CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
SAMPLE_DAYS = 3  # an older sample would show "last order long ago" for everyone
RENEWED_DAYS = 2  # its successor is made before it is too old: at no moment is there none


class PatternBehind(RuntimeError):
    """The pattern schema is not migrated: `migrate_tenants` comes first."""


def opaque_name() -> str:
    """`t_` and a ULID: says nothing of the tenant, sorts by birth."""
    number = time.time_ns() // 1_000_000 << 80 | secrets.randbits(80)
    return "t_" + "".join(CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))


@lru_cache(maxsize=1)
def pattern_script(version: str) -> str:
    """The text ready schemas are made from; one rendering per version and process."""
    if versions_probe([PATTERN_SCHEMA])[PATTERN_SCHEMA] != version:
        raise PatternBehind("The pattern schema is behind: run `manage migrate_tenants`.")
    return script_render(PATTERN_SCHEMA)


def fresh(days: int = SAMPLE_DAYS) -> QuerySet[ReadySchema]:
    """Schemas fit to be claimed; of samples only those of the last days."""
    is_young = Q(sample="") | Q(made_at__gt=Now() - timedelta(days=days))
    return ReadySchema.objects.filter(is_young, version=schema_version())


def schema_drop(name: str) -> None:
    """One schema per transaction: each holds about a thousand locks."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {quote_schema_name(name)} CASCADE")


def ready_build(sample: str = "") -> ReadySchema:
    """One more ready schema, whole or not at all."""
    with in_schema(), transaction.atomic():
        name = opaque_name()
        script_replay(pattern_script(schema_version()), name)
        if sample:
            with in_schema(name):
                import_string(settings.SAMPLE_COPY)(sample)
        return ReadySchema.objects.create(schema_name=name, version=schema_version(), sample=sample)


def stale_drop() -> int:
    """Drop the ready schemas that will never be claimed; one that is being claimed is passed over."""
    dropped = 0
    for pk in ReadySchema.objects.exclude(pk__in=fresh().values("pk")).values_list("pk", flat=True):
        with transaction.atomic():
            if ready := ReadySchema.objects.select_for_update(skip_locked=True).filter(pk=pk).first():
                schema_drop(ready.schema_name)
                ready.delete()
                dropped += 1
    return dropped


def fill_one(sample: str, wanted: int) -> bool:
    """Build one schema if one is missing; two workers never build the same one."""
    pattern_script(schema_version())  # kept by the process: under the lock pg_dump would wait for what others drop
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('tenants.pool'), hashtext(%s))", [sample])
        if fresh(RENEWED_DAYS).filter(sample=sample).count() >= wanted:
            return False
        ready_build(sample)
        return True


def pool_fill(wanted: dict[str, int] | None = None) -> int:
    """Drop what is stale, build what is missing: one of each kind first, for nobody knows who signs up next."""
    wanted = settings.READY_SCHEMAS if wanted is None else wanted
    with in_schema():
        stale_drop()
        first = sum(kind_fill(sample, min(count, 1)) for sample, count in wanted.items())
        return first + sum(kind_fill(sample, count) for sample, count in wanted.items())


def kind_fill(sample: str, wanted: int) -> int:
    """Build what is missing of one kind; its pattern first, which may take long."""
    if sample and fresh(RENEWED_DAYS).filter(sample=sample).count() < wanted:
        import_string(settings.SAMPLE_PREPARE)(sample)
    return sum(fill_one(sample, wanted) for _ in range(wanted))
