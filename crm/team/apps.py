"""The tenant's people and what they may do."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TeamConfig(AppConfig):
    name = "crm.team"
    label = "team"
    verbose_name = _("Team")
