"""Sums below a list and the groups of a list: asked after the page, so that no page waits for them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from crm.core.errors import CrmError
from crm.core.reading import list_query, page_read
from crm.core.registry import Resource
from crm.core.saved_views import groupable
from crm.core.specs import FieldSpec
from crm.core.summing import Group, Sums, totals
from crm.ui.addresses import record_address
from crm.ui.cells import NUMERIC, Sight, money_text, number_text, sight, with_siblings
from crm.ui.conditions import PAGE_OWN, one_words
from crm.ui.pages import PageRequest, page, part
from crm.ui.saved_views import choice_of
from crm.ui.views.lists import columns_of, parameters
from crm.ui.worded import worded

FEW = 20


def sum_text(spec: FieldSpec, sums: Sums, eyes: Sight) -> str:
    """The sum of a column, by currency where its amounts have several."""
    held = sums.get(spec.name, {})
    if spec.kind != "money":
        return number_text(sum(held.values(), Decimal(0)))
    texts = [money_text(amount, code or spec.unit or eyes.currency, eyes.locale) for code, amount in held.items()]
    return " + ".join(sorted(texts)[:4])


def asked(request: PageRequest, resource: Resource) -> tuple[dict[str, str], list[FieldSpec]]:
    """The filters of the list, and its columns."""
    params = parameters(request)
    shown = columns_of(resource, params, request.actor, choice_of(resource, request.actor))
    return {name: text for name, text in params.items() if name not in PAGE_OWN}, shown


@require_GET
@page
def sums(request: PageRequest, resource: Resource) -> HttpResponse:
    """The line below a list: what its columns come to."""
    filters, shown = asked(request, resource)
    query = list_query(resource, filters, actor=request.actor, fields=[resource.title])
    whole = (totals(query, shown) or [Group(None)])[0]
    eyes = sight(record_address)
    cells = [sum_text(spec, whole.sums, eyes) if spec.name in whole.sums else "" for spec in shown]
    return part(request, "ui/parts/sums.html", {"cells": cells, "has_boxes": "boxes" in request.GET})


@require_GET
@page
def groups(request: PageRequest, resource: Resource) -> HttpResponse:
    """The groups of a list with their counts and sums; their rows come when one is opened."""
    filters, shown = asked(request, resource)
    by = parameters(request).get("group", "") or next(iter(groupable(resource, request.actor)), "")
    if not by:
        raise CrmError("not_found", _("There is no field by which this list can be grouped."), status=404)
    query = list_query(resource, filters, actor=request.actor, fields=[resource.title])
    found = totals(query, shown, by=by)
    eyes = sight(record_address)
    rows = [group_row(resource, by, one, shown, eyes) for one in found]
    context = {"resource": resource, "rows": rows, "by": resource.specs[by], "request": request}
    return part(request, "ui/parts/groups.html", context)


def group_row(resource: Resource, by: str, group: Group, shown: list[FieldSpec], eyes: Sight) -> dict[str, Any]:
    """A group as its head shows it, and the filter that its rows meet."""
    spec = resource.specs[by]
    is_empty = group.key in (None, "")
    text = str(group.key).lower() if isinstance(group.key, bool) else str(group.key)
    title = group.title or one_words(spec, text, {}, get_language() or "en")
    return {
        "title": _("(empty)") if is_empty else title,
        "count": group.count,
        "sums": [(one.label, sum_text(one, group.sums, eyes)) for one in shown if one.name in group.sums][:4],
        "key": f"{by}__empty" if is_empty else by,
        "value": "true" if is_empty else text,
    }


@require_GET
@page
def group_rows(request: PageRequest, resource: Resource) -> HttpResponse:
    """The first rows of a group."""
    filters, shown = asked(request, resource)
    fields = with_siblings(resource, [spec.name for spec in shown])
    found = page_read(list_query(resource, filters, actor=request.actor, fields=fields), size=FEW)
    context = {
        "resource": resource,
        "rows": worded(resource, found.rows, request.actor),
        "columns": shown,
        "eyes": sight(record_address),
    }
    return part(request, "ui/parts/group_rows.html", {**context, "numeric": NUMERIC, "has_more": bool(found.next)})
