"""One change of many records: tried, started, watched, undone."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from crm.api import about_bulk_edits as about
from crm.api.conditions import is_dry
from crm.api.openapi import Operation
from crm.api.told import BulkEditForeseen, BulkEditTold, BulkEditWhole
from crm.api.views import ApiView, ResourceView, nothing_in, object_of
from crm.core.errors import CrmError
from crm.exchange.bulk.asking import ADD, DELETE, EDIT, REMOVE, VERB, Deed, Selection
from crm.exchange.bulk.services import (
    MOVING,
    bulk_find,
    bulk_percent,
    bulk_preview,
    bulk_start,
    bulk_undo,
    jobs_visible,
    refused_rows,
)
from crm.exchange.models import BulkJob

MOST_JOBS = 100
WHICH, WHAT = ("ids", "filters", "where", "search", "all"), ("values", "add", "remove", "verb", "inputs", "delete")


class BulkEdit(ResourceView):
    """A change of many records of one noun."""

    def post(self, request: Request) -> Response:
        """Start it; with `dry_run=1` only what it would come to."""
        body = object_of(request)
        deed, selection = deed_of(body), selection_of(body)
        if is_dry(request):
            found = bulk_preview(self.resource, deed, selection, actor=self.actor)
            foreseen: BulkEditForeseen = {
                "rows_total": found.total,
                "rows_tried": found.tried,
                "changed": found.changed,
                "same": found.same,
                "refused": found.refused,
                "reasons": [{"message": text, "count": n} for text, n in found.reasons],
            }
            return Response(foreseen)
        job = bulk_start(self.resource, deed, selection, actor=self.actor)
        status = 202 if job.state in MOVING else 201
        return Response(state(job, request), status=status, headers={"Location": url_of(job, request)})

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.bulk_edit(self.resource)


class BulkEdits(ApiView):
    """The latest changes of many records."""

    def get(self, request: Request) -> Response:
        """Those that the caller may see."""
        return Response({"results": [state(job, request) for job in jobs_visible(self.actor)[:MOST_JOBS]]})

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.bulk_edits()


class BulkEditOne(ApiView):
    """One of them."""

    def get(self, request: Request, id: Any) -> Response:
        """State, progress, and what was refused."""
        job = bulk_find(id, actor=self.actor)
        whole: BulkEditWhole = {**state(job, request), "refused": refused_rows(job, self.actor)}
        return Response(whole)

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.bulk_edit_one()


class BulkEditUndo(ApiView):
    """Take one back."""

    def post(self, request: Request, id: Any) -> Response:
        """Every record gets back what it had, but for those that somebody has changed since."""
        nothing_in(request)
        job = bulk_undo(bulk_find(id, actor=self.actor), actor=self.actor)
        return Response(state(job, request), status=202 if job.state in MOVING else 200)

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.bulk_edit_undo()


def deed_of(body: dict[str, Any]) -> Deed:
    """What is to be done: one thing."""
    if unknown := [name for name in body if name not in (*WHICH, *WHAT)]:
        message = _("There is no such name here.")
        about_it = {"code": "unknown_field", "message": message, "allowed": [*WHICH, *WHAT]}
        errors = [{"pointer": f"/{name}", **about_it} for name in unknown]
        raise CrmError("unknown_field", message, errors=errors)
    asked = [name for name in ("values", "add", "remove", "verb", "delete") if body.get(name)]
    given: Any = body.get("inputs", {}) if asked == ["verb"] else body.get(asked[0]) if len(asked) == 1 else None
    if asked == ["delete"]:
        given = {} if body["delete"] is True else None
    if not isinstance(given, dict) or (asked == ["verb"] and not isinstance(body["verb"], str)):
        message = _("Say what is to be done: values, add, remove, verb or delete.")
        raise CrmError("bad_value", message, parameter="values")
    does = {"values": EDIT, "add": ADD, "remove": REMOVE, "verb": VERB, "delete": DELETE}
    return Deed(does[asked[0]], given, str(body.get("verb", "")))


def selection_of(body: dict[str, Any]) -> Selection:
    """Which records: ids, or what filters, a tree or a search find; everything only where `all` says so."""
    filters, ids, where = body.get("filters", {}), body.get("ids"), body.get("where")
    if not isinstance(filters, dict) or not all(isinstance(one, str) for one in filters.values()):
        raise CrmError("bad_value", _("Must be an object of texts, as in a list's address."), parameter="filters")
    if not isinstance(body.get("search", ""), str) or body.get("all", True) is not True:
        raise CrmError("bad_value", _("Must be a text."), parameter="search")
    if ids is not None:
        if not isinstance(ids, list) or filters or where or body.get("search"):
            raise CrmError("bad_value", _("Send ids, or filters, not both."), parameter="ids")
        return Selection(tuple(uuid_of(one) for one in ids))
    if not (filters or where or body.get("search") or body.get("all")):
        raise CrmError("bad_value", _("Say which records: ids, filters, where, search, or all."), parameter="ids")
    params = {**filters, **({"search": body["search"]} if body.get("search") else {})}
    return Selection(params=params, where=where, is_all=True)


def uuid_of(value: Any) -> UUID:
    """An id."""
    try:
        return UUID(value)
    except (ValueError, TypeError, AttributeError) as error:
        raise CrmError("bad_value", _("There is no such record."), parameter="ids") from error


def url_of(job: BulkJob, request: Request) -> str:
    """Where to ask for the job."""
    return str(reverse("api:bulk-edit", kwargs={"id": job.pk}, request=request))


def state(job: BulkJob, request: Request) -> BulkEditTold:
    """A job as it is told."""
    return {
        "id": job.pk,
        "state": job.state,
        "object": job.label,
        "asked": job.asked,
        "percent": bulk_percent(job),
        "rows_total": job.rows_total,
        "rows_done": job.rows_done,
        "account": job.account,
        "created_at": job.created_at,
        "finished_at": job.finished_at,
        "failure": job.failure,
        "url": url_of(job, request),
    }
