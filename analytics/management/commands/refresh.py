"""./kith manage refresh TENANT: recompute a tenant's models and scores here and now."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from analytics.services import refresh
from tenants.context import inside
from tenants.models import Tenant


def tenant_named(slug: str) -> Tenant:
    """The tenant with that address, or an error that names it."""
    tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None:
        raise CommandError(f"There is no tenant {slug}.")
    return tenant


class Command(BaseCommand):
    """Recompute everything, contest included."""

    help = "Recompute the models and scores of one tenant, contest included."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which tenant."""
        parser.add_argument("tenant")
        parser.add_argument("--no-contest", action="store_true", help="trust the last contest, as most nights do")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run and say what was done."""

        def progress(step: str, share: float) -> None:
            self.stdout.write(f"{share:4.0%}  {step}")

        with inside(tenant_named(options["tenant"])):
            began = timezone.now()
            run = refresh(as_of=began, contest=not options["no_contest"], progress=progress)
            if run.started_at < began:
                self.stdout.write("Nothing has changed since the last run: nothing was computed.")
            for name, counts in run.counts.items():
                self.stdout.write(f"{name}: " + ", ".join(f"{key} {value}" for key, value in counts.items()))
