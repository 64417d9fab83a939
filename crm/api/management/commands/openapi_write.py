"""Renew the committed OpenAPI document: `./kith manage openapi_write`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import override

from crm.api.openapi import document

SNAPSHOT = Path(settings.BASE_DIR, "tests", "snapshots", "openapi.json")


def text_of(made: dict[str, Any]) -> str:
    """The document as it is committed: one fact a line, so that a change can be read."""
    return json.dumps(made, indent=1, ensure_ascii=False, default=str) + "\n"


class Command(BaseCommand):
    """Write the document in English to a file, the committed one unless another is named."""

    help = "Renew tests/snapshots/openapi.json, or write the OpenAPI document to another file."

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to."""
        parser.add_argument("path", nargs="?", type=Path, default=SNAPSHOT)

    def handle(self, *args: Any, **options: Any) -> None:
        """Make and write it."""
        path: Path = options["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        with override("en"):
            path.write_text(text_of(document()), encoding="utf-8")
        self.stdout.write(f"{path}: {path.stat().st_size} bytes")
