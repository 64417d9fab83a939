"""The settings of the tests: Kith's own, and one more noun."""
import os

from config.settings import *  # noqa: F403 -- the same settings, whole
from config.settings import INSTALLED_APPS, STORAGES, TENANT_APPS

TENANT_APPS = [*TENANT_APPS, "tests.gadgets"]
INSTALLED_APPS = [*INSTALLED_APPS, "tests.gadgets"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
BROKER_PREFIX = os.environ.get("BROKER_PREFIX", f"test-{os.getpid()}:")  # no message of a test reaches another's worker
# No test collects the static files first: their plain names do.
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True
# A test that claims schemas makes them: no worker learns every sample anew behind somebody who signs up.
READY_SCHEMAS: dict[str, int] = {}
