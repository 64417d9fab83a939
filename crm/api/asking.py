"""What is asked of a list: fields, filters, order, page, count, and whether of the deleted; all refusals at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.errors import CrmError, Refusals
from crm.core.including import Inclusion, inclusions_of, own_fields
from crm.core.permissions import permit, readable
from crm.core.reading import ListQuery, Page, count_read, cursor_judge, list_query, page_read
from crm.core.registry import Resource, Row

PAGE_SIZE, MAX_PAGE_SIZE = 50, 200
COUNTS = ("none", "estimate", "exact")
SEARCH_KEYS = ("where", "search", "ordering", "fields", "include", "page_size", "cursor", "count")
DELETED = "deleted"


def list_asked(resource: Resource, params: Mapping[str, str], actor: Actor) -> tuple[ListQuery, list[Inclusion]]:
    """What a list is asked for: its own fields and filters, and the related records beside its rows; all that is wrong
    with it at once."""
    fields = [name for name in params.get("fields", "").split(",") if name]
    below = [name for name in fields if "." in name]
    text = params.get("include", "")
    own = {**params, "fields": ",".join(name for name in fields if name not in below)}
    refusals, read = Refusals(), list[ListQuery]()
    with refusals.kept():
        included = inclusions_of(resource, text, below, actor=actor) if text or below else []
    with refusals.kept():
        is_deleted = deleted_asked(resource, own.pop(DELETED, ""), actor)
    with refusals.kept():
        read.append(list_query(resource, own, actor=actor, fields=fields_shown(resource, actor)))
    for judge in (size_of, count_mode):
        with refusals.kept():
            judge(params)
    with refusals.kept():
        cursor_judge(next(iter(read), None), params.get("cursor", ""))
    refusals.tell()
    [query] = read
    if links := [name for name in own_fields(included) if name not in query.fields]:
        query = replace(query, fields=(*query.fields, *links))
    return replace(query, is_deleted=True) if is_deleted else query, included


def deleted_asked(resource: Resource, text: str, actor: Actor) -> bool:
    """Whether the deleted records are asked for instead: by who may bring them back."""
    if text not in ("", "true", "false"):
        raise CrmError("bad_value", _("Send true or false."), parameter=DELETED, allowed=("true", "false"))
    if text == "true":
        permit(actor, resource.permission("delete"))
    return text == "true"


def dated(query: ListQuery, rows: Sequence[Row]) -> None:
    """Say of deleted records when they were deleted."""
    if query.is_deleted:
        moments = dict(query.rows.filter(pk__in=[row["id"] for row in rows]).values_list("pk", "deleted_at"))
        for row in rows:
            row["deleted_at"] = moments.get(row["id"])


def page_of(query: ListQuery, params: Mapping[str, str]) -> Page:
    """The page that size and cursor ask for."""
    return page_read(query, cursor=params.get("cursor", ""), size=size_of(params))


def size_of(params: Mapping[str, str]) -> int:
    """How many rows a page holds."""
    size = params.get("page_size", str(PAGE_SIZE))
    if not (size.isascii() and size.isdigit() and len(size) < 5 and 1 <= int(size) <= MAX_PAGE_SIZE):
        message = _("page_size goes from 1 to %(max)s.") % {"max": MAX_PAGE_SIZE}
        raise CrmError("bad_value", message, parameter="page_size", max=MAX_PAGE_SIZE)
    return int(size)


def counted(query: ListQuery, params: Mapping[str, str], page: Page | None = None) -> dict[str, int | bool | None]:
    """The number that `count` asks for; where the page is known to be the whole list, its length.

    Only lists whose rows with and without a value are two statements are counted so: one is saved where one was spent,
    and a list costs the same however long it is.
    """
    mode = count_mode(params)
    if mode == "none":
        return {"count": None, "count_is_exact": None}
    if page and not page.next and not params.get("cursor") and has_nulls(query):
        return {"count": len(page.rows), "count_is_exact": True}
    found = count_read(query, mode="exact" if mode == "exact" else "estimate")
    return {"count": found.n, "count_is_exact": found.is_exact}


def count_mode(params: Mapping[str, str]) -> str:
    """How the list shall be counted."""
    mode = params.get("count", "estimate")
    if mode not in COUNTS:
        raise CrmError("bad_value", _("count takes none, estimate or exact."), parameter="count", allowed=COUNTS)
    return mode


def has_nulls(query: ListQuery) -> bool:
    """Whether the list is sorted by a field that may be empty."""
    return query.resource.column(query.ordering.removeprefix("-")).null


def search_params(body: Mapping[str, Any], refusals: Refusals) -> dict[str, str]:
    """The settings of a search as the texts that a list's query would hold; what is none of them is refused."""
    params = {}
    for name in body.keys() - {*SEARCH_KEYS}:
        with refusals.kept():
            text = _("Search takes no such name.")
            raise CrmError("unknown_field", text, pointer=f"/{name[:80]}", allowed=SEARCH_KEYS)
    for name in SEARCH_KEYS[1:]:
        value = body.get(name)
        if name in ("fields", "include") and isinstance(value, list) and all(isinstance(one, str) for one in value):
            value = ",".join(value)
        if isinstance(value, bool) or not isinstance(value, (str, int, type(None))):
            with refusals.kept():
                raise CrmError("type", _("%(name)s must be a text.") % {"name": name}, pointer=f"/{name}")
        elif value is not None:
            params[name] = str(value)
    return params


def fields_shown(resource: Resource, actor: Actor) -> list[str]:
    """The fields of a list whose caller names none: all that it may read, and the version to send back as If-Match."""
    return [*(spec.name for spec in readable(resource, actor)), "version"]
