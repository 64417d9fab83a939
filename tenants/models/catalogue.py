"""Who signed up, by which address they are reached, and in which state each schema is."""
from typing import ClassVar, NoReturn

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Plan(models.Model):
    """A subscription plan: how much of the service a tenant may use; an empty limit is no limit."""

    code = models.SlugField(max_length=30, unique=True)
    name = models.CharField(max_length=60)
    people_limit = models.PositiveIntegerField(null=True)
    records_limit = models.PositiveIntegerField(null=True)
    burst_limit = models.PositiveIntegerField(null=True)  # requests of one program in a minute
    daily_limit = models.PositiveIntegerField(null=True)  # requests of the whole company in a day

    class Meta:
        db_table = '"public"."tenants_plan"'

    def __str__(self) -> str:
        return self.name


class Tenant(models.Model):
    """A company that signed up: one row, one schema."""

    class State(models.TextChoices):
        """Workers and pages touch only active tenants."""

        PREPARING = "preparing", _("Preparing")
        ACTIVE = "active", _("Active")
        SUSPENDED = "suspended", _("Suspended")
        CLOSING = "closing", _("Closing")

    class Industry(models.TextChoices):
        """What the tenant sells; it chooses the sample."""

        SHOP = "shop", _("Shop or online store")
        BANK = "bank", _("Bank or insurance")
        TRAVEL = "travel", _("Travel")
        OTHER = "other", _("Something else")

    auto_drop_schema = False  # what the library asks when a row goes; tenants.services.tenant_drop does it
    schema_name = models.CharField(max_length=63, unique=True)
    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=100)
    state = models.CharField(max_length=12, choices=State, default=State.PREPARING, db_index=True)
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="tenants")
    locale = models.CharField(max_length=10, default="en")
    time_zone = models.CharField(max_length=60, default="UTC")
    currency = models.CharField(max_length=3, default="USD")
    region = models.CharField(max_length=2, default="US")
    industry = models.CharField(max_length=12, choices=Industry, default=Industry.SHOP)
    custom_stamp = models.PositiveIntegerField(default=0)  # rises with each change of the tenant's own fields
    is_sample_shown = models.BooleanField(default=False)  # until the first record of its own
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = '"public"."tenants_tenant"'

    def __str__(self) -> str:
        return self.name

    def __enter__(self) -> NoReturn:
        """The library's own `with tenant:` keeps the way back in a list that all threads share."""
        raise RuntimeError("Only tenants.context.inside(tenant) changes the schema.")

    def __exit__(self, *_: object) -> None:
        """Never reached."""


class Domain(models.Model):
    """A host name that leads to a tenant."""

    domain = models.CharField(max_length=253, unique=True)
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="domains")
    is_primary = models.BooleanField(default=True)

    class Meta:
        db_table = '"public"."tenants_domain"'

    def __str__(self) -> str:
        return self.domain


class ReadySchema(models.Model):
    """A schema with all its tables, and perhaps a scored sample, that waits for its tenant."""

    schema_name = models.CharField(max_length=63, unique=True)
    version = models.CharField(max_length=64)
    sample = models.CharField(max_length=12, blank=True, default="")
    made_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = '"public"."tenants_readyschema"'
        indexes: ClassVar = [models.Index(fields=["version", "sample", "id"], name="tenants_ready_claim")]

    def __str__(self) -> str:
        return self.schema_name


class SchemaVersion(models.Model):
    """The ledger of migrations: which version each schema is at, and what went wrong with the last attempt."""

    class State(models.TextChoices):
        """A broken schema is skipped until the next run of the migrations."""

        CURRENT = "current", _("Current")
        BEHIND = "behind", _("Behind")
        BROKEN = "broken", _("Broken")

    schema_name = models.CharField(max_length=63, unique=True)
    version = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.BEHIND)
    error = models.TextField(blank=True)
    at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = '"public"."tenants_schemaversion"'

    def __str__(self) -> str:
        return f"{self.schema_name}: {self.state}"
