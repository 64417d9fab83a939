"""The schema that docker-compose.yml is tested against, out of Debian's docker-compose package."""

import shutil
import tempfile
from pathlib import Path

from config.launcher.environment import run
from config.launcher.places import STATE
from config.launcher.printing import LauncherError, Steps

PLACE = Path("usr/lib/python3/dist-packages/compose/config/compose_spec.json")


def schema_fetch(steps: Steps) -> dict[str, str]:
    """What the tests must be told to find it; nothing on a machine without Debian's packages."""
    kept = STATE / PLACE.name
    installed = Path("/") / PLACE
    if not kept.exists() and not installed.exists():
        if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
            return {}
        with (
            steps.step("Fetch the schema of compose files (Debian)", is_download=True),
            tempfile.TemporaryDirectory() as folder,
        ):
            unpack(Path(folder), kept)
    return {"COMPOSE_SCHEMA": str(kept if kept.exists() else installed)}


def unpack(folder: Path, kept: Path) -> None:
    """Download the package, without installing it, and keep the one file."""
    fetch = ["apt-get", "download", "-q", "docker-compose"]
    try:
        run(fetch, "apt-get download", folder)
    except LauncherError:  # a new machine has no lists of packages yet
        run(["apt-get", "update", "-q"], "apt-get update")
        run(fetch, "apt-get download", folder)
    run(["dpkg-deb", "-x", next(folder.glob("*.deb")), folder / "unpacked"], "dpkg-deb -x")
    shutil.copyfile(folder / "unpacked" / PLACE, kept)
