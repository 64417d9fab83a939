"""Reading an archive that anybody may have made: what is not exactly as its manifest says is refused before a row."""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from django.utils.translation import gettext as _

from crm.core.errors import CrmError
from crm.exchange.exporting.archive.contents import NAME, ROLE, USER, VERSION, Table, tables
from crm.exchange.exporting.archive.writing import MANIFEST, SETTINGS

MOST_MEMBERS, LARGEST_MANIFEST, LONGEST_LINE = 200, 1 << 20, 16 << 20
MOST_BYTES, MOST_TIMES, SMALL = 64 << 30, 200, 1 << 20
MEMBER = re.compile(r"rows/[a-z_]{1,40}\.[a-z0-9_]{1,60}\.ndjson")
ENCRYPTED = 0x1
UNREADABLE = (BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, UnicodeDecodeError)


def refusal(code: str, message: str, **details: object) -> CrmError:
    """An archive that is not taken."""
    return CrmError(code, message, status=422, **details)


def damaged(name: str) -> CrmError:
    """Something in it is not as it was written."""
    return refusal("archive_damaged", _("The archive is damaged: %(name)s.") % {"name": name[:120]}, member=name[:120])


@dataclass
class Archive:
    """An opened archive: its manifest is sound and its members are those that it names."""

    zip: ZipFile
    manifest: Mapping[str, Any]
    tables: list[Table]

    def entry(self, table: Table) -> Mapping[str, Any]:
        """What the manifest says of a table."""
        found: Mapping[str, Any] = next(one for one in self.manifest["members"] if one["table"] == table.label)
        return found

    def lines(self, table: Table) -> Iterator[dict[str, Any]]:
        """The rows of a table; at the end it is known whether all were there and nothing else."""
        entry, digest, size, count = self.entry(table), hashlib.sha256(), 0, 0
        with readable(table.member), self.zip.open(table.member) as member:
            while line := member.readline(LONGEST_LINE):
                size, count = size + len(line), count + 1
                if size > entry["size"] or not line.endswith(b"\n"):
                    raise damaged(table.member)
                digest.update(line)
                yield row_of(line, table, count)
        if (size, count, digest.hexdigest()) != (entry["size"], entry["count"], entry["sha256"]):
            raise damaged(table.member)


@contextmanager
def readable(name: str) -> Iterator[None]:
    """Every way in which a file can be broken is one refusal."""
    try:
        yield
    except UNREADABLE as error:
        raise damaged(name) from error


def row_of(line: bytes, table: Table, number: int) -> dict[str, Any]:
    """One line as a row."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise damaged(f"{table.member}:{number}") from error
    if not isinstance(row, dict) or row.keys() - set(table.attnames):
        raise damaged(f"{table.member}:{number}")
    return row


@contextmanager
def archive_open(stream: BinaryIO) -> Iterator[Archive]:
    """Open it; names, sizes and manifest are judged before anything is unpacked."""
    with readable(_("this is no archive")), ZipFile(stream) as archive:
        infos = archive.infolist()
        members_check(infos)
        manifest = manifest_of(archive)
        known = {table.label: table for table in tables()}
        manifest_check(manifest, {info.filename for info in infos}, known)
        named = [known[entry["table"]] for entry in manifest["members"]]
        yield Archive(archive, manifest, [table for table in known.values() if table in named])


def members_check(infos: list[ZipInfo]) -> None:
    """No name twice, none that leads elsewhere, none in another's bytes, nothing that unpacks to a flood."""
    names = [info.filename for info in infos]
    if len(infos) > MOST_MEMBERS or len(set(names)) != len(names):
        raise refusal("archive_unsafe", _("The archive holds files twice, or too many of them."))
    for info in infos:
        member_check(info)
    behind = 0
    overlap = False
    for info in sorted(infos, key=lambda one: one.header_offset):
        overlap = overlap or info.header_offset < behind
        behind = info.header_offset + info.compress_size
    if overlap or sum(info.file_size for info in infos) > MOST_BYTES:
        raise flood()


def member_check(info: ZipInfo) -> None:
    """One member by its name and sizes."""
    if info.filename != MANIFEST and not MEMBER.fullmatch(info.filename):
        raise refusal("archive_unsafe", _("The archive holds a file that does not belong there."))
    if info.flag_bits & ENCRYPTED or info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise refusal("archive_unsafe", _("The archive is packed in a way that is not read."))
    if info.file_size > SMALL + MOST_TIMES * info.compress_size:
        raise flood()


def flood() -> CrmError:
    """A small file that becomes a large one."""
    return refusal("archive_unsafe", _("The archive unpacks to more than it can hold."))


def manifest_of(archive: ZipFile) -> Mapping[str, Any]:
    """The manifest as JSON."""
    if MANIFEST not in archive.namelist() or archive.getinfo(MANIFEST).file_size > LARGEST_MANIFEST:
        raise refusal("archive_incomplete", _("The archive lacks its manifest."))
    try:
        manifest = json.loads(archive.read(MANIFEST))
    except (ValueError, RecursionError) as error:
        raise damaged(MANIFEST) from error
    if not isinstance(manifest, dict) or manifest.get("format") != NAME:
        raise refusal("archive_unknown", _("This is no archive of Kith."))
    if manifest.get("version") != VERSION:
        message = _("The archive is of version %(version)s; this installation reads version %(known)s.")
        values = {"version": str(manifest.get("version"))[:20], "known": VERSION}
        raise refusal("archive_version", message % values, **values)
    return manifest


def manifest_check(manifest: Mapping[str, Any], names: set[str], known: Mapping[str, Table]) -> None:
    """What it names is there, what is there it names, and all of it is known here."""
    entries, home = manifest.get("members"), manifest.get("tenant")
    if not isinstance(entries, list) or not all(is_entry(entry) for entry in entries):
        raise damaged(MANIFEST)
    if not isinstance(home, dict) or not all(isinstance(home.get(name), str) for name in SETTINGS):
        raise damaged(MANIFEST)
    for entry in entries:
        table = known.get(entry["table"])
        if table is None or set(entry["columns"]) - set(table.attnames):
            message = _("The archive holds %(name)s, which this version does not know. Update Kith first.")
            raise refusal("archive_version", message % {"name": entry["table"][:80]}, table=entry["table"][:80])
        if entry["name"] != table.member:
            raise damaged(MANIFEST)
    listed = [entry["name"] for entry in entries]
    needed = {known[label].member for label in (ROLE, USER)}
    if names - {MANIFEST} != set(listed) or len(set(listed)) != len(listed) or needed - set(listed):
        raise refusal("archive_incomplete", _("The archive lacks files that belong to it, or has others."))


def is_entry(entry: Any) -> bool:
    """Whether a line of the manifest has the form of one."""
    return (
        isinstance(entry, dict)
        and all(isinstance(entry.get(name), str) for name in ("name", "table", "sha256"))
        and all(type(entry.get(name)) is int and entry[name] >= 0 for name in ("count", "size"))
        and isinstance(entry.get("columns"), list)
        and all(isinstance(name, str) for name in entry["columns"])
    )
