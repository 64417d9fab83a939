"""The only way to change schema."""
from collections.abc import Iterator
from contextlib import contextmanager

from tenants.models import Tenant
from tenants.standing import standing


class OutsideTenant(RuntimeError):
    """Something that belongs to a tenant was asked for where none is."""


@contextmanager
def inside(tenant: Tenant) -> Iterator[Tenant]:
    """Stand in `tenant`'s schema; re-entrant, and restores what was there before, per connection and so per thread."""
    before = standing.tenant
    standing.set_tenant(tenant)
    try:
        yield tenant
    finally:
        standing.set_tenant(before)


@contextmanager
def in_schema(name: str = "public") -> Iterator[None]:
    """Stand in a schema that has no tenant: the catalogue, the pattern, one that waits in the pool."""
    before = standing.tenant
    standing.set_schema(name)
    try:
        yield
    finally:
        standing.set_tenant(before)


def each_tenant(state: str = Tenant.State.ACTIVE) -> Iterator[Tenant]:
    """Stand in each tenant of that state in turn; the list is of the moment of the call."""
    for tenant in list(Tenant.objects.filter(state=state).order_by("pk")):
        with inside(tenant):
            yield tenant


def current() -> Tenant:
    """The tenant the connection stands in; there is none on the public site, and then it raises."""
    tenant = standing.tenant
    if not isinstance(tenant, Tenant):
        raise OutsideTenant(f"No tenant here: the connection stands in {standing.schema_name}.")
    return tenant
