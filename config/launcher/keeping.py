"""Secrets of this install, random at the first start and the same ever after: a file that only its owner reads."""

import json
import os
import secrets
from pathlib import Path

from config.launcher.places import SECRETS


def file_write(path: Path, content: object) -> None:
    """Replace a file by JSON that only its owner reads, whole or not at all."""
    half = path.with_suffix(".half")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(content, file, indent=1)
    half.replace(path)


def file_read(path: Path) -> dict[str, str]:
    """What was kept; nothing when there is no such file."""
    return dict(json.loads(path.read_text())) if path.exists() else {}


def secrets_read() -> dict[str, str]:
    """All secrets; what is missing is made now."""
    kept = file_read(SECRETS)
    for name in ("secret_key", "postgresql_admin", "postgresql", "valkey", "demo_password"):
        kept.setdefault(name, secrets.token_urlsafe(12 if name == "demo_password" else 32))
    file_write(SECRETS, kept)
    return kept


def secrets_add(**more: str) -> None:
    """Keep something more."""
    file_write(SECRETS, {**file_read(SECRETS), **more})
