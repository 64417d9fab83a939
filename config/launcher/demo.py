"""The demo company: opened once, with the shop's sample, its first night done, and a key for the API."""

from io import StringIO

from django.contrib.auth.hashers import make_password
from django.core.management import call_command

from config.launcher.keeping import secrets_add, secrets_read
from config.launcher.printing import Steps
from crm.core.actors import SYSTEM
from crm.team.services import api_key_create, api_key_find
from tenants.context import inside
from tenants.models import Tenant
from tenants.services import tenant_open

SLUG = "demo"
EMAIL = "owner@demo.example"
SCOPES = ["*"]


def demo_open(steps: Steps) -> None:
    """Open it, if it is not there; give it a key, if the one that was kept does not fit."""
    if not Tenant.objects.filter(slug=SLUG).exists():
        with steps.step("Open the demo company with a sample"):
            password = make_password(secrets_read()["demo_password"])
            tenant_open(slug=SLUG, name="Demo", email=EMAIL, password_hash=password, person="Robin Vale")
        with steps.step("Its first night: compute predictions"):
            call_command("refresh", SLUG, verbosity=0, stdout=StringIO())
    with inside(Tenant.objects.get(slug=SLUG)):
        kept = secrets_read().get("demo_key", "")
        if not (kept and api_key_find(kept)):
            _, plain = api_key_create("Demo", actor=SYSTEM, scopes=SCOPES)
            secrets_add(demo_key=plain, demo_email=EMAIL)
