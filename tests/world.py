"""Tenants A, B, and C = a copy of A: same ids, hashes and addresses; a row in every table, a canary in every text."""
from django.apps import apps
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.utils.module_loading import import_string

from tenants.context import in_schema, inside
from tenants.migrating import migrate_all
from tenants.models import Domain, Plan, SchemaVersion, Tenant
from tenants.ready import pattern_script, pool_fill
from tenants.rendering import script_render, script_replay
from tenants.services import host_of
from tenants.versions import schema_version
from tests.rows import rows_make

PASSWORD = "correct horse battery"
CANARIES = {"a": "kanariaa", "b": "kanariab", "c": "kanariac"}


def tenant_row(letter: str) -> Tenant:
    """The catalogue's rows for one of the three."""
    plan, _ = Plan.objects.get_or_create(code="start", defaults={"name": "Start"})
    tenant = Tenant(
        schema_name=f"t_{letter}", slug=f"tenant-{letter}", name=f"Tenant {letter.upper()}", plan=plan, state="active")
    tenant.save()
    Domain(domain=host_of(tenant.slug), tenant=tenant).save()
    SchemaVersion.objects.create(schema_name=tenant.schema_name, version=schema_version(), state="current")
    return tenant


def people_make() -> None:
    """What a new tenant finds; one person per role, all with the same password."""
    password_hash = make_password(PASSWORD)
    import_string(settings.TENANT_OWNER_CREATE)(email="owner@kith.test", password_hash=password_hash)
    for path in settings.TENANT_START:
        import_string(path)("en")
    people, roles = apps.get_model("team.User"), apps.get_model("team.Role")
    for role in roles.objects.exclude(pk__in=people.objects.values("role")):
        people.objects.create(email=f"{role.code}@kith.test", password=password_hash, role=role)


def world_make() -> None:
    """Everything the template database holds."""
    outcome = migrate_all(lambda line: None)
    if outcome.broken:
        raise RuntimeError(f"The migrations do not run: {outcome.broken}")
    with in_schema():
        script = pattern_script(schema_version())
        for letter in "ab":
            with transaction.atomic():
                script_replay(script, f"t_{letter}")
                with inside(tenant_row(letter)):
                    people_make()
                    rows_make(CANARIES[letter])
        copied = script_render("t_a").replace(CANARIES["a"], CANARIES["c"])
        with transaction.atomic():
            script_replay(copied, "t_c")
            tenant_row("c")
            Tenant.objects.filter(slug="tenant-c").update(custom_stamp=Tenant.objects.get(slug="tenant-a").custom_stamp)
        pool_fill({"": 1})
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    pattern_script.cache_clear()


def samples_make() -> None:
    """Ready schemas with the scored sample, for the tests that ask for them: they are large."""
    pool_fill({"": 1, "shop": 1, "shop-zh": 1})
    pattern_script.cache_clear()


__all__ = ["CANARIES", "PASSWORD", "samples_make", "world_make"]
