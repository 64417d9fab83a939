"""The company that an operator names."""
from django.core.management.base import CommandError

from tenants.models import Tenant


def tenant_find(slug: str) -> Tenant:
    """The company at this address, in whatever state."""
    tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None:
        raise CommandError(f"There is no company {slug}.")
    return tenant
