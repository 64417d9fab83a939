"""What is in a file: taken in pieces, its kind read from its bytes, handed out as a download and never shown."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from crm.activities.models import File, FilePiece
from crm.core.actors import Actor
from crm.core.bulk import rows_insert
from crm.core.errors import CrmError
from crm.core.permissions import not_yours, permit, unchangeable, visible
from crm.core.services import record_save, record_write

PIECE = 1 << 20
BINARY = "application/octet-stream"
KINDS: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"\x1f\x8b", "application/gzip"),
    (b"\x78\x9f\x3e\x22", "application/ms-tnef"),
    (b"RIFF", "application/x-riff"),
)


def kind_of(head: bytes) -> str:
    """What the first bytes say the file is; neither its name nor its sender is believed."""
    for magic, kind in KINDS:
        if head.startswith(magic):
            return kind
    try:
        head.rsplit(b"\n", 1)[0].decode()
    except UnicodeDecodeError:
        return BINARY
    if b"\x00" in head:
        return BINARY
    is_markup = b"<html" in head.lower() or b"<svg" in head.lower() or b"<script" in head.lower()
    return "text/html" if is_markup else "text/plain"


def file_find(id: UUID, actor: Actor, permission: str = "view", *, lock: bool = False) -> File:
    """A file that the actor may see."""
    permit(actor, f"activities.{permission}_file")
    rows = visible(File, actor).filter(pk=id)
    found = (rows.select_for_update() if lock else rows).first()
    if found is None:
        raise CrmError("not_found", _("There is no such record."), status=404)
    if permission == "change" and unchangeable(File, [found.pk], actor):
        raise not_yours()
    return found


@transaction.atomic
def file_take(name: str, stream: BinaryIO, about: tuple[str, UUID], *, actor: Actor) -> UUID:
    """A new file with what is in it."""
    values = {"name": name, "object_type": about[0], "object_id": str(about[1])}
    if actor.kind == "user":
        values["owner"] = str(actor.id)
    made = record_save(File, values, actor=actor)
    content_write(File.objects.get(pk=made), stream, actor)
    return made


@transaction.atomic
def file_fill(id: UUID, stream: BinaryIO, *, actor: Actor) -> File:
    """Give a file its content, instead of what it had."""
    file = file_find(id, actor, "change", lock=True)
    content_write(file, stream, actor)
    file.refresh_from_db()
    return file


def content_write(file: File, stream: BinaryIO, actor: Actor) -> None:
    """Keep the bytes, as far as there is room."""
    FilePiece.objects.filter(file=file).delete()
    room = min(settings.FILE_MOST_BYTES, settings.FILES_MOST_BYTES - bytes_kept(but=file))
    digest, size, head = hashlib.sha256(), 0, b""
    for position, data in enumerate(iter(lambda: stream.read(PIECE), b"")):
        head, size = head or data[:4096], size + len(data)
        if size > room:
            raise too_large(is_full=room < settings.FILE_MOST_BYTES)
        digest.update(data)
        rows_insert(FilePiece, ("file_id", "position", "data"), [(file.pk, position, data)])
    values = {"size": size, "sha256": digest.hexdigest(), "content_type": kind_of(head)}
    record_write(File, values, actor=actor, record=file)


def too_large(*, is_full: bool) -> CrmError:
    """The refusal of a file that is larger than one may be, or than there is room for."""
    if is_full:
        return CrmError("files_full", _("There is no room left for files: delete some first."), status=413)
    most = settings.FILE_MOST_BYTES >> 20
    return CrmError("file_too_large", _("A file may have %(max)s MB at most.") % {"max": most}, status=413)


def bytes_kept(*, but: File | None = None) -> int:
    """How much room all files of the company take."""
    rows = File.objects.exclude(pk=but.pk) if but else File.objects.all()
    return int(rows.aggregate(total=Sum("size"))["total"] or 0)


def content_read(file: File) -> Iterator[bytes]:
    """The bytes again, piece by piece."""
    rows = FilePiece.objects.filter(file=file).order_by("position").values_list("data", flat=True)
    return (bytes(data) for data in rows.iterator(chunk_size=4))


def files_of(label: str, ids: Iterable[UUID], actor: Actor) -> list[File]:
    """The files of some records of a noun that the actor may see."""
    about: dict[str, Any] = {"object_type": label, "object_id__in": list(ids)}
    return list(visible(File, actor).filter(**about).order_by("name_key", "pk"))
