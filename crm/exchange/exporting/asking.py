"""What an export is asked for: exactly what a list's address says, and how the file is to look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.outside import external_sources
from crm.core.permissions import parts_shown, permit, readable
from crm.core.reading import ListQuery, list_query, narrowed
from crm.core.registry import Resource, registry
from crm.exchange.models import ExportJob

Format = ExportJob.Format
NO_PARTS, ROWS, SHEET = "", "rows", "sheet"
LABELS, NAMES = "labels", "names"
ID = "id"
OUTSIDE = "external_id."  # before a source: the column of its numbers
NOT_ASKED = frozenset({"cursor", "page_size", "fields", "count", "include"})


@dataclass(frozen=True)
class Asked:
    """The list (its parameters, perhaps a tree, its columns) and the looks of the file."""

    label: str
    format: str
    params: Mapping[str, str] = field(default_factory=dict)
    where: Any = None
    columns: tuple[str, ...] = ()
    parts: str = NO_PARTS
    headers: str = LABELS
    language: str = "en"
    reveals: bool = False  # sensitive values in full

    @property
    def resource(self) -> Resource:
        """The noun."""
        return registry[self.label]

    def to_json(self) -> dict[str, Any]:
        """As a job keeps it."""
        return {**asdict(self), "columns": list(self.columns)}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Asked:
        """As a job kept it."""
        return cls(**{**kept, "columns": tuple(kept["columns"])})


def checked(asked: Asked, actor: Actor) -> Asked:
    """What was asked for with its columns settled; what cannot be is refused by name."""
    resource = registry.get(asked.label)
    if resource is None:
        allowed = [one.slug for one in registry]
        raise CrmError("bad_value", _("There is no such object."), parameter="object", allowed=allowed)
    permit(actor, resource.permission("view"))
    permit(actor, resource.permission("export"))
    if asked.reveals:
        permit(actor, resource.permission("reveal"))
    one_of("format", asked.format, (Format.CSV, Format.XLSX, Format.NDJSON))
    one_of("headers", asked.headers, (LABELS, NAMES))
    one_of("language", asked.language, [code for code, _name in settings.LANGUAGES])
    one_of("parts", asked.parts, ways(resource, asked.format))
    seen = [spec.name for spec in readable(resource, actor)]
    seen += [OUTSIDE + source for source in external_sources(resource.label)]
    columns = tuple(name for name in asked.columns if name != ID) or tuple(seen)
    if unknown := [name for name in columns if name not in seen]:
        message = _("There is no field %(name)s.") % {"name": unknown[0][:80]}
        raise CrmError("unknown_field", message, parameter="fields", allowed=seen)
    params = {name: value for name, value in asked.params.items() if name not in NOT_ASKED}
    return replace(asked, params=params, columns=with_currency(resource, columns, seen))


def with_currency(resource: Resource, columns: tuple[str, ...], seen: list[str]) -> tuple[str, ...]:
    """Money without its currency says little: where the noun has one, it goes along, behind the last amount."""
    columns = tuple(dict.fromkeys(columns))
    money = [at for at, name in enumerate(columns) if name in resource.specs and resource.specs[name].kind == "money"]
    if not money or "currency" in columns or "currency" not in seen:
        return columns
    return (*columns[: money[-1] + 1], "currency", *columns[money[-1] + 1 :])


def ways(resource: Resource, format: str) -> tuple[str, ...]:
    """How the rows of a noun's part can come along."""
    if not resource.parts:
        return (NO_PARTS,)
    return (NO_PARTS, ROWS, SHEET) if format == Format.XLSX else (NO_PARTS, ROWS)


def one_of(name: str, value: str, allowed: Any) -> None:
    """Refuse what is not offered."""
    if value not in allowed:
        message = _("%(name)s takes none of this: %(value)s") % {"name": name, "value": value[:80]}
        raise CrmError("bad_value", message, parameter=name, allowed=[str(one) for one in allowed])


def query_of(asked: Asked, actor: Actor) -> ListQuery:
    """The list as its asker sees it now; columns that were taken from them since are gone."""
    resource, actor = asked.resource, replace(actor, reveals=asked.reveals)
    permit(actor, resource.permission("export"))
    seen = {spec.name for spec in readable(resource, actor)} if actor.may(resource.permission("view")) else set()
    fields = [name for name in asked.columns if name in seen]
    query = list_query(resource, asked.params, actor=actor, fields=[ID, *fields])
    if asked.parts:
        query = replace(query, fields=(*query.fields, *(part.name for part in parts_shown(resource, actor))))
    if asked.where is not None:
        query = narrowed(query, asked.where)
    return query
