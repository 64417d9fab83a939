"""Writing an archive: all tables at one moment, a JSON object a line, and a manifest that says what is there."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any, BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile

from django.db import connection, transaction
from django.utils import timezone

from crm.exchange.exporting.archive.contents import NAME, VERSION, Table, tables
from tenants.context import current
from tenants.versions import schema_version

MANIFEST = "manifest.json"
SETTINGS = ("name", "slug", "locale", "time_zone", "currency", "region", "industry")
ROWS_AT_ONCE = 2000
Told = Callable[[int], None]


def archive_write(stream: BinaryIO, *, history: bool = True, told: Told | None = None) -> dict[str, Any]:
    """Write everything of the company one stands in. Returns the manifest."""
    members = []
    rows = 0
    with ZipFile(stream, "w", ZIP_DEFLATED) as archive, one_moment():
        for table in tables(history=history):
            members.append(table_write(archive, table))
            rows += members[-1]["count"]
            if told:
                told(rows)
        manifest = {
            "format": NAME,
            "version": VERSION,
            "schema": schema_version(),
            "made_at": timezone.now().isoformat(),
            "tenant": {name: getattr(current(), name) for name in SETTINGS},
            "members": members,
        }
        archive.writestr(MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1))
    return manifest


@contextmanager
def one_moment() -> Iterator[None]:
    """REPEATABLE READ, READ ONLY: all tables as they were at the first look; it holds nobody up."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def rows_count(*, history: bool = True) -> int:
    """How many rows an archive would hold."""
    return sum(table.model._default_manager.count() for table in tables(history=history))


def table_write(archive: ZipFile, table: Table) -> dict[str, Any]:
    """One member; what the manifest says of it."""
    digest, size, count = hashlib.sha256(), 0, 0
    with archive.open(table.member, "w", force_zip64=True) as member:
        for line in lines_of(table):
            member.write(line)
            digest.update(line)
            size, count = size + len(line), count + 1
    return {
        "name": table.member,
        "table": table.label,
        "columns": list(table.attnames),
        "count": count,
        "size": size,
        "sha256": digest.hexdigest(),
    }


def lines_of(table: Table) -> Iterator[bytes]:
    """The rows as JSON; ids, moments and amounts as texts that come back exactly."""
    rows = table.model._default_manager.order_by(*table.order).values_list(*table.attnames)
    for row in rows.iterator(chunk_size=ROWS_AT_ONCE):
        values = dict(zip(table.attnames, row, strict=True))
        yield json.dumps(values, ensure_ascii=False, separators=(",", ":"), default=text_of).encode() + b"\n"


def text_of(value: Any) -> str:
    """What JSON has no word for."""
    if isinstance(value, (bytes, memoryview)):
        return base64.b64encode(value).decode()
    return value.isoformat() if isinstance(value, (date, datetime)) else str(value)
