"""Opening and closing a tenant: one transaction over the catalogue and the tenant's own schema."""
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils.module_loading import import_string
from django_tenants.utils import quote_schema_name

from tenants.context import in_schema, inside
from tenants.models import Domain, Outbox, Plan, ReadySchema, SchemaVersion, Tenant, Wakeup
from tenants.ready import fresh
from tenants.slugs import slug_check
from tenants.versions import schema_version

SHOWN = ("shop", "bank", "travel")  # the industries that have a sample of their own
FIRST_PLAN = {"code": "start", "name": "Start"}


class SlugTaken(Exception):
    """Another tenant has this address, perhaps since a moment."""


class NotClosing(Exception):
    """Only a company that nobody enters any more is dropped."""


class NoReadySchema(Exception):
    """The pool is empty: build one while a page waits."""


def sample_of(industry: str, locale: str) -> str:
    """Which sample a tenant is shown: its industry's, else the shop's, in the tenant's language."""
    shown = industry if industry in SHOWN else Tenant.Industry.SHOP.value
    return f"{shown}-zh" if locale.startswith("zh") else shown


def schema_claim(sample: str) -> ReadySchema:
    """The oldest schema that is ready; two sign-ups never wait for each other."""
    ready = fresh().filter(sample=sample).select_for_update(skip_locked=True).order_by("pk").first()
    if ready is None:
        raise NoReadySchema(sample or "plain")
    return ready


def host_of(slug: str) -> str:
    """The host name a slug is reached by."""
    return f"{slug}.{settings.PUBLIC_HOST}"


def catalogue_write(tenant: Tenant) -> None:
    """The tenant, its host, and the version of its schema."""
    try:
        with transaction.atomic():
            tenant.save()
            Domain(domain=host_of(tenant.slug), tenant=tenant, is_primary=True).save()
    except IntegrityError as error:
        raise SlugTaken(tenant.slug) from error
    SchemaVersion.objects.create(
        schema_name=tenant.schema_name, version=schema_version(), state=SchemaVersion.State.CURRENT)


def tenant_open(
    *, slug: str, name: str, email: str, password_hash: str, industry: str = "shop", locale: str = "en",
    time_zone: str = "UTC", currency: str = "USD", region: str = "US", sample: bool = True, person: str = "",
) -> Tenant:
    """Claim a ready schema, name its tenant and host, make its owner; the password comes hashed: hashing is slow."""
    slug_check(slug)
    with in_schema(), transaction.atomic():
        ready = schema_claim(sample_of(industry, locale) if sample else "")
        plan, _ = Plan.objects.get_or_create(code=FIRST_PLAN["code"], defaults=FIRST_PLAN)
        tenant = Tenant(
            schema_name=ready.schema_name, slug=slug, name=name, plan=plan, industry=industry, locale=locale,
            time_zone=time_zone, currency=currency, region=region, state=Tenant.State.ACTIVE, is_sample_shown=sample)
        catalogue_write(tenant)
        ready.delete()
        with inside(tenant):
            import_string(settings.TENANT_OWNER_CREATE)(
                email=email, password_hash=password_hash, name=person)
            for path in settings.TENANT_START:
                import_string(path)(locale)
            with connection.cursor() as cursor:  # nothing may be left to fail at COMMIT
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    return tenant


def tenant_state_set(tenant: Tenant, state: str) -> None:
    """Let people and workers in (active) or keep them out; every row stays where it is."""
    with in_schema():
        Tenant.objects.filter(pk=tenant.pk).update(state=state)
    tenant.state = state


def tenant_drop(tenant: Tenant) -> None:
    """A company that is closing ends for good: its schema with every row and file, its address, its work that waits."""
    if tenant.state != Tenant.State.CLOSING:
        raise NotClosing(tenant.slug)
    with in_schema(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {quote_schema_name(tenant.schema_name)} CASCADE")
        for model in (SchemaVersion, Outbox, Wakeup):
            model._base_manager.filter(schema_name=tenant.schema_name).delete()
        Tenant.objects.filter(pk=tenant.pk).delete()

