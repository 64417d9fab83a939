"""The app of files in and out."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ExchangeConfig(AppConfig):
    """Imports for any noun of the registry."""

    name = "crm.exchange"
    label = "exchange"
    verbose_name = _("Import")
    default_auto_field = "django.db.models.BigAutoField"
