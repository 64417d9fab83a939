"""Saved views as the list pages show them: their address, what was changed since, which stands in the menu."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.models import SavedView
from crm.core.registry import Resource
from crm.core.saved_views import may_change, may_read, params_of, views_visible
from crm.ui.conditions import NOT_FILTERS, uuid_of
from crm.ui.models import ListChoice

ALL = "all"
LOOKS = {SavedView.Look.TABLE: "list", SavedView.Look.BOARD: "board", SavedView.Look.CALENDAR: "calendar"}


@dataclass(frozen=True)
class Shown:
    """The view that a page shows, if any: its address as saved, and whether the page still shows that."""

    view: SavedView | None
    saved: str
    is_changed: bool
    may_change: bool
    pinned: list[SavedView]


def view_params(view: SavedView) -> dict[str, str]:
    """All that the address of a list says of a view."""
    params = params_of(view)
    if view.group_by:
        params["group"] = view.group_by
    if any(view.widths):
        params["widths"] = ",".join(str(one) for one in view.widths)
    return params


def view_address(resource: Resource, view: SavedView) -> str:
    """Where a view is seen."""
    params = {"view": str(view.pk), **view_params(view)}
    if view.look == SavedView.Look.CALENDAR:  # one page for all nouns
        shown = {name: text for name, text in params.items() if name not in NOT_FILTERS or name in ("search", "where")}
        return f"{reverse('ui:calendar')}?{urlencode({'show': resource.slug, 'whose': 'all', **shown})}"
    return f"{reverse(f'ui:{LOOKS[SavedView.Look(view.look)]}', args=[resource])}?{urlencode(params)}"


def shown_of(
    resource: Resource, params: Mapping[str, str], choice: ListChoice | None, actor: Actor, look: str
) -> Shown:
    """What the page says of the view at hand; views at hand and the one that is shown are one statement."""
    wanted = uuid_of(params.get("view", ""))
    pins = list(choice.pinned) if choice else []
    ids = {*pins, *([wanted] if wanted else [])}
    found = {one.pk: one for one in views_visible(actor).filter(pk__in=ids)} if ids else {}
    here = {pk: one for pk, one in found.items() if one.object_type == resource.label}
    found = {pk: one for pk, one in here.items() if may_read(one, resource, actor)}
    view = found.get(wanted) if wanted else None
    own = {name: text for name, text in params.items() if name not in ("view", "cursor", "page_size")}
    pinned = [found[pk] for pk in pins if pk in found]
    if view is None:
        return Shown(None, reverse(f"ui:{look}", args=[resource]), bool(own), may_change=False, pinned=pinned)
    is_changed = own != view_params(view) or LOOKS[SavedView.Look(view.look)] != look
    return Shown(view, view_address(resource, view), is_changed, may_change(view, actor), pinned)


def choice_of(resource: Resource, actor: Actor) -> ListChoice | None:
    """How this person wants the noun's list."""
    return ListChoice.objects.filter(user=actor.id, label=resource.label).select_related("view").first()


def values_of_params(params: Mapping[str, str], look: str) -> dict[str, Any]:
    """What a page shows as the values of a view."""
    columns = [name for name in params.get("fields", "").split(",") if name]
    widths = [
        int(one) if one.isascii() and one.isdecimal() else 0 for one in params.get("widths", "").split(",") if one
    ]
    from_look = {name: one for one, name in LOOKS.items()}
    return {
        "filters": {name: text for name, text in params.items() if name == "search" or name not in NOT_FILTERS},
        "ordering": params.get("ordering", ""),
        "columns": columns,
        "widths": widths,
        "group_by": params.get("group", ""),
        "look": str(from_look.get(look, SavedView.Look.TABLE)),
    }


def sections(views: list[SavedView], choice: ListChoice | None, actor: Actor) -> list[dict[str, Any]]:
    """The menu: one's own, the team's, everybody's."""
    pinned = set(choice.pinned) if choice else set()
    default: UUID | None = choice.view_id if choice else None
    mine = [one for one in views if one.owner_id == actor.person]
    team = [one for one in views if one not in mine and one.sharing == SavedView.Sharing.TEAM]
    rest = [one for one in views if one not in mine and one not in team]
    found = []
    for label, group in ((_("Mine"), mine), (_("My team's"), team), (_("Everyone's"), rest)):
        rows = [
            {
                "view": one,
                "is_pinned": one.pk in pinned,
                "is_default": one.pk == default,
                "may_change": may_change(one, actor),
            }
            for one in group
        ]
        if rows:
            found.append({"label": label, "rows": rows})
    return found
