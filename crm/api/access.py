"""Why somebody may see and change a record, or may not."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api import about_people as about
from crm.api.openapi import Operation
from crm.api.views import ApiView
from crm.core.errors import CrmError
from crm.core.registry import registry
from crm.team.access import Ground, access_of


class RecordAccess(ApiView):
    """The answer for whoever asks, or for a colleague."""

    parameters: ClassVar[dict[str, frozenset[str]]] = {"GET": frozenset({"object", "id", "person"})}

    def get(self, request: Request) -> Response:
        """With every reason."""
        name = request.query_params.get("object", "")
        resource = registry.by_slug(name) or registry.get(name)
        if resource is None:
            allowed = [one.slug for one in registry]
            raise CrmError("bad_value", _("There is no such object."), parameter="object", allowed=allowed)
        person = request.query_params.get("person")
        asked = None if person is None else id_of(person, "person")
        found = access_of(
            resource, id_of(request.query_params.get("id", ""), "id"), actor=self.actor, person=asked
        )
        return Response(
            {
                "person": {"id": found.person.pk, "name": str(found.person), "role": found.person.role.code},
                "may_see": found.may_see,
                "may_change": found.may_change,
                "see": [said(one) for one in found.see],
                "change": [said(one) for one in found.change],
                "hidden": found.hidden,
                "fixed": found.fixed,
            }
        )

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.access()


def said(ground: Ground) -> dict[str, Any]:
    """One reason."""
    return {"kind": ground.kind, "holds": ground.holds, "text": ground.text, "rule": ground.rule}


def id_of(text: str, name: str) -> UUID:
    """An id in the address."""
    try:
        return UUID(text)
    except ValueError as error:
        raise CrmError("bad_value", _("Must be an id."), parameter=name) from error
