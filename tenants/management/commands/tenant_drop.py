"""`tenant_drop SLUG --yes`: a closed company, its schema and all of its rows and files, for good."""
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tenants.management.finding import tenant_find
from tenants.services import NotClosing, tenant_drop


class Command(BaseCommand):
    """What `tenant_state SLUG closing` has shut is dropped; there is no way back but a backup or an archive."""

    help = "Drop a closed company for good; make an archive with tenant_export first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which company."""
        parser.add_argument("slug", help="The company's address.")
        parser.add_argument("--yes", action="store_true", help="Do it.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Drop it, or say why not."""
        tenant = tenant_find(options["slug"])
        if not options["yes"]:
            raise CommandError(f"This ends {tenant.name} with every row and file. Say --yes to do it.")
        try:
            tenant_drop(tenant)
        except NotClosing as error:
            raise CommandError(f"Close it first: tenant_state {tenant.slug} closing") from error
        self.stdout.write(f"{options['slug']}: dropped")
