"""A noun made for the tests: it proves what a new noun costs and what it gets."""

from django.apps import AppConfig


class GadgetsConfig(AppConfig):
    name = "tests.gadgets"
    label = "gadgets"
