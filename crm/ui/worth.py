"""What the lines of a form come to while it is filled in, as the save will have it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.http import JsonResponse
from django.utils.translation import get_language

from crm.core.foreseeing import Foreseen, record_foresee
from crm.core.money import currency_of
from crm.core.permissions import is_hidden, parts_writable
from crm.core.registry import Part, Resource, Row
from crm.core.specs import FieldSpec
from crm.ui.cells import babel_locale, money_text
from crm.ui.inputs import Entry, part_values, text_of, values_of
from crm.ui.pages import PageRequest

Rows = Mapping[str, Sequence[Mapping[str, Entry]]]


def totals_of(resource: Resource, part: Part, request: PageRequest) -> list[FieldSpec]:
    """The fields of the record that a part's rows add up to, and that the person may know."""
    names = part.worth.totals if part.worth else ()
    return [resource.specs[name] for name in names if not is_hidden(resource, name, request.actor)]


def worth_answer(
    request: PageRequest, resource: Resource, entries: Mapping[str, Entry], rows: Rows, id: UUID | None = None
) -> JsonResponse:
    """The price that each line would have, its amount, and what all come to."""
    parts = [part for part in parts_writable(resource, request.actor) if part.worth and part.name in rows]
    given = {part.name: [said(part, row) for row in part_values(part, rows[part.name])] for part in parts}
    found = record_foresee(resource.model, values_of(entries) | given, actor=request.actor, id=id)
    lines: dict[str, Any] = {}
    sums: dict[str, str] = {}
    for part in parts:
        for sent, row in zip(rows[part.name], found.parts.get(part.name, ()), strict=False):
            lines[next(iter(sent.values())).name.rpartition("-")[0]] = line_told(part, row, found)
        sums |= {spec.name: amount_text(found.row.get(spec.name), found) for spec in totals_of(resource, part, request)}
    return JsonResponse({"lines": lines, "sums": sums, "doubts": list(found.doubts)})


def said(part: Part, row: Row) -> Row:
    """A line without what it leaves to be suggested."""
    return {name: value for name, value in row.items() if value != "" or name not in fills_of(part)}


def fills_of(part: Part) -> frozenset[str]:
    """What a form fills in by itself."""
    return part.worth.fills if part.worth else frozenset()


def line_told(part: Part, row: Row, found: Foreseen) -> dict[str, Any]:
    """What the form shows of one line."""
    fill = {name: text_of(part.specs[name], row[name]) for name in fills_of(part)}
    return {"amount": amount_text(row[part.computed[0]], found), "fill": fill}


def amount_text(value: Any, found: Foreseen) -> str:
    """An amount in the record's currency; nothing where it is not known."""
    return "" if value is None else money_text(value, currency_of(found.row), babel_locale(get_language() or "en"))
