"""`reset_link SLUG EMAIL`: a way back in for whoever forgot the password where no mail can be sent."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from crm.team.models import User
from crm.team.services import reset_token
from tenants.context import inside
from tenants.hosts import tenant_origin
from tenants.models import Tenant


class Command(BaseCommand):
    """Print a link that lets a person set a new password once, within an hour."""

    help = "Print a link by which a person sets a new password; it opens once, within an hour."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("tenant", help="the company's slug")
        parser.add_argument("email", help="the person's e-mail address")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=options["tenant"], state=Tenant.State.ACTIVE).first()
        if tenant is None:
            raise CommandError(f"There is no active company {options['tenant']}.")
        with inside(tenant):
            user = User.objects.filter(email__iexact=options["email"], is_active=True).first()
            if user is None:
                raise CommandError(f"Nobody with the address {options['email']} may log in at {tenant.name}.")
            token = reset_token(user)
        path = reverse("ui:password-reset", args=[token], urlconf="config.urls")
        self.stdout.write(f"{tenant_origin(tenant).rstrip('/')}{path}")
