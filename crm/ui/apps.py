"""The pages: one set of views over the registry; they know no noun by name."""

from django.apps import AppConfig


class UiConfig(AppConfig):
    """The web surface."""

    name = "crm.ui"
    label = "ui"
