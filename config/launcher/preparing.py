"""What a start needs from Django, in one process: migrations, the first ready schemas, the demo company."""

import argparse
import os
import sys
from io import StringIO

import django
from django.conf import settings
from django.core.management import call_command
from django.utils.module_loading import import_string

from config.launcher.printing import Steps

REST_OF_POOL = ("tenants.upkeep.pool", "bulk", dict[str, str](), dict[str, str]())  # a worker's, as soon as one runs


def prepare(*, has_demo: bool) -> None:
    """Everything in order; each step does nothing when there is nothing to do."""
    steps = Steps()
    django.setup()
    with steps.step("Bring the database up to date"):
        call_command("migrate_tenants", verbosity=0, stdout=StringIO())
    # One of each kind, so that nobody who signs up waits, and a shop for the demo.
    wanted = dict.fromkeys(settings.READY_SCHEMAS, 1) | {"shop": 2}
    # By name: models can be imported only once Django stands.
    if wanted.keys() - import_string("tenants.ready.fresh")().values_list("sample", flat=True):
        with steps.step("Make schemas ready for new companies, with scored samples"):
            import_string("tenants.ready.pool_fill")(wanted)
    if has_demo:
        import_string("config.launcher.demo.demo_open")(steps)
    import_string("tenants.tasks.send")([REST_OF_POOL])


def main() -> int:
    """The command line, used by the launcher alone."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--no-demo", action="store_true")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    prepare(has_demo=not parser.parse_args().no_demo)
    return 0


if __name__ == "__main__":
    sys.exit(main())
