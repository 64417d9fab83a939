"""What the tenancy needs in place before the first query."""
from django.apps import AppConfig
from django.db.models.signals import post_migrate

from tenants import ownership


class TenantsConfig(AppConfig):
    """The catalogue and the walls."""

    name = "tenants"

    def ready(self) -> None:
        """Permissions are strings on a Role: do not write four permission rows a model into every tenant."""
        post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")
        ownership.install()
