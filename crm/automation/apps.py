"""The app of what happens by itself."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AutomationConfig(AppConfig):
    """Webhooks, notifications and rules: readers of events, over any noun of the registry."""

    name = "crm.automation"
    label = "automation"
    verbose_name = _("Automation")
    default_auto_field = "django.db.models.BigAutoField"
