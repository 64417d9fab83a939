"""The bytes of an export, compressed, in pieces, in the tenant's schema: any worker on any host has them."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import BinaryIO

from crm.core.bulk import rows_insert
from crm.exchange.models import ExportJob, ExportPiece

PIECE = 1 << 20


def piece_add(job: ExportJob, position: int, data: bytes, *, is_draft: bool) -> None:
    """Keep one piece."""
    rows_insert(
        ExportPiece, ("job_id", "is_draft", "position", "data"), [(job.pk, is_draft, position, zlib.compress(data, 1))]
    )


def pieces_of(job: ExportJob, *, is_draft: bool = False) -> Iterator[bytes]:
    """The pieces in their order, one at a time: each is asked for when the one before has gone out."""
    rows = ExportPiece.objects.filter(job=job, is_draft=is_draft).order_by("position")
    position = -1
    while (piece := rows.filter(position__gt=position).first()) is not None:
        position = piece.position
        yield zlib.decompress(bytes(piece.data))


def file_keep(job: ExportJob, stream: BinaryIO) -> int:
    """Keep a finished file instead of what it was made from. Returns its size."""
    ExportPiece.objects.filter(job=job).delete()
    stream.seek(0)
    position = size = 0
    while data := stream.read(PIECE):
        piece_add(job, position, data, is_draft=False)
        position, size = position + 1, size + len(data)
    return size
