"""What the tenancy needs in place before the first query."""
from django.apps import AppConfig
from django.core import checks as django_checks
from django.db.models.signals import post_migrate

from tenants import checks, ownership


class TenantsConfig(AppConfig):
    """The catalogue and the walls."""

    name = "tenants"

    def ready(self) -> None:
        """Put the walls up; permissions are strings on a Role, so no four permission rows a model in every tenant."""
        post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")
        ownership.install()
        django_checks.register(checks.database_check, "database")
        django_checks.register(checks.settings_check)
