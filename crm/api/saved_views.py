"""Saved views: what a list page opens with, for programs too."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from crm.api import about_saved_views as about
from crm.api.bulk import label_of
from crm.api.openapi import Operation
from crm.api.views import ApiView, object_of
from crm.core.errors import CrmError
from crm.core.models import SavedView
from crm.core.permissions import permit
from crm.core.registry import registry
from crm.core.saved_views import FIELDS, params_of, view_delete, view_find, view_save, views_of

MOST = 1000


class SavedViews(ApiView):
    """The views that the caller sees."""

    parameters: ClassVar[dict[str, frozenset[str]]] = {"GET": frozenset({"object"})}

    def get(self, request: Request) -> Response:
        """Of one noun, or of all."""
        permit(self.actor, "core.view_savedview")
        wanted = request.query_params.get("object", "")
        label = label_of(wanted) if wanted else ""
        if wanted and label not in registry:
            allowed = [one.slug for one in registry]
            raise CrmError("bad_value", _("There is no such object."), parameter="object", allowed=allowed)
        nouns = [one for one in registry if one.label == label or not label]
        seen = [one for one in nouns if label or self.actor.may(one.permission("view"))]
        found = [view for one in seen for view in views_of(one, self.actor)] if seen else []
        return Response({"results": [told(view, request) for view in found[:MOST]]})

    def post(self, request: Request) -> Response:
        """A new one."""
        permit(self.actor, "core.add_savedview")
        body = object_of(request)
        label = label_of(body.pop("object", ""))
        view = view_save(label, body, actor=self.actor)
        return Response(told(view, request), status=201, headers={"Location": url_of(view, request)})

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.views(method)


class SavedViewOne(ApiView):
    """One view."""

    def get(self, request: Request, id: Any) -> Response:
        """As it is."""
        permit(self.actor, "core.view_savedview")
        return Response(told(view_find(id, actor=self.actor), request))

    def patch(self, request: Request, id: Any) -> Response:
        """Change what is named."""
        permit(self.actor, "core.change_savedview")
        view = view_find(id, actor=self.actor)
        return Response(told(view_save(view.object_type, object_of(request), actor=self.actor, id=id), request))

    def delete(self, request: Request, id: Any) -> Response:
        """Forget it."""
        permit(self.actor, "core.delete_savedview")
        view_delete(id, actor=self.actor)
        return Response(status=204)

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.view(method)


def url_of(view: SavedView, request: Request) -> str:
    """Where the view is."""
    return str(reverse("api:view", kwargs={"id": view.pk}, request=request))


def told(view: SavedView, request: Request) -> dict[str, Any]:
    """A view as it is told; `query` is what a list of the noun takes."""
    return {
        "id": view.pk,
        "object": view.object_type,
        **{name: getattr(view, name) for name in FIELDS},
        "owner": view.owner_id,
        "query": params_of(view),
        "created_at": view.created_at,
        "updated_at": view.updated_at,
        "url": url_of(view, request),
    }
