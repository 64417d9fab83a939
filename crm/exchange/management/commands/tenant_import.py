"""`tenant_import SLUG FILE`: an archive into an empty company, on this or another installation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from crm.core.actors import SYSTEM
from crm.core.errors import CrmError
from crm.exchange.exporting.archive.loading import archive_load
from crm.exchange.exporting.archive.reading import archive_open
from tenants.context import inside
from tenants.models import Tenant


class Command(BaseCommand):
    """Read an archive into a company that has no records yet; all of it or nothing."""

    help = "Read an archive into an empty company. Predictions are computed afterwards."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("tenant", help="the company's slug; open one with tenant_open")
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"There is no company {options['tenant']}.")
        if not options["file"].is_file():
            raise CommandError(f"There is no file {options['file']}.")
        try:
            with inside(tenant), options["file"].open("rb") as stream, archive_open(stream) as archive:
                counts = archive_load(archive, actor=SYSTEM.by(via="command"), note=self.stdout.write)
        except CrmError as error:
            raise CommandError(f"{error.code}: {error.message}") from error
        for label, count in counts.items():
            self.stdout.write(f"{count:>10,}  {label}")
        self.stdout.write("People who are new here have no password: under Settings, People, make a link for each.")
