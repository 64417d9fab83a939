"""The bytes of an uploaded file, kept in pieces in the tenant's schema."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import BinaryIO, cast

from crm.core.bulk import rows_insert
from crm.exchange.models import ImportJob, ImportPiece
from crm.exchange.problems import file_refusal

PIECE = 1 << 20
MAX_STORED = 1 << 30
PACKED, PLAIN = b"z", b"r"
IS_PACKED = (b"\x1f\x8b", b"PK\x03\x04")


def pieces_write(job: ImportJob, file: BinaryIO) -> int:
    """Keep the file; text is compressed on the way. Returns its size."""
    file.seek(0)
    position = size = 0
    plain = False
    while data := file.read(PIECE):
        plain = plain or (position == 0 and data.startswith(IS_PACKED))
        size += len(data)
        if size > MAX_STORED:
            raise file_refusal("file_too_large", limit="1 GB")
        rows_insert(
            ImportPiece,
            ("job_id", "position", "data"),
            [(job.pk, position, PLAIN + data if plain else PACKED + zlib.compress(data, 1))],
        )
        position += 1
    if not size:
        raise file_refusal("file_empty")
    return size


@contextmanager
def pieces_read(job: ImportJob) -> Iterator[BinaryIO]:
    """The file again, as a temporary one without a name: nothing is left behind on this machine."""
    with TemporaryFile() as stream:
        for data in (
            ImportPiece.objects.filter(job=job)
            .order_by("position")
            .values_list("data", flat=True)
            .iterator(chunk_size=8)
        ):
            raw = bytes(data)
            stream.write(raw[1:] if raw[:1] == PLAIN else zlib.decompress(raw[1:]))
        stream.seek(0)
        yield cast(BinaryIO, stream)
