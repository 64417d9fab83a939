"""Starts embedded services in a folder, tells their numbers and waits: a program that a test kills."""

import sys
import time
from pathlib import Path

from config.launcher.services import Services

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    kept = dict.fromkeys(("secret_key", "postgresql_admin", "postgresql", "valkey"), "word-of-a-test")
    services = Services(folder, kept, is_lasting=False)
    services.start(folder / "data")
    print(*(child.identity.pid for child in services.children), services.told["DATABASE_URL"], flush=True)
    time.sleep(60)
