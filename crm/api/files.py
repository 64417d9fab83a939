"""What is in a file: sent as a form, handed out as a download."""

from __future__ import annotations

from typing import Any, BinaryIO, cast
from urllib.parse import quote
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import StreamingHttpResponse
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from crm.activities.files import content_read, file_fill, file_find
from crm.api.about import the_id
from crm.api.openapi import Answer, Operation
from crm.api.records import written
from crm.api.schemas import Schema, ref
from crm.api.uploads import UploadParser
from crm.api.views import ApiView
from crm.core.errors import CrmError
from crm.core.registry import registry

CONTENT: Schema = {
    "type": "object",
    "required": ["file"],
    "properties": {"file": {"type": "string", "format": "binary"}},
}


class FileContent(ApiView):
    """The bytes of one file."""

    parser_classes = (UploadParser,)

    def get(self, request: Request, id: UUID) -> StreamingHttpResponse:
        """A download, whatever the file is."""
        file = file_find(id, self.actor)
        return StreamingHttpResponse(
            content_read(file),
            content_type="application/octet-stream",
            headers={
                "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name, safe='')}",
                "Content-Length": str(file.size),
                "X-Content-Type-Options": "nosniff",
            },
        )

    def post(self, request: Request, id: UUID) -> Response:
        """Give the file its content; what it had before is gone."""
        sent: Any = request.FILES.get("file")
        if not isinstance(sent, UploadedFile) or sent.file is None:
            raise CrmError("required", _("Send the file in the form's field “file”."), status=422)
        file = file_fill(id, cast("BinaryIO", sent.file), actor=self.actor)
        return written(registry.of(type(file)), file.pk, self.actor)

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        if method == "GET":
            return Operation(
                id="files_content",
                summary=_("Download a file"),
                tag="files",
                parameters=(the_id(),),
                answers={200: Answer(_("The bytes, always as a download"))},
            )
        return Operation(
            id="files_content_set",
            summary=_("Give a file its content"),
            tag="files",
            description=_("A form with the field “file”, 25 MB at most. The type is read from the bytes."),
            parameters=(the_id(),),
            body=CONTENT,
            body_media="multipart/form-data",
            answers={200: Answer(_("The file"), ref("File"))},
        )
