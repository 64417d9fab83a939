"""The public pool of a noun: what belongs to nobody, and taking it, one or many at a time."""

from __future__ import annotations

from collections import Counter
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from crm.core.errors import CrmError
from crm.core.permissions import readable
from crm.core.reading import list_query, page_read
from crm.core.registry import Resource
from crm.core.verbs import verb_run
from crm.ui.actions import Action
from crm.ui.addresses import record_address
from crm.ui.cells import NUMERIC, sight, with_mark
from crm.ui.pages import PageRequest, go, page, part, show, toast_later
from crm.ui.views.lists import PAGE_SIZE, heads, ids_of

SINCE = ("pooled_at", "pool_reason", "last_follow_up_at")
ASKED = frozenset({"search", "cursor"})


def pooled(resource: Resource) -> Resource:
    """The noun, if it has a pool."""
    if not resource.pool:
        raise CrmError("not_found", _("There is no such page."), status=404)
    return resource


@require_GET
@page
def pool(request: PageRequest, resource: Resource) -> HttpResponse:
    """The records without an owner, newest first; asked by HTMX (typing) only the rows."""
    verb = pooled(resource).verb_names[resource.pool]
    params = {name: str(value) for name, value in request.GET.items() if name in ASKED and value != ""}
    seen = {spec.name: spec for spec in readable(resource, request.actor)}
    names = [resource.title, *(name for name in resource.columns if name not in (resource.title, "owner"))][:6]
    shown = [seen[name] for name in (*names, *SINCE) if name in seen]
    within = {"owner__empty": "true", **resource.pool_where}
    asked = within | ({"search": params["search"]} if "search" in params else {})
    query = list_query(
        resource, asked, actor=request.actor, fields=with_mark(resource, [spec.name for spec in shown], request.actor)
    )
    found = page_read(query, cursor=params.get("cursor", ""), size=PAGE_SIZE)
    context: dict[str, Any] = {
        "resource": resource,
        "verb": Action.of(verb),
        "may_claim": request.actor.may(verb.permission(resource)),
        "columns": shown,
        "heads": heads(resource, shown, {}),
        "numeric": NUMERIC,
        "page": found,
        "rows": found.rows,
        "params": params,
        "within": urlencode(within),
        "eyes": sight(record_address),
    }
    if request.htmx and not request.htmx.boosted:
        return part(request, "ui/parts/pool_rows.html", {**context, "request": request})
    return show(request, "ui/pool.html", context)


@require_POST
@page
def claim(request: PageRequest, resource: Resource) -> HttpResponse:
    """Take the chosen ones, each for itself; what was refused, and why, is told beside what went well."""
    verb = pooled(resource).verb_names[resource.pool]
    only = request.POST.get("only")
    taken, refused = 0, Counter[str]()
    for pk in [only_of(only)] if only else ids_of(request):
        try:
            verb_run(resource, verb.name, pk, actor=request.actor, inputs={})
            taken += 1
        except CrmError as refusal:
            refused[str(refusal.message)] += 1
    told = [ngettext("%(n)s claimed.", "%(n)s claimed.", taken) % {"n": taken}] if taken else []
    told += [f"{text} ({n})" if n > 1 else text for text, n in refused.most_common(3)]
    toast_later(request, " ".join(told))
    return go(request, reverse("ui:pool", args=[resource]))


def only_of(text: str) -> UUID:
    """The id on a row's own button."""
    try:
        return UUID(text)
    except ValueError as error:
        raise CrmError("not_found", _("There is no such record."), status=404) from error
