"""`python -m tests` makes the databases that the tests copy."""
import os

import django
from django.utils.module_loading import import_string

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()
import_string("tests.database.templates_make")()  # by name: it imports models, and these need Django to stand
