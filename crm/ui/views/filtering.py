"""The filter of a list, written in the builder; and the builder as it draws itself anew in any form."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from crm.core.errors import CrmError
from crm.core.permissions import permit
from crm.core.querying import where_of_tree
from crm.core.registry import Resource
from crm.ui.builder import builder_of, changed, tree_of
from crm.ui.conditions import NOT_FILTERS, params_of_tree, tree_of_params
from crm.ui.pages import PageRequest, go, page, part, show

SHOWN_OVER = frozenset({"cursor", "page_size"})


def seen_by(request: PageRequest) -> tuple[str, dict[str, str]]:
    """The page and the parameters of the list that is looked at: of this address, or of the page under the dialog."""
    query, where = request.GET.urlencode(), ""
    if request.htmx and not query:
        there = urlsplit(request.htmx.current_url or "")
        query, where = there.query, there.path
    return where, {name: value for name, value in parse_qsl(query) if value and name not in SHOWN_OVER}


def home_of(resource: Resource, path: str) -> str:
    """The look to go back to: the board where the filter was opened on it, else the list."""
    board = reverse("ui:board", args=[resource])
    return board if resource.board and path == board else reverse("ui:list", args=[resource])


@require_POST
@page
def builder(request: PageRequest, resource: Resource) -> HttpResponse:
    """The builder after a press; nothing is stored."""
    permit(request.actor, resource.permission("view"))
    return part(request, "ui/filter/builder.html", {"builder": changed(request.POST, resource, request.actor)})


@require_http_methods(["GET", "POST"])
@page
def filter_edit(request: PageRequest, resource: Resource) -> HttpResponse:
    """All conditions of a list at once; what was written leads back to the list, whose address says it."""
    permit(request.actor, resource.permission("view"))
    path, params = seen_by(request)
    if request.method == "GET":
        return dialog(request, resource, tree_of_params(params), home_of(resource, path))
    path = str(request.POST.get("next", ""))
    kept = {name: value for name, value in params.items() if name in NOT_FILTERS and name != "where"}
    tree = None if "clear" in request.POST else tree_of(resource, request.POST)
    try:
        if tree is not None:
            where_of_tree(resource, tree, actor=request.actor)
    except CrmError as refusal:
        return dialog(request, resource, tree, home_of(resource, path), str(refusal.message))
    query = urlencode({**params_of_tree(tree), **kept})
    return go(request, home_of(resource, path) + (f"?{query}" if query else ""))


def dialog(request: PageRequest, resource: Resource, tree: Any, home: str, problem: str = "") -> HttpResponse:
    """The form, over the list or as a page of its own."""
    is_dialog = bool(request.htmx) and not request.htmx.boosted
    _path, params = seen_by(request)
    context = {
        "resource": resource,
        "builder": builder_of(resource, tree, request.actor),
        "action": reverse("ui:filter", args=[resource]) + (f"?{urlencode(params)}" if params else ""),
        "next": home,
        "problem": problem,
        "is_dialog": is_dialog,
    }
    if is_dialog:
        return part(request, "ui/filter/dialog.html", context)
    return show(request, "ui/filter/page.html", context, status=422 if problem else 200)
