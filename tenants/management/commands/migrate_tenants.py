"""Bring the catalogue and every tenant's schema up to date."""
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tenants.checks import server_problems
from tenants.migrating import Outcome, migrate_all


def table(broken: dict[str, str]) -> str:
    """Which schemas broke, and why, in columns."""
    width = max(map(len, broken))
    return "\n".join(f"{name:<{width}}  {' '.join(error.split())[:200]}" for name, error in broken.items())


class Command(BaseCommand):
    """Resumable: run it again, or several at once, as often as you like; a broken tenant does not stop the others."""

    help = "Migrate the catalogue and all tenants; a schema that breaks is reported and skipped (exit status 1)."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Quiet, for programs."""
        parser.add_argument("--quiet", action="store_true", help="Print only the summary.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Refuse a server that does not fit, migrate, and say what happened."""
        if problems := server_problems():
            raise CommandError("\n".join(problems))
        outcome: Outcome = migrate_all((lambda line: None) if options["quiet"] else self.stdout.write)
        self.stdout.write(
            f"{outcome.checked} schemas: {len(outcome.done)} migrated, {len(outcome.broken)} broken, "
            f"{outcome.checked - len(outcome.done) - len(outcome.broken)} as they should be or left alone.")
        if outcome.broken:
            stopped = "\nStopped: the migration itself seems to be at fault." if outcome.is_stopped else ""
            raise CommandError(f"Broken schemas (they keep their old version and are tried again next time):\n"
                               f"{table(outcome.broken)}{stopped}")
