"""The list of any noun: filters in the address, sort, columns by person, keyset pages, delete with undo."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.merging import MOST_COMPARED, permission
from crm.core.permissions import readable, unchangeable, writable
from crm.core.reading import count_read, list_query, page_read
from crm.core.registry import Resource
from crm.core.saved_views import default_of, groupable
from crm.core.services import records_restore
from crm.core.sorting import MOST_FIELDS
from crm.core.specs import FieldSpec
from crm.core.summing import summable
from crm.exchange.exporting.services import may_export
from crm.ui.actions import Action
from crm.ui.addresses import record_address
from crm.ui.cells import NUMERIC, sight, with_mark
from crm.ui.conditions import PAGE_OWN, uuid_of
from crm.ui.filters import chips_of
from crm.ui.inputs import Entry, is_in_place
from crm.ui.models import ListChoice
from crm.ui.pages import PageRequest, go, offers_sample, page, part, show, toast_later
from crm.ui.people import titles_of
from crm.ui.saved_views import ALL, choice_of, shown_of
from crm.ui.worded import worded

PAGE_SIZE = 50
MOST_AT_ONCE = 500


def parameters(request: PageRequest) -> dict[str, str]:
    """The address's parameters that say something."""
    return {name: str(value) for name, value in request.GET.items() if value != ""}


def columns_of(
    resource: Resource, params: Mapping[str, str], actor: Actor, choice: ListChoice | None
) -> list[FieldSpec]:
    """Which columns to show: the address decides, then the person, then the noun; never a hidden one."""
    seen = {spec.name: spec for spec in readable(resource, actor)}
    if params.get("fields"):
        names = params["fields"].split(",")
    else:
        names = (choice.columns if choice else []) or list(resource.columns)
    found = [seen[name] for name in names if name in seen and name != resource.title]
    return [seen[resource.title], *found] if resource.title in seen else found


@require_GET
@page
def record_list(request: PageRequest, resource: Resource) -> HttpResponse:
    """The list page; asked by HTMX (typing, a quick filter) only its body."""
    params = parameters(request)
    actor, language = request.actor, get_language() or "en"
    choice = choice_of(resource, actor)
    if not params and choice and choice.view_id and default_of(resource, choice.view_id, actor):
        return HttpResponseRedirect(reverse("ui:view", args=[resource, choice.view_id]))
    params = {name: value for name, value in params.items() if (name, value) != ("view", ALL)}
    shown = columns_of(resource, params, actor, choice)
    asked = {name: value for name, value in params.items() if name not in PAGE_OWN}
    query = list_query(resource, asked, actor=actor, fields=with_mark(resource, [spec.name for spec in shown], actor))
    found = page_read(query, cursor=params.get("cursor", ""), size=PAGE_SIZE)
    context = {
        "resource": resource,
        "columns": shown,
        "numeric": NUMERIC,
        "page": found,
        "rows": worded(resource, found.rows, actor),
        "params": params,
        "eyes": sight(record_address),
        "heads": heads(resource, shown, params, {spec.name for spec in writable(resource, actor)}),
        "locked": unchangeable(resource.model, [row["id"] for row in found.rows], actor),
        "chips": chips_of(resource, params, actor=actor, language=language),
        "quick": quick_of(resource, params, actor),
        "is_narrowed": any(name not in ("ordering", *PAGE_OWN) for name in params),
        "shown": shown_of(resource, params, choice, actor, "list"),
        "look": "list",
        "offers_sample": offers_sample(resource, params),
        "has_sums": bool(summable(resource, shown[1:])),
        **group_of(resource, params, actor),
        **bulk_offers(resource, actor),
        "may_add": actor.may(resource.permission("add")),
        "may_export": may_export(resource, actor),
    }
    if request.htmx and not request.htmx.boosted:
        response = part(request, "ui/parts/list_body.html", {**context, "request": request})
        response.headers["HX-Push-Url"] = clean_address(request, params)
        return response
    context |= {"choosable": readable(resource, actor)}
    return show(request, "ui/list.html", context)


def group_of(resource: Resource, params: Mapping[str, str], actor: Actor) -> dict[str, Any]:
    """By what the list is in groups, and by what it could be; what it cannot be grouped by is refused by name."""
    offered, by = groupable(resource, actor), params.get("group", "")
    if by not in ("", *offered):
        message = _("The list cannot be grouped by %(name)s.") % {"name": by[:60]}
        raise CrmError("unknown_field", message, field="group", allowed=offered)
    return {"group": by, "groupable": [spec for spec in readable(resource, actor) if spec.name in offered]}


def may_merge(resource: Resource, actor: Actor) -> bool:
    """Whether this person may make one record of several."""
    return resource.alike is not None and actor.may(permission(resource))


