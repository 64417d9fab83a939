"""The catalogue: the only tables outside a tenant's schema, reached by qualified names from anywhere."""
from tenants.models.catalogue import Domain, Plan, ReadySchema, SchemaVersion, Tenant
from tenants.models.work import NightRun, Outbox, Wakeup, Work

__all__ = [
    "Domain", "NightRun", "Outbox", "Plan", "ReadySchema", "SchemaVersion", "Tenant", "Wakeup", "Work",
]
