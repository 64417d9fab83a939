"""What a start needs from Django, in one process: migrations, the first ready schemas, the demo company."""

import argparse
import os
import sys
from io import StringIO

import django
from django.core.management import call_command
from django.utils.module_loading import import_string

from config.launcher.printing import Steps

FIRST_POOL = {"shop": 4}  # one for the demo, three for who signs up at once; the clock fills the rest


def prepare(*, has_demo: bool) -> None:
    """Everything in order; each step does nothing when there is nothing to do."""
    steps = Steps()
    django.setup()
    with steps.step("Bring the database up to date"):
        call_command("migrate_tenants", verbosity=0, stdout=StringIO())
    # By name: models can be imported only once Django stands.
    if not import_string("tenants.models.ReadySchema").objects.exists():
        with steps.step("Make schemas ready for new companies, with a scored sample"):
            import_string("tenants.ready.pool_fill")(FIRST_POOL)
    if has_demo:
        import_string("config.launcher.demo.demo_open")(steps)


def main() -> int:
    """The command line, used by the launcher alone."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--no-demo", action="store_true")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    prepare(has_demo=not parser.parse_args().no_demo)
    return 0


if __name__ == "__main__":
    sys.exit(main())
