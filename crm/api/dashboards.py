"""Dashboards by program: which reports stand on one, in which order and how wide."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from analytics.reports.dashboards import (
    READY_KEY,
    Board,
    board_delete,
    board_open,
    board_own,
    board_save,
    boards_visible,
    places_set,
)
from crm.api import about_reports as about
from crm.api.openapi import Operation
from crm.api.views import ApiView, object_of
from crm.core.errors import CrmError
from crm.core.permissions import permit

NOUN, FIELDS = "dashboard", ("name", "sharing", "places", "like")


class Dashboards(ApiView):
    """The dashboards that the caller sees."""

    def get(self, request: Request) -> Response:
        """Those that are kept, then the one of the first day."""
        permit(self.actor, f"analytics.view_{NOUN}")
        keys = [*(str(one.pk) for one in boards_visible(self.actor)), READY_KEY]
        return Response({"results": [told(board_open(key, actor=self.actor), request) for key in keys]})

    def post(self, request: Request) -> Response:
        """A new one, perhaps like another."""
        permit(self.actor, f"analytics.add_{NOUN}")
        body = known(object_of(request), FIELDS)
        with transaction.atomic():
            made = board_save(
                body.get("name", ""), body.get("sharing", ""), actor=self.actor, like=text_of(body.get("like"))
            )
            if "places" in body:
                places_set(str(made.pk), body["places"], actor=self.actor)
        board = board_open(str(made.pk), actor=self.actor)
        return Response(told(board, request), status=201, headers={"Location": url_of(board.key, request)})

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.dashboards(method)


class DashboardOne(ApiView):
    """One dashboard."""

    def get(self, request: Request, dashboard: str) -> Response:
        """As it is."""
        permit(self.actor, f"analytics.view_{NOUN}")
        return Response(told(board_open(dashboard, actor=self.actor), request))

    def patch(self, request: Request, dashboard: str) -> Response:
        """Change what is named; places are set as a whole."""
        permit(self.actor, f"analytics.change_{NOUN}")
        body = known(object_of(request), FIELDS[:-1])
        with transaction.atomic():
            own = board_own(dashboard, self.actor)
            name, sharing = body.get("name", own.name), body.get("sharing", own.sharing)
            if body.keys() & {"name", "sharing"}:
                board_save(name, sharing, actor=self.actor, key=dashboard)
            if "places" in body:
                places_set(dashboard, body["places"], actor=self.actor)
        return Response(told(board_open(dashboard, actor=self.actor), request))

    def delete(self, request: Request, dashboard: str) -> Response:
        """Forget it; its reports stay."""
        permit(self.actor, f"analytics.delete_{NOUN}")
        board_delete(dashboard, actor=self.actor)
        return Response(status=204)

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.dashboard(method)


def known(body: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """A body of which every name is known."""
    if strange := sorted(body.keys() - set(names)):
        raise CrmError("unknown_field", _("There is no such name here."), field=strange[0][:80], allowed=list(names))
    return body


def text_of(value: Any) -> str:
    """The key of a dashboard to copy."""
    if not isinstance(value, str | None):
        raise CrmError("bad_value", _("Must be a text."), field="like")
    return value or ""


def url_of(key: str, request: Request) -> str:
    """Where a dashboard is."""
    return str(reverse("api:dashboard", kwargs={"dashboard": key}, request=request))


def told(board: Board, request: Request) -> dict[str, Any]:
    """A dashboard as it is told; reports that the caller may not read are left out."""
    stored = board.stored
    return {
        "id": board.key,
        "name": board.name,
        "is_ready": stored is None,
        "sharing": stored.sharing if stored else "everyone",
        "owner": stored.owner_id if stored else None,
        "places": [
            {
                "report": one.opened.key,
                "name": one.opened.name,
                "width": one.width,
                "answer": reverse("api:report-answer", kwargs={"report": one.opened.key}, request=request),
            }
            for one in board.placed
        ],
        "url": url_of(board.key, request),
    }
