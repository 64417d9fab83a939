"""One scored sample for each language, kept in a schema without a tenant, from which every other is copied."""
from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from django.db import connection, transaction
from django.utils import translation

from analytics.services import refresh
from crm.exchange.samples.catalogue import is_chinese
from crm.exchange.samples.tables import statistics_renew
from crm.exchange.samples.writing import sample_make
from tenants.context import in_schema, inside
from tenants.models import Plan, Tenant, Wakeup
from tenants.ready import pattern_script
from tenants.rendering import script_replay
from tenants.versions import schema_version

PREFIX = "kith_sample_"
PATTERN_DAYS = 1


def language_of(locale: str) -> str:
    """The language whose sample a locale is shown."""
    return "zh-hans" if is_chinese(locale) else "en"


def pattern_name(industry: str, locale: str) -> str:
    """Named by what is in it and by the schema it was built from; of another version it is never read."""
    return f"{PREFIX}{industry}_{language_of(locale).replace('-', '_')}_{schema_version()[:12]}"


def pattern_tenant(name: str, industry: str, locale: str) -> Tenant:
    """A tenant of no company, never stored: the settings that the models are computed under."""
    currency, region, zone = ("CNY", "CN", "Asia/Shanghai") if is_chinese(locale) else ("USD", "US", "UTC")
    return Tenant(
        schema_name=name, slug="sample", name="Sample", plan=Plan(), industry=industry, locale=language_of(locale),
        currency=currency, region=region, time_zone=zone)


def pattern_day(name: str) -> date | None:
    """The day a pattern was made for; None where there is none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = %s", [name])
        row = cursor.fetchone()
    return date.fromisoformat(row[0]) if row and row[0] else None


def today() -> date:
    """The day in UTC."""
    return datetime.now(tz=UTC).date()


def is_fresh(name: str) -> bool:
    """Whether a pattern is there and of these days."""
    day = pattern_day(name)
    return day is not None and today() - day <= timedelta(days=PATTERN_DAYS)


def pattern_ready(industry: str, locale: str) -> str:
    """The name of the pattern, built first when it is missing or old; two workers never build the same one."""
    name = pattern_name(industry, locale)
    if is_fresh(name):
        return name
    with in_schema():
        pattern_script(schema_version())  # kept by the process: pg_dump would wait for what is dropped below, for ever
        return pattern_renew(name, industry, locale)


def family_of(name: str) -> str:
    """What the names of a pattern have in common over all versions."""
    return name.rpartition("_")[0] + "_"


def pattern_lock(industry: str, locale: str) -> None:
    """Until the transaction ends nobody else copies or drops a pattern of this kind, of whatever version.

    One lock for both: to drop a schema takes locks on its tables in no order that one who reads them could keep to."""
    with connection.cursor() as cursor:
        family = family_of(pattern_name(industry, locale))
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('samples.pattern'), hashtext(%s))", [family])


@transaction.atomic
def pattern_renew(name: str, industry: str, locale: str) -> str:
    """Build it in place of the old one, unless another worker has done so meanwhile."""
    pattern_lock(industry, locale)
    if not is_fresh(name):
        old_drop(name)
        pattern_build(name, industry, locale, today())
    return name


def old_drop(name: str) -> None:
    """Drop what this pattern replaces: itself of another day, and its like of other versions."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_catalog.pg_namespace WHERE starts_with(nspname, %s)", [family_of(name)])
        for (found,) in cursor.fetchall():
            cursor.execute(f"DROP SCHEMA IF EXISTS {connection.ops.quote_name(found)} CASCADE")


def pattern_build(name: str, industry: str, locale: str, day: date) -> None:
    """Tables, rows, models, scores; the pump is not woken, for no tenant stands behind this schema."""
    script_replay(pattern_script(schema_version()), name)
    tenant = pattern_tenant(name, industry, locale)
    with inside(tenant), translation.override(tenant.locale):
        sample_make(industry, as_of=day, locale=locale)
        statistics_renew()
        refresh(as_of=datetime.combine(day, time(), UTC), contest=True)
    Wakeup.objects.filter(schema_name=name).delete()
    with connection.cursor() as cursor:
        cursor.execute(f"COMMENT ON SCHEMA {connection.ops.quote_name(name)} IS '{day.isoformat()}'")


def sample_kind(sample: str) -> tuple[str, str]:
    """Industry and language of a sample by its name: `shop`, `bank-zh`."""
    industry, _dash, language = sample.partition("-")
    return industry, language or "en"


def sample_prepare(sample: str) -> str:
    """Have the pattern of a sample (`shop`, `bank-zh`) ready before schemas are filled from it."""
    return pattern_ready(*sample_kind(sample))
