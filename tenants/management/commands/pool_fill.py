"""Make schemas ready for sign-ups to come."""
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from tenants.ready import pool_fill


class Command(BaseCommand):
    """What a worker does every minute, at once."""

    help = "Drop stale ready schemas and build the missing ones."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How many of each kind."""
        plain = settings.READY_SCHEMAS.get("", 0)
        parser.add_argument("--plain", type=int, default=plain, help="Schemas without data to keep ready.")
        parser.add_argument("--sampled", type=int, help="The same with a sample, per language.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Fill and say how many were built."""
        given, wanted = options["sampled"], settings.READY_SCHEMAS.items()
        samples = {sample: count if given is None else given for sample, count in wanted if sample}
        built = pool_fill({"": options["plain"], **samples})
        self.stdout.write(f"{built} schemas built.")
