"""The Django app of the models, their scores and their pages' data."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AnalyticsConfig(AppConfig):
    """Reads any noun; no noun imports it."""

    name = "analytics"
    verbose_name = _("Analytics")
