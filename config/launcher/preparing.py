"""What a start needs from Django, in one process: pages' files, migrations, ready schemas, the demo company."""

import argparse
import hashlib
import os
import sys
from io import StringIO
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from django.utils.module_loading import import_string

from config.launcher.places import ROOT, RUN
from config.launcher.printing import Steps
from config.launcher.translations import PACKAGES, translations_compile


def static_name(folders: list[Path]) -> str:
    """One name for the state of all files that pages use; moments of change are enough, the files are ours."""
    state = hashlib.sha256()
    named = [ROOT / "package-lock.json", ROOT / "crm" / "ui" / "assets.py"]
    for file in [*named, *sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())]:
        state.update(f"{file} {file.stat().st_mtime_ns}".encode())
    return state.hexdigest()


def static_collect(steps: Steps) -> None:
    """Collect and compress what pages use, when any of it has changed."""
    stamp, root = RUN / "static", Path(settings.STATIC_ROOT)
    name = static_name([folder for package in PACKAGES for folder in (ROOT / package).rglob("static")])
    if root.is_dir() and stamp.exists() and stamp.read_text() == name:
        return
    with steps.step("Collect and compress the pages' files"):
        call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    stamp.write_text(name)


def prepare(*, has_demo: bool) -> None:
    """Everything in order; each step does nothing when there is nothing to do."""
    steps = Steps()
    translations_compile()
    django.setup()
    static_collect(steps)
    with steps.step("Bring the database up to date"):
        call_command("migrate_tenants", verbosity=0, stdout=StringIO())
    with steps.step("Keep schemas ready for new companies"):
        call_command("pool_fill", verbosity=0, stdout=StringIO())
    if has_demo:
        import_string("config.launcher.demo.demo_open")(steps)  # by name: models need Django first


def main() -> int:
    """The command line, used by `./kith up` alone."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--no-demo", action="store_true")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    prepare(has_demo=not parser.parse_args().no_demo)
    return 0


if __name__ == "__main__":
    sys.exit(main())
