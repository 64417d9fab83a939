"""The grammar of the product; knows no noun."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class CoreConfig(AppConfig):
    name = "crm.core"
    label = "core"

    def ready(self) -> None:
        """Load every module's Resources, so that all surfaces see the whole registry; then the checks that judge it."""
        autodiscover_modules("resources")
        autodiscover_modules("figures")
        autodiscover_modules("checks")
