"""Doubles by program: what looks alike as JSON, and creating that refuses what is there already."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from crm.api.views import ApiView
from crm.core.alike import Likeness, likely
from crm.core.errors import CrmError
from crm.core.permissions import permit
from crm.core.registry import Resource

SURE = ("certain", "likely")
CHOICES = ("allow", "refuse")


def told(found: list[Likeness]) -> list[dict[str, Any]]:
    """What looks alike, as JSON."""
    return [
        {
            "id": one.id,
            "title": one.title,
            "certainty": one.certainty,
            "reasons": [{"code": why.code, "field": why.field, "message": why.text} for why in one.reasons],
        }
        for one in found
    ]


def doubles_refuse(resource: Resource, values: dict[str, Any], view: ApiView) -> None:
    """With `duplicates=refuse`, no record is made that is surely or likely there already."""
    asked = view.request.query_params.get("duplicates", "allow")
    if asked not in CHOICES:
        text = _("duplicates takes allow or refuse.")
        raise CrmError("bad_value", text, parameter="duplicates", allowed=CHOICES)
    if asked == "refuse":
        permit(view.actor, resource.permission("view"))
        found = [one for one in likely(resource, values, actor=view.actor) if one.certainty in SURE]
        if found:
            raise CrmError("duplicate", _("It seems to be there already."), status=409, duplicates=told(found))


