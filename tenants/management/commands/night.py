"""Run the night of one tenant now."""
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from tenants.leases import LeaseLost
from tenants.models import NightRun, Tenant
from tenants.night import run_now


class Command(BaseCommand):
    """The same rows, leases and jobs as by night, in this process."""

    help = "Runs every nightly job of one tenant now, once more if today's are done."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which tenant."""
        parser.add_argument("slug")

    def handle(self, *args: Any, slug: str, **options: Any) -> None:
        """One job after the other; the first that fails ends it."""
        tenant = Tenant.objects.filter(slug=slug, state=Tenant.State.ACTIVE).first()
        if tenant is None:
            raise CommandError(f"There is no active tenant {slug!r}.")
        for job in settings.NIGHT_JOBS:
            try:
                run = run_now(tenant, job)
            except LeaseLost as error:
                raise CommandError(str(error)) from error
            if run.state != NightRun.State.DONE:
                raise CommandError(run.error)
            self.stdout.write(f"{job}: {run.state}, as of {run.as_of:%Y-%m-%d %H:%M} UTC")
