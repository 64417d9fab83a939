"""Where the launcher keeps its things: in the project, in folders that git leaves alone; what passes, in memory."""

import os
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STATE = Path(os.environ.get("KITH_STATE_DIR") or ROOT / ".kith").resolve()
LOGS, RUN, SECRETS = STATE / "logs", STATE / "run", STATE / "secrets.json"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
NODE_MODULES = ROOT / "node_modules"
MEMORY = Path("/dev/shm")  # noqa: S108 -- only folders that mkdtemp closes are made in it
ROOMY = 6 * 2**30  # bytes: what a whole run of the tests holds at most, with room to spare


def state_make() -> None:
    """The state folder; another account may pass through it (the database's), nobody else may list it."""
    for folder in (STATE, LOGS, RUN):
        folder.mkdir(parents=True, exist_ok=True)
    STATE.chmod(0o711)
    LOGS.chmod(0o700)
    RUN.chmod(0o700)


def is_memory_roomy() -> bool:
    """Whether what passes fits into memory beside all that runs: thousands of small files cost a disk dearly."""
    try:
        told = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
        is_free = int(told["MemAvailable"].split()[0]) * 1024 > 2 * ROOMY
        return is_free and shutil.disk_usage(MEMORY).free > ROOMY and os.access(MEMORY, os.W_OK)
    except (OSError, KeyError, ValueError):
        return False  # not a Linux, or a closed one: the disk serves
