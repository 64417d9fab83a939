"""`tenant_export SLUG FILE`: everything of a company in one file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser

from crm.exchange.exporting.archive.writing import archive_write
from tenants.context import inside
from tenants.models import Tenant


class Command(BaseCommand):
    """Write an archive of a company: records, people without passwords, roles, history, settings."""

    help = "Write everything of a company into one archive."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("tenant", help="the company's slug")
        parser.add_argument("file", type=Path)
        parser.add_argument("--without-history", action="store_true", help="leave the events out")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"There is no company {options['tenant']}.")
        part = options["file"].with_name(options["file"].name + ".part")
        try:
            with inside(tenant), part.open("w+b") as stream:
                manifest = archive_write(cast(BinaryIO, stream), history=not options["without_history"])
            part.replace(options["file"])
        except OSError as error:
            raise CommandError(f"The file cannot be written: {error}") from error
        finally:
            part.unlink(missing_ok=True)
        for member in manifest["members"]:
            self.stdout.write(f"{member['count']:>10,}  {member['table']}")
        self.stdout.write(f"{options['file']}: {options['file'].stat().st_size:,} bytes")
