"""Where the launcher keeps its things: all inside the project, in folders that git leaves alone."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STATE = Path(os.environ.get("KITH_STATE_DIR") or ROOT / ".kith").resolve()
LOGS, RUN, SECRETS = STATE / "logs", STATE / "run", STATE / "secrets.json"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
NODE_MODULES = ROOT / "node_modules"


def state_make() -> None:
    """The state folder; another account may pass through it (the database's), nobody else may list it."""
    for folder in (STATE, LOGS, RUN):
        folder.mkdir(parents=True, exist_ok=True)
    STATE.chmod(0o711)
    LOGS.chmod(0o700)
    RUN.chmod(0o700)
