"""The columns of a file: a noun's fields, the keys of what it points at, the fields of its parts, and its id."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.comparing import EXTERNAL
from crm.core.outside import external_ids_read
from crm.core.permissions import is_hidden, parts_shown, visible
from crm.core.reading import ListQuery
from crm.core.registry import Part, Resource, Row, registry
from crm.core.rows import may_name
from crm.core.specs import FieldSpec
from crm.exchange.exporting.asking import ID, LABELS, OUTSIDE, ROWS, SHEET, Asked
from tenants.context import current

KITH_ID = "kith_id"


@dataclass(frozen=True)
class Column:
    """One column: `name` as programs know it (`customer`, `customer.number`, `lines.quantity`), `header` as shown."""

    name: str
    header: str
    spec: FieldSpec
    part: str = ""
    field: str = ""
    key: str = ""  # of the linked record, instead of its title


def columns_of(asked: Asked, query: ListQuery) -> list[Column]:
    """The columns of the first sheet: the record's, then (one row a line) its part's, and the id last."""
    resource, actor = query.resource, query.actor
    found = [c for name in query.fields if name in resource.specs for c in of_field(resource.specs[name], actor)]
    if asked.parts == ROWS:
        found += [column for part in parts_shown(resource, actor) for column in of_part(resource, part, actor)]
    found += [outside_column(name) for name in asked.columns if name.startswith(OUTSIDE)]
    found.append(id_column())
    return headed(found, asked, resource)


def sheets_of(asked: Asked, query: ListQuery) -> list[tuple[Part, list[Column]]]:
    """The further sheets: each part with the title and id of the record that its rows belong to."""
    if asked.parts != SHEET:
        return []
    resource, found = query.resource, []
    for part in parts_shown(resource, query.actor):
        title = [c for c in of_field(resource.specs[resource.title], query.actor) if resource.title in query.fields]
        found.append((part, headed([*title, *of_part(resource, part, query.actor), id_column()], asked, resource)))
    return found


def id_column() -> Column:
    """By which an import knows the record again."""
    return Column(KITH_ID, _("Kith ID"), FieldSpec(ID, _("Kith ID"), "reference"), field=ID)


def outside_column(name: str) -> Column:
    """The numbers that another system gives the records: by them an import knows them again, too."""
    label = f"{EXTERNAL.label}: {name.removeprefix(OUTSIDE)}"
    return Column(name, label, FieldSpec(name, label, EXTERNAL.kind))


def of_field(spec: FieldSpec, actor: Actor, part: Part | None = None) -> Iterator[Column]:
    """A field's column, and for a link the first key of the other noun, by which an import finds it again."""
    before, part_name = (f"{part.name}.", part.name) if part else ("", "")
    label = str(spec.label)
    yield Column(before + spec.name, label, spec, part_name, spec.name)
    other = registry.get(spec.target or "")
    if spec.kind == "link" and other is not None and may_name(other.label, actor):
        keys = [k for k in other.keys if not other.specs[k].sensitive and not is_hidden(other, k, actor)]
        for key in keys[:1]:
            header = f"{label}: {other.specs[key].label}"
            yield Column(f"{before}{spec.name}.{key}", header, other.specs[key], part_name, spec.name, key)


def of_part(resource: Resource, part: Part, actor: Actor) -> Iterator[Column]:
    """A part's columns; a header that the record has, too, says whose it is."""
    own = {str(spec.label) for spec in resource.specs.values()}
    for spec in part.specs.values():
        for column in of_field(spec, actor, part):
            clash = column.header in own
            yield Column(
                column.name,
                f"{part.label}: {column.header}" if clash else column.header,
                column.spec,
                part.name,
                column.field,
                column.key,
            )


def headed(columns: Sequence[Column], asked: Asked, resource: Resource) -> list[Column]:
    """With the headers that were asked for; money in the company's own currency names it."""
    if asked.headers != LABELS:
        return [Column(c.name, c.name, c.spec, c.part, c.field, c.key) for c in columns]
    own = "" if "currency" in resource.specs else current().currency
    return [Column(c.name, c.header + money_mark(c.spec, own), c.spec, c.part, c.field, c.key) for c in columns]


def money_mark(spec: FieldSpec, own: str) -> str:
    """The currency behind a header, where no column of its own names it."""
    currency = (spec.unit or own) if spec.kind == "money" else ""
    return f" ({currency})" if currency else ""


class Keys:
    """The keys of linked records, asked for a chunk at a time: one query a link."""

    def __init__(self, columns: Sequence[Column], query: ListQuery) -> None:
        self.actor, self.label = query.actor, query.resource.label
        self.wanted: dict[tuple[str, str], str] = {}
        for column in (column for column in columns if column.key):
            specs = query.resource.part(column.part).specs if column.part else query.resource.specs
            self.wanted[column.name, column.key] = str(specs[column.field].target)

    def of(self, columns: Sequence[Column], rows: Sequence[Row]) -> dict[str, Mapping[UUID, Any]]:
        """By column, the key of each linked record."""
        found: dict[str, Mapping[UUID, Any]] = defaultdict(dict)
        for column in (column for column in columns if column.key):
            lines = [line for row in rows for line in row.get(column.part, ())] if column.part else rows
            ids = {line[column.field]["id"] for line in lines if line[column.field]}
            model = registry[self.wanted[column.name, column.key]].model
            known = visible(model, self.actor).filter(pk__in=ids).order_by().values_list("pk", column.key)
            found[column.name] = dict(known) if ids else {}
        if any(column.spec.kind == EXTERNAL.kind for column in columns):
            self.outside(rows, found)
        return found

    def outside(self, rows: Sequence[Row], found: dict[str, Mapping[UUID, Any]]) -> None:
        """By column of another system, its number of each record; of several all: one query for all systems."""
        texts: dict[str, dict[UUID, str]] = defaultdict(dict)
        for pk, names in external_ids_read(self.label, [row["id"] for row in rows]).items():
            for one in names:
                known = texts[OUTSIDE + one["source"]]
                known[pk] = f"{known[pk]}, {one['id']}" if pk in known else one["id"]
        found |= texts
