"""`POST /{noun}/batch`: up to a thousand rows in one call, each with a status of its own.

One `records_save` for all that is created, changed and upserted, one statement set each for deleting and restoring.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api import about_batch as about
from crm.api.batch_rows import MOST_ROWS, RowAsked, row_read, unread
from crm.api.errors import MEDIA_TYPE, errors_of, problem
from crm.api.openapi import Operation
from crm.api.tracing import request_id_of
from crm.api.views import ResourceView, object_of
from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.outside import Name, external_ids_give, external_owners, external_taken
from crm.core.plans import plan_of
from crm.core.registry import Resource
from crm.core.services import (
    Change,
    delete_each,
    external_ids_find,
    records_save,
    refusal_of,
    restore_each,
)

MODES = ("atomic", "partial")
DONE = {"create": 201, "update": 200, "upsert": 200, "delete": 200, "restore": 200}
NOT_DONE = "not_done"


@dataclass
class Batch:
    """One call: what was asked, row by row, and what became of it."""

    resource: Resource
    actor: Actor
    rows: list[RowAsked]
    ids: dict[int, UUID] = field(default_factory=dict)
    created: set[int] = field(default_factory=set)
    refused: dict[int, CrmError] = field(default_factory=dict)

    def of(self, *actions: str) -> Iterator[tuple[int, RowAsked]]:
        """The rows of these kinds that nothing speaks against so far."""
        for at, row in enumerate(self.rows):
            if row.action in actions and at not in self.refused:
                yield at, row

    def run(self) -> None:
        """Delete, bring back, then save: what a deleted record held is free for a new one."""
        self.find()
        self.refuse_twice()
        self.refuse_taken()
        self.take_away()
        self.bring_back()
        self.save()

    def find(self) -> None:
        """The ids of the rows that name their record by its outside name; upserts may make theirs."""
        named: dict[str, dict[int, str]] = defaultdict(dict)
        for at, row in enumerate(self.rows):
            if row.id:
                self.ids[at] = row.id
            elif row.external:
                named[row.external[0]][at] = row.external[1]
        for source, values in named.items():
            known = external_ids_find(self.resource.label, source, values.values())
            self.ids |= {at: known[value] for at, value in values.items() if value in known}
        for at, row in enumerate(self.rows):
            if at not in self.ids and row.action in ("update", "delete", "restore"):
                self.refuse(at, CrmError("not_found", _("There is no such record."), status=404))

    def given(self) -> dict[UUID, Name]:
        """The outside names that records get which are named by their ids."""
        return {row.id: row.external for _at, row in self.of("update") if row.id and row.external}

    def refuse(self, at: int, why: CrmError) -> None:
        """Note why a row cannot be done; the first reason counts."""
        self.refused.setdefault(at, why)

    def refuse_twice(self) -> None:
        """A record is meant by one row only: in which order would its rows be done?"""
        seen: set[Any] = set()
        for at, row in enumerate(self.rows):
            name = self.ids.get(at) or row.external
            if name is not None and name in seen:
                text = _("The same record is named twice in one call.")
                self.refuse(at, CrmError("named_twice", text, status=409))
            seen.add(name)

    def refuse_taken(self) -> None:
        """An outside name is given to one record only: whose it is already, or whose row comes first."""
        owners: dict[Name, UUID | int] = {**external_owners(self.resource.label, self.given().values())}
        for at, row in list(self.of("update", "upsert")):
            whose = self.ids.get(at, at)  # of a record that is not made yet its row stands for it
            is_named = row.external and (row.id or row.action == "upsert")
            if is_named and row.external and owners.setdefault(row.external, whose) != whose:
                self.refuse(at, external_taken())

    def take_away(self) -> None:
        """The rows that delete."""
        wanted = {self.ids[at]: row.version for at, row in self.of("delete")}
        if wanted:
            self.note("delete", delete_each(self.resource.model, wanted, actor=self.actor))

    def bring_back(self) -> None:
        """The rows that restore."""
        wanted = [self.ids[at] for at, _row in self.of("restore")]
        if wanted:
            self.note("restore", restore_each(self.resource.model, wanted, actor=self.actor))

    def note(self, action: str, refusals: Mapping[UUID, CrmError]) -> None:
        """Which rows of one kind were refused."""
        for at, _row in list(self.of(action)):
            if self.ids[at] in refusals:
                self.refuse(at, refusals[self.ids[at]])

    def save(self) -> None:
        """The rows that create, change or upsert: one call."""
        asked = list(self.of("create", "update", "upsert"))
        if not asked:
            return
        changes = [
            Change(
                row.values,
                self.ids[at] if row.action == "update" else None,
                row.version,
                row.external if row.action == "upsert" else None,
            )
            for at, row in asked
        ]
        outcome = records_save(self.resource.model, changes, actor=self.actor, keep_good=True)
        plan = plan_of(self.resource.model)
        for position, (at, row) in enumerate(asked):
            if why := refusal_of(plan, outcome, row.values, self.actor, at=position):
                self.refuse(at, why)
            else:
                self.ids[at] = outcome.saved[position]
                if position in outcome.created:
                    self.created.add(at)
        external_ids_give(self.resource.label, self.given())


class RecordBatch(ResourceView):
    """Many records in one call."""

    parameters: ClassVar[dict[str, frozenset[str]]] = {"POST": frozenset({"mode"})}

    def post(self, request: Request) -> Response:
        """Each row is answered in the order of asking; `atomic`: one refused row refuses all."""
        mode = request.query_params.get("mode", "atomic")
        if mode not in MODES:
            raise CrmError("bad_value", _("mode takes atomic or partial."), parameter="mode", allowed=MODES)
        rows, refused = rows_of(object_of(request), self.resource)
        batch = Batch(self.resource, self.actor, rows, refused=refused)
        with transaction.atomic():
            batch.run()
            is_void = bool(batch.refused) and (mode == "atomic" or len(batch.refused) == len(batch.rows))
            versions = versions_of(batch) if not is_void else {}
            if is_void:
                transaction.set_rollback(True)
        results = [result(batch, at, versions, request, is_void=is_void) for at in range(len(batch.rows))]
        return void(results, request) if is_void else Response({"results": results}, status=207)

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.batching(self.resource)


def rows_of(body: Mapping[str, Any], resource: Resource) -> tuple[list[RowAsked], dict[int, CrmError]]:
    """The rows of the body, and which of them cannot be understood: they are refused beside those that are judged."""
    errors: list[dict[str, Any]] = [
        {"pointer": f"/{name}", "code": "unknown_field", "message": _("A batch has no such name."), "allowed": ["rows"]}
        for name in body
        if name != "rows"
    ]
    rows = body.get("rows")
    if not isinstance(rows, list) or not 1 <= len(rows) <= MOST_ROWS:
        message = _("rows must be a list of 1 to %(max)s.") % {"max": MOST_ROWS}
        errors.append({"pointer": "/rows", "code": "type", "message": message})
        rows = []
    read, refused = [], {}
    for at, row in enumerate(rows):
        wrong: list[dict[str, Any]] = []
        read.append(row_read(at, row, resource, wrong) or unread(row))
        if wrong:
            refused[at] = CrmError("invalid", _("Some values are not right."), status=422, errors=wrong)
    if errors:
        raise CrmError("invalid", _("Some values are not right."), status=422, errors=errors)
    return read, refused


def versions_of(batch: Batch) -> dict[UUID, int]:
    """The versions that the records have now: one query."""
    ids = {pk for at, pk in batch.ids.items() if at not in batch.refused}
    rows = batch.resource.model._default_manager.filter(pk__in=ids)
    return dict(rows.values_list("pk", "version"))


def result(batch: Batch, at: int, versions: Mapping[UUID, int], request: Request, *, is_void: bool) -> dict[str, Any]:
    """What became of one row."""
    row, pk = batch.rows[at], batch.ids.get(at)
    answer: dict[str, Any] = {"index": at, "action": row.action or None}
    if why := batch.refused.get(at):
        shown = pk if row.id or why.code != "not_found" else None  # what may not be seen is not told by another's name
        return answer | {"status": why.status, "id": shown, "problem": told(why, at, request)}
    if is_void:
        text = _("Nothing was done, because another row was refused.")
        why = CrmError(NOT_DONE, text, status=424)
        return answer | {"status": 424, "id": None, "problem": told(why, at, request)}
    status = 201 if at in batch.created else DONE[row.action]
    return answer | {"status": status, "id": pk, "version": versions.get(pk) if pk else None}


def told(why: CrmError, at: int, request: Request) -> dict[str, Any]:
    """The refusal of one row; its pointers lead into the body of the call."""
    errors = [
        {**one, "pointer": f"/rows/{at}/values{one['pointer']}"} if is_of_values(one, at) else one
        for one in errors_of(why.code, str(why.message), why.details)
    ]
    extra = {"version": why.details["version"]} if "version" in why.details else {}
    return problem(
        why.code, why.message, status=why.status, request_id=request_id_of(request.META), errors=errors, extra=extra
    )


def is_of_values(error: Mapping[str, Any], at: int) -> bool:
    """Whether a pointer begins at the row's values; of a row that was not understood it begins at the body."""
    return "pointer" in error and not error["pointer"].startswith(f"/rows/{at}/")


def void(results: list[dict[str, Any]], request: Request) -> Response:
    """The answer to a batch of which nothing was done: a problem with every row's own, never a success."""
    errors = [
        error
        for one in results
        if one["problem"]["code"] != NOT_DONE
        for error in (
            one["problem"]["errors"]
            or [
                {
                    "pointer": f"/rows/{one['index']}",
                    "code": one["problem"]["code"],
                    "message": one["problem"]["detail"],
                }
            ]
        )
    ]
    body = problem(
        "batch_refused",
        _("Nothing was done: some rows were refused."),
        status=422,
        request_id=request_id_of(request.META),
        errors=errors,
        extra={"results": results},
    )
    return Response(body, status=422, content_type=MEDIA_TYPE)
