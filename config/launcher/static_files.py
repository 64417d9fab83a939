"""The files that pages load: collected and compressed, when one has changed, beside the other work of a start."""

import hashlib
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from config.launcher.places import LOGS, PYTHON, ROOT, RUN, STATE
from config.launcher.printing import LauncherError, Steps

PACKAGES = ("config", "tenants", "crm", "analytics")
STAMP, COLLECTED = RUN / "static", STATE / "static"
SOURCES = ("package-lock.json", "requirements.txt", "crm/ui/assets.py", "config/settings.py")


def state_name() -> str:
    """One name for the state of all of them; moments of change are enough, the files are ours."""
    folders = [folder for package in PACKAGES for folder in (ROOT / package).rglob("static")]
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    told = [f"{file} {file.stat().st_mtime_ns}" for file in [*(ROOT / name for name in SOURCES), *sorted(files)]]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


@dataclass
class Collecting:
    """A collection on its way."""

    process: subprocess.Popen[bytes]
    name: str
    log: Path

    def wait(self, steps: Steps) -> None:
        """Until it is done; then remember what was collected."""
        with steps.step("Collect and compress the pages' files (begun before)"):
            if self.process.wait():
                raise LauncherError(f"That did not work; see {self.log}.")
        STAMP.write_text(self.name)


def collecting_begin(environment: Mapping[str, str]) -> Collecting | None:
    """Begin to collect; nothing when nothing has changed."""
    name, log = state_name(), LOGS / "static.log"
    if COLLECTED.is_dir() and STAMP.exists() and STAMP.read_text() == name:
        return None
    command = [str(PYTHON), "manage.py", "collectstatic", "--no-input", "--clear", "--verbosity", "0"]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=dict(environment), stdout=output, stderr=subprocess.STDOUT)
    return Collecting(process, name, log)
