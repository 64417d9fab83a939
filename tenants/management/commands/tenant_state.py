"""`tenant_state SLUG active|suspended|closing`: let people and workers of a company in, or keep them out."""
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from tenants.management.finding import tenant_find
from tenants.models import Tenant
from tenants.services import tenant_state_set

STATES = [Tenant.State.ACTIVE.value, Tenant.State.SUSPENDED.value, Tenant.State.CLOSING.value]


class Command(BaseCommand):
    """Whatever state a company is in, all of its rows stay until `tenant_drop`."""

    help = "Suspend a company, close it, or let it in again; its rows stay."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which company, and how it shall be."""
        parser.add_argument("slug", help="The company's address.")
        parser.add_argument("state", choices=STATES)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Set it."""
        tenant = tenant_find(options["slug"])
        tenant_state_set(tenant, options["state"])
        self.stdout.write(f"{tenant.slug}: {tenant.state}")
