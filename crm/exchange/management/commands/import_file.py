"""`import_file TENANT FILE`: the import of the pages, from a shell, with its whole account."""

from __future__ import annotations

import json
import sys
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from crm.core.actors import SYSTEM
from crm.core.errors import CrmError
from crm.core.registry import registry
from crm.exchange.models import ImportJob
from crm.exchange.services import Account, import_account, import_analyse, import_confirm, import_run, import_start
from tenants.context import inside
from tenants.models import Tenant


class Command(BaseCommand):
    """Import a CSV or XLSX file into a tenant, in this process."""

    help = "Import a CSV or XLSX file into a tenant and print where every row went."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("tenant", help="the tenant's slug")
        parser.add_argument("file", type=Path)
        parser.add_argument("--template", default="", help="for example online_retail")
        parser.add_argument("--noun", default="customers", help="the noun's address, for example customers")
        parser.add_argument("--mode", default="both", choices=["both", "create", "update"])
        column = "what a column becomes: HEADER=FIELD; may be repeated"
        parser.add_argument("--column", action="append", default=[], metavar="HEADER=FIELD", help=column)
        parser.add_argument("--create-links", action="store_true", help="make the related records that are missing")
        parser.add_argument("--dry-run", action="store_true", help="tell what would happen, store nothing")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of words")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        resource = registry.by_slug(options["noun"])
        if tenant is None or (resource is None and not options["template"]):
            raise CommandError(
                f"There is no tenant {options['tenant']}." if tenant is None else f"There is no noun {options['noun']}."
            )
        if not options["file"].is_file():
            raise CommandError(f"There is no file {options['file']}.")
        with inside(tenant), transaction.atomic() if options["dry_run"] else nullcontext():
            try:
                self.carry_out(options, resource.label if resource else "")
                if options["dry_run"]:
                    transaction.set_rollback(True)
            except CrmError as error:
                raise CommandError(f"{error.code}: {error.message}") from error

    def carry_out(self, options: dict[str, Any], label: str) -> None:
        """Start, analyse, confirm what is proposed, run, account."""
        actor, started = SYSTEM.by(via="command"), time.monotonic()
        with options["file"].open("rb") as file:
            job = import_start(
                file, label=label, actor=actor, filename=options["file"].name, template=options["template"]
            )
        analysis = import_analyse(job, actor=actor)
        choices = analysis.proposal()
        choices.targets |= columns_named(options["column"], [column.header for column in analysis.columns])
        choices.mode, choices.create_links = options["mode"], options["create_links"]
        import_confirm(job, choices, actor=actor, background=False)
        job = import_run(job.pk, progress=None if options["json"] else self.show)
        seconds = time.monotonic() - started
        account = import_account(job)
        if options["json"]:
            self.stdout.write(json.dumps(as_json(job, account, seconds), ensure_ascii=False))
        else:
            self.tell(job, account, seconds)
        if job.state != ImportJob.State.DONE:
            raise CommandError(f"{job.failure}: {job.failure_details.get('message', '')}")

    def show(self, job: ImportJob) -> None:
        """One line that moves."""
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{job.rows_done:,} of {job.rows_total:,} rows")

    def tell(self, job: ImportJob, account: Account, seconds: float) -> None:
        """The account in words."""
        stored = account.created + account.updated + account.unchanged
        write = self.stdout.write
        write(f"\n{account.read:,} rows read in {seconds:.1f} s: {account.read / seconds:,.0f} rows a second")
        write(f"  {stored:,} stored: {account.created:,} new, {account.updated:,} changed, {account.unchanged:,} same")
        reported = account.merged + account.refused + account.skipped
        write(
            f"  {reported:,} reported: {account.refused:,} refused, {account.merged:,} merged, "
            f"{account.skipped:,} left out on purpose"
        )
        write(f"  {account.unexplained:,} unexplained; {account.blank:,} blank rows beside them")
        for label, counts in account.records.items():
            write(f"  {label}: " + ", ".join(f"{number:,} {became}" for became, number in counts.items()))
        for problem in account.problems:
            write(f"  {problem.count:>9,} × {problem.outcome_label}: {problem.message}")


def columns_named(given: list[str], header: list[str]) -> dict[int, str]:
    """`HEADER=FIELD`, by position; a header that the file does not have is refused."""
    found: dict[int, str] = {}
    for text in given:
        name, _equals, path = text.rpartition("=")
        if name not in header:
            raise CommandError(f"There is no column {name}; the file has: {', '.join(header)}.")
        found[header.index(name)] = path
    return found


def as_json(job: ImportJob, account: Account, seconds: float) -> dict[str, Any]:
    """The account for programs."""
    names = (
        "read",
        "created",
        "updated",
        "unchanged",
        "merged",
        "refused",
        "skipped",
        "blank",
        "unexplained",
        "records",
    )
    return {
        "job": str(job.pk),
        "state": job.state,
        "failure": job.failure,
        "seconds": round(seconds, 2),
        "rows_per_second": round(account.read / seconds) if seconds else 0,
        **{name: getattr(account, name) for name in names},
        "problems": [{"code": p.code, "outcome": p.outcome, "count": p.count} for p in account.problems],
    }