def bulk_offers(resource: Resource, actor: Actor) -> dict[str, Any]:
    """What can be done to the checked ones."""
    may_change = actor.may(resource.permission("change"))
    own = writable(resource, actor) if may_change else []
    verbs = [Action.of(one) for one in resource.verbs if one.is_for_people and actor.may(one.permission(resource))]
    offers = {
        "may_delete": actor.may(resource.permission("delete")),
        "may_change": may_change,
        "may_assign": any(one.name == "owner" for one in own),
        "may_tag": any(one.kind == "choices" for one in own),
        "bulk_verbs": verbs,
        "may_merge": may_merge(resource, actor),
    }
    return {**offers, "may_check": any(offers.values()), "most_compared": MOST_COMPARED}


def clean_address(request: PageRequest, params: Mapping[str, str]) -> str:
    """The list's address without empty parameters."""
    query = request.GET.copy()
    for name in list(query):
        if name not in params or name == "cursor":
            query.pop(name)
    return request.path + (f"?{query.urlencode()}" if query else "")


def heads(
    resource: Resource, shown: list[FieldSpec], params: Mapping[str, str], own: Collection[str] = ()
) -> list[dict[str, Any]]:
    """The table's heads; a sortable one leads to the other order, with Shift to a further field to sort by."""
    orders = (params.get("ordering") or resource.ordering).split(",")
    names = [one.removeprefix("-") for one in orders]
    found = []
    for spec in shown:
        at = names.index(spec.name) if spec.name in names else -1
        is_down = orders[at].startswith("-") if at >= 0 else spec.kind not in (*NUMERIC, "moment", "date")
        turned = ("" if is_down else "-") + spec.name
        then = [turned if name == spec.name else one for one, name in zip(orders, names, strict=True)]
        found.append(
            {
                "spec": spec,
                "next": turned if spec.sortable else "",
                "then": ",".join(then if at >= 0 else [*orders[: MOST_FIELDS - 1], turned]),
                "direction": "" if at < 0 else "descending" if is_down else "ascending",
                "place": at + 1 if at >= 0 and len(orders) > 1 else 0,
                "edits": spec.name in own and is_in_place(resource, spec),
            }
        )
    return found


def quick_of(resource: Resource, params: Mapping[str, str], actor: Actor) -> list[Entry]:
    """The quick filters: choosers beside the search."""
    seen = {spec.name: spec for spec in readable(resource, actor)}
    specs = [seen[name] for name in resource.quick if name in seen]
    links = [(spec.target, uuid_of(params.get(spec.name, ""))) for spec in specs if spec.target]
    titles = titles_of([(label, pk) for label, pk in links if pk], actor)
    return [Entry.of_filter(spec, params.get(spec.name, ""), titles) for spec in specs]


@require_GET
@page
def count(request: PageRequest, resource: Resource) -> HttpResponse:
    """How many there are: asked after the page, so that no page waits for it."""
    asked = {name: value for name, value in parameters(request).items() if name not in ("ordering", *PAGE_OWN)}
    query = list_query(resource, asked, actor=request.actor, fields=[resource.title])
    return part(request, "ui/parts/count.html", {"count": count_read(query)})


@require_POST
@page
def columns(request: PageRequest, resource: Resource) -> HttpResponse:
    """Remember which columns this person wants, in their order; nothing chosen goes back to the noun's own."""
    wanted = request.POST.getlist("column")
    allowed = {spec.name for spec in readable(resource, request.actor)}
    chosen = [name for name in wanted if name in allowed]
    if chosen and "reset" not in request.POST:
        ListChoice.objects.update_or_create(user=request.user, label=resource.label, defaults={"columns": chosen})
    else:
        ListChoice.objects.filter(user=request.user, label=resource.label).update(columns=[])
    query = request.GET.copy()
    query.pop("fields", None)
    return HttpResponseRedirect(reverse("ui:list", args=[resource]) + (f"?{query.urlencode()}" if query else ""))


def ids_of(request: PageRequest) -> list[UUID]:
    """The ids in a form; what is no id is refused."""
    try:
        found = [UUID(one) for one in request.POST.getlist("id")]
    except ValueError as error:
        raise CrmError("bad_value", _("There is no such record."), status=404) from error
    if not found or len(found) > MOST_AT_ONCE:
        raise CrmError("bad_value", _("Choose between 1 and %(limit)s records.") % {"limit": MOST_AT_ONCE})
    return found


@require_POST
@page
def restore(request: PageRequest, resource: Resource) -> HttpResponse:
    """Undo of a deletion."""
    ids = ids_of(request)
    n = records_restore(resource.model, ids, actor=request.actor)
    toast_later(request, ngettext("%(n)s record is back.", "%(n)s records are back.", n) % {"n": n})
    where = reverse("ui:record", args=[resource, ids[0]]) if len(ids) == 1 else reverse("ui:list", args=[resource])
    return go(request, where)
