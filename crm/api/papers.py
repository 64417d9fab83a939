"""Papers that records go out as: the file, and the link that lets somebody read and answer it."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.about import operation, the_id
from crm.api.openapi import Answer, Operation
from crm.api.schemas import Schema
from crm.api.views import ResourceView
from crm.core.papers import LINK_DAYS, paper_of, token_make

LINK: Schema = {
    "type": "object",
    "required": ["url", "expires_at"],
    "properties": {
        "url": {"type": "string", "format": "uri"},
        "expires_at": {"type": "string", "format": "date-time"},
    },
}


class PaperFile(ResourceView):
    """The paper as PDF."""

    def get(self, request: Request, id: UUID) -> HttpResponse:
        """In the language that the request asks for."""
        paper = paper_of(self.resource, id, actor=self.actor)
        draw = import_module("crm.core.papers.pdf").paper_pdf  # the font is loaded by the first who asks
        headers = {"Content-Disposition": f'inline; filename="{paper.file_name}.pdf"'}
        return HttpResponse(draw(paper), "application/pdf", headers=headers)

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        answers = {200: Answer(_("A PDF file"))}
        more: dict[str, Any] = {"parameters": (the_id(),), "may": ("view",)}
        return operation(self.resource, "paper", _("The paper as PDF"), answers, **more)


class PaperLink(ResourceView):
    """The link to hand out."""

    tells_secret = True  # whoever holds the link may answer: it is kept nowhere

    def get(self, request: Request, id: UUID) -> Response:
        """Once it was let out."""
        token = token_make(self.resource, id, actor=self.actor)
        address = request.build_absolute_uri(reverse("ui:paper-open", args=[token]))
        return Response({"url": address, "expires_at": timezone.now() + timedelta(days=LINK_DAYS)})

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        text = _("Whoever holds it reads this one paper and may answer it, without logging in.")
        answers = {200: Answer(_("The link"), LINK)}
        summary = _("A link for the customer")
        more: dict[str, Any] = {"parameters": (the_id(),), "may": ("share",), "description": text}
        return operation(self.resource, "link", summary, answers, **more)
