"""The settings of the tests: Kith's own, and one more noun."""
from config.settings import *  # noqa: F403 -- the same settings, whole
from config.settings import INSTALLED_APPS, TENANT_APPS

TENANT_APPS = [*TENANT_APPS, "tests.gadgets"]
INSTALLED_APPS = [*INSTALLED_APPS, "tests.gadgets"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
