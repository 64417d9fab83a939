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
CHOICES = ("tell", "allow", "refuse")
HEADER = "Likely-Duplicates"  # of an answer: the ids of records that the new one seems to double, the surest first


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


def doubles_found(resource: Resource, values: dict[str, Any], view: ApiView) -> list[Likeness]:
    """What a new record surely or likely doubles: told in a header; with `duplicates=refuse` none is made."""
    asked = view.request.query_params.get("duplicates", "tell")
    if asked not in CHOICES:
        text = _("duplicates takes tell, allow or refuse.")
        raise CrmError("bad_value", text, parameter="duplicates", allowed=CHOICES)
    may_see = view.actor.may(resource.permission("view"))
    if asked == "allow" or (asked == "tell" and not may_see):
        return []
    permit(view.actor, resource.permission("view"))
    found = [one for one in likely(resource, values, actor=view.actor) if one.certainty in SURE]
    if found and asked == "refuse":
        raise CrmError("duplicate", _("It seems to be there already."), status=409, duplicates=told(found))
    return found


def header_of(found: list[Likeness]) -> str:
    """The ids with how sure it is, as in `<id>;certain, <id>;likely`."""
    return ", ".join(f"{one.id};{one.certainty}" for one in found)


