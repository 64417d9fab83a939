"""Single records opened to colleagues and teams."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api import about_shares as about
from crm.api.access import id_of
from crm.api.openapi import Operation
from crm.api.views import ApiView, object_of, refused_values
from crm.core.errors import CrmError
from crm.core.registry import Resource, registry
from crm.team.models import Share
from crm.team.shares import Offer, share_end, share_give, shares_of, wrong

FIELDS = ("object", "id", "person", "team", "may_change", "until")


class Shares(ApiView):
    """To whom a record is open."""

    parameters: ClassVar[dict[str, frozenset[str]]] = {"GET": frozenset({"object", "id"})}

    def get(self, request: Request) -> Response:
        """Those that hold today."""
        resource = noun_of(request.query_params.get("object", ""))
        rows = shares_of(resource, id_of(request.query_params.get("id", ""), "id"), actor=self.actor)
        return Response({"results": [said(one) for one in rows]})

    def post(self, request: Request) -> Response:
        """Open a record, or change how far it is open to somebody."""
        body: dict[str, Any] = object_of(request)
        refused_values(body, FIELDS)
        offer = Offer(
            uuid_of(body, "person"), uuid_of(body, "team"), is_true(body, "may_change"), day_of(body.get("until"))
        )
        record_id = uuid_of(body, "id")
        if record_id is None:
            raise wrong("id", _("Must be an id."))
        share = share_give(noun_of(body.get("object")), record_id, offer, actor=self.actor)
        return Response(said(share), status=201)

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.shares(method)


class ShareOne(ApiView):
    """One of them."""

    def delete(self, request: Request, id: UUID) -> Response:
        """Take it back."""
        share_end(id, actor=self.actor)
        return Response(status=204)

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.share()


def said(share: Share) -> dict[str, Any]:
    """A share as the API tells it."""
    whom = share.user or share.team
    return {
        "id": share.pk,
        "object": registry[share.object_type].slug,
        "record": share.object_id,
        "with": {"kind": "person" if share.user_id else "team", "id": whom.pk if whom else None, "name": str(whom)},
        "may_change": share.is_writable,
        "until": share.ends_on,
        "given_by": {"id": share.given_by_id, "name": str(share.given_by)} if share.given_by else None,
    }


def noun_of(name: Any) -> Resource:
    """The noun that is named."""
    resource = (registry.by_slug(name) or registry.get(name)) if isinstance(name, str) else None
    if resource is None:
        allowed = [one.slug for one in registry]
        raise CrmError("bad_value", _("There is no such object."), parameter="object", allowed=allowed)
    return resource


def uuid_of(body: dict[str, Any], name: str) -> UUID | None:
    """An id in the body."""
    text = body.get(name)
    if text is None:
        return None
    try:
        return UUID(text) if isinstance(text, str) else refuse(name)
    except ValueError as error:
        raise wrong(name, _("Must be an id.")) from error


def refuse(name: str) -> UUID:
    """What is no text is no id."""
    raise wrong(name, _("Must be an id."))


def is_true(body: dict[str, Any], name: str) -> bool:
    """A yes or no in the body."""
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise wrong(name, _("Must be true or false."))
    return value


def day_of(text: Any) -> date | None:
    """A day in the body."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise wrong("until", _("Must be a day, such as 2026-12-31.")) from error
