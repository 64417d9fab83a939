"""Files that come in: as a form, or as the body itself, which goes to disk in pieces and is never whole in memory."""

from __future__ import annotations

from collections.abc import Mapping
from tempfile import TemporaryFile
from typing import IO, Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request

from crm.api.parsers import length_of, unreadable
from crm.api.views import refused_parameters
from crm.core.errors import CrmError
from crm.exchange.pieces import MAX_STORED, PIECE

SUFFIXES = {
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
    "application/x-ndjson": "ndjson",
    "application/ndjson": "ndjson",
    "application/jsonl": "ndjson",
}
GZIP = b"\x1f\x8b"
ENCODINGS = ("identity", "gzip", "x-gzip")


class UploadParser(MultiPartParser):
    """`multipart/form-data`: a file and what is said about it."""


class FileParser(BaseParser):
    """A file as the body; what is said about it stands in the query. `Content-Encoding: gzip` is kept as it came."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """The same as a form with the file in its field."""
        request: Request = (parser_context or {})["request"]
        packed = encoding_of(request.META)
        length = length_of(request.META)
        if length > MAX_STORED:
            raise too_large()
        file = TemporaryFile()  # noqa: SIM115 - closed with the request, whose file it is
        while piece := stream.read(min(PIECE, length - file.tell())):
            file.write(piece)
        if file.tell() < length:
            raise unreadable(_("The body ended before the length that was stated."))
        file.seek(0)
        if packed and not file.read(2).startswith(GZIP):
            raise unreadable(_("The body is not what its Content-Encoding says."))
        file.seek(0)
        name = f"upload.{SUFFIXES[self.media_type]}{'.gz' if packed else ''}"
        return {"file": UploadedFile(file, name, self.media_type, length)}


class CsvParser(FileParser):
    """Separated by commas, or whatever the file itself shows."""

    media_type = "text/csv"


class TabParser(FileParser):
    """Separated by tabs."""

    media_type = "text/tab-separated-values"


class NdjsonParser(FileParser):
    """One JSON object a line."""

    media_type = "application/x-ndjson"


class NdjsonPlainParser(FileParser):
    """The same by its other name."""

    media_type = "application/ndjson"


class JsonLinesParser(FileParser):
    """The same by a third name."""

    media_type = "application/jsonl"


BODIES: tuple[type[FileParser], ...] = (CsvParser, TabParser, NdjsonParser, NdjsonPlainParser, JsonLinesParser)


def too_large() -> CrmError:
    """The refusal of a body beyond what is kept."""
    sentence = _("The body is larger than %(max)s bytes.") % {"max": MAX_STORED}
    return CrmError("too_large", sentence, status=413, max=MAX_STORED)


def encoding_of(meta: Mapping[str, Any]) -> bool:
    """Whether the body is packed; what cannot be unpacked is refused."""
    said = str(meta.get("HTTP_CONTENT_ENCODING") or "identity").strip().lower()
    if said not in ENCODINGS:
        message = _("The Content-Encoding can be gzip.")
        raise CrmError(
            "unsupported_media_type", message, status=415, parameter="Content-Encoding", allowed=list(ENCODINGS)
        )
    return said != "identity"


def said_once(form: dict[str, Any], query: Mapping[str, str], names: tuple[str, ...]) -> dict[str, Any]:
    """What form and query say together; neither may repeat the other."""
    beside = {name: query[name] for name in names if name in query}
    if twice := sorted(form.keys() & beside.keys()):
        raise refused_parameters("bad_value", twice, _("The parameter is given twice."), ())
    return {**form, **beside}
