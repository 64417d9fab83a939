"""Open a tenant from the command line."""
import secrets
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from tenants.models import Tenant
from tenants.places import HABITS
from tenants.ready import ready_build
from tenants.services import NoReadySchema, SlugTaken, sample_of, tenant_open


class Command(BaseCommand):
    """Like sign-up, for scripts: it waits while a schema is built if none is ready, and prints the owner's log-in."""

    help = "Open a tenant: claim a ready schema, make its owner, print the log-in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What sign-up asks, each with a default."""
        parser.add_argument("slug", help="The address: small letters, digits, hyphens.")
        parser.add_argument("--name", help="The company's name (the slug).")
        parser.add_argument("--email", help="The owner's e-mail address (owner@<slug>.test).")
        parser.add_argument("--password", help="The owner's password (a random one is printed).")
        parser.add_argument("--industry", default="shop", choices=Tenant.Industry.values)
        parser.add_argument("--locale", default="en", choices=["en", "zh-hans"])
        parser.add_argument("--region", default="US", choices=sorted(HABITS), help="Country code for phone numbers.")
        parser.add_argument("--currency", help="Three letters (the region's).")
        parser.add_argument("--time-zone", help="IANA name (the region's).")
        parser.add_argument("--sample", action="store_true", help="With the scored sample of the industry.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Open it, or say why not."""
        slug = options["slug"]
        password = options["password"] or secrets.token_urlsafe(12)
        currency, zone = HABITS[options["region"]]
        email = options["email"] or f"owner@{slug}.test"
        values = {
            "slug": slug, "name": options["name"] or slug, "email": email, "password_hash": make_password(password),
            "industry": options["industry"], "locale": options["locale"], "region": options["region"],
            "currency": options["currency"] or currency, "time_zone": options["time_zone"] or zone,
            "sample": options["sample"],
        }
        try:
            tenant = self.open_or_build(values)
        except SlugTaken as error:
            raise CommandError(f"The address {slug} is taken.") from error
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        self.stdout.write(f"{tenant.slug}: {tenant.name} ({tenant.schema_name})\nlog-in: {email} {password}")

    def open_or_build(self, values: dict[str, Any]) -> Tenant:
        """A command may wait for a schema; a page may not."""
        try:
            return tenant_open(**values)
        except NoReadySchema:
            ready_build(sample_of(values["industry"], values["locale"]) if values["sample"] else "")
            return tenant_open(**values)
