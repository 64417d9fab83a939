"""What a report tells of records it puts together: kept in pieces that add up, so that totals need no more asking."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from operator import add
from typing import Any

from django.db.models import Aggregate, Count, DecimalField, ExpressionWrapper, F, Max, Min, Q, Sum
from django.utils.translation import gettext as _

from analytics.reports.grouping import Reached, Tree, field_reached
from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.querying import where_of_tree
from crm.core.registry import Part, Resource
from crm.core.specs import FieldSpec
from crm.core.summing import SUMMED, has_own_currency

JOINED: dict[str, Callable[[Any, Any], Any]] = {"min": min, "max": max}
OF = ("count", "sum", "average", "min", "max", "share")
KEYS = frozenset({"name", "label", "of", "field", "where", "among"})
NAME = re.compile(r"[a-z][a-z0-9_]{0,49}\Z")
EXACT = Decimal("0.0001")
Pieces = dict[str, Any]


def piece_of(name: str, what: str = "sum") -> str:
    """The column of a piece; no field of a noun is called so, and a name leaves room for its beginning."""
    return f"{what}_of_{name}"


@dataclass(frozen=True)
class Measure:
    """One figure: which pieces the database computes, and what they say together."""

    name: str
    label: str
    of: str
    kind: str
    pieces: Mapping[str, Aggregate] = field(default_factory=dict)
    where: Tree | None = None  # which records are behind it

    def value(self, pieces: Pieces) -> Any:
        """The figure; None where there is nothing to tell."""
        first, second = pieces.get(piece_of(self.name)), pieces.get(piece_of(self.name, "count"))
        match self.of:
            case "count":
                return first or 0
            case "sum":
                return first if first is not None else Decimal(0) if self.kind == "money" else 0
            case "share":
                return (first or 0) / second if second else None
            case "average":
                return averaged(first, second) if second else None
            case _:
                return first

    def put(self, into: Pieces, more: Pieces) -> None:
        """Put the pieces of further records to those that are there."""
        for name in self.pieces:
            one, other = into.get(name), more.get(name)
            if one is None or other is None:
                into[name] = other if one is None else one
            else:
                into[name] = JOINED.get(self.of, add)(one, other)


def averaged(total: Any, count: int) -> Any:
    """A sum by its count, exact where the sum is."""
    return total / count if isinstance(total, float) else (Decimal(total) / count).quantize(EXACT)


def measure_read(resource: Resource, asked: Any, actor: Actor, part: Part | None = None) -> Measure:
    """A measure as it is asked for: {"of": "sum", "field": "amount_home", "where": {…}}."""
    if not isinstance(asked, dict) or asked.get("of") not in OF:
        raise CrmError("bad_value", _("A measure says what it tells (of)."), field="measures", allowed=list(OF))
    if strange := sorted(map(str, asked.keys() - KEYS)):
        text = _("A measure has no %(name)s.") % {"name": strange[0][:80]}
        raise CrmError("unknown_field", text, field=strange[0][:80], allowed=sorted(KEYS))
    of, name = asked["of"], asked.get("field") or ""
    where = where_read(resource, asked, "where", actor, part)
    if of in ("count", "share"):
        return counted(resource, asked, where, actor, part)
    if not isinstance(name, str) or not name or asked.get("among"):
        raise CrmError("bad_value", _("This measure needs a field, and takes no among."), field="measures")
    reached = field_reached(resource, name, actor, lambda spec: fits(resource, spec, part), part)
    if reached.link or reached.part is not part:
        text = _("Only the record's own numbers are added up: %(name)s is another's.") % {"name": name[:80]}
        raise CrmError("unknown_field", text, field=name[:80])
    title = named(asked, f"{of}_{name}".replace(".", "_"), f"{reached.label} ({said(of)})")
    value = at_home(resource, reached)
    pieces: dict[str, Aggregate] = {piece_of(title[0]): FUNCTIONS[of](value, filter=where or None)}
    if of == "average":
        pieces[piece_of(title[0], "count")] = Count(value, filter=where or None)
    return Measure(*title, of, kind_of(of, reached.spec), pieces, asked.get("where") or None)


def where_read(resource: Resource, asked: Tree, name: str, actor: Actor, part: Part | None) -> Q:
    """A condition on records; where a part's rows are counted, on the records that they are of."""
    if not asked.get(name):
        return Q()
    where = where_of_tree(resource, asked[name], actor=actor, depth=1)
    if part is None:
        return where
    return Q(**{f"{part.parent}__in": resource.model._default_manager.filter(where).order_by().values("pk")})


def at_home(resource: Resource, reached: Reached) -> Any:
    """A part's amounts are in its record's currency: told in the tenant's own."""
    if reached.part is None or reached.spec.kind != "money" or "currency" not in resource.specs:
        return reached.value
    rate = F(f"{reached.part.parent}__exchange_rate")
    return ExpressionWrapper(reached.value * rate, output_field=DecimalField(max_digits=38, decimal_places=12))


def counted(resource: Resource, asked: Tree, where: Q, actor: Actor, part: Part | None) -> Measure:
    """How many records there are, or which share of them meets a condition."""
    if asked.get("field") or (asked["of"] == "count" and asked.get("among")):
        raise CrmError("bad_value", _("Counts and shares take no field; only a share takes among."), field="measures")
    if asked["of"] == "count":
        title = named(asked, "count", str(part.label if part else resource.name_plural))
        pieces = {piece_of(title[0]): Count("pk", filter=where or None)}
        return Measure(*title, "count", "integer", pieces, asked.get("where") or None)
    if not where:
        raise CrmError("bad_value", _("A share needs a condition (where)."), field="measures")
    among = where_read(resource, asked, "among", actor, part)
    title = named(asked, "share", _("Share"))
    pieces = {
        piece_of(title[0]): Count("pk", filter=where & among),
        piece_of(title[0], "count"): Count("pk", filter=among or None),
    }
    return Measure(*title, "share", "percent", pieces, asked.get("among") or None)


FUNCTIONS: dict[str, Any] = {"sum": Sum, "average": Sum, "min": Min, "max": Max}


def fits(resource: Resource, spec: FieldSpec, part: Part | None = None) -> bool:
    """Whether a field can be added up: an amount in its row's currency only where its rate is known."""
    if spec.kind not in SUMMED or (part is not None and spec.name == "position"):
        return False
    return not has_own_currency(resource, spec) or (part is not None and "exchange_rate" in resource.specs)


def kind_of(of: str, spec: FieldSpec) -> str:
    """What a figure is."""
    return "number" if of == "average" and spec.kind == "integer" else str(spec.kind)


def said(of: str) -> str:
    """The word for a way of telling."""
    return {"sum": _("sum"), "average": _("average"), "min": _("smallest"), "max": _("largest")}[of]


def named(asked: Tree, name: str, label: str) -> tuple[str, str]:
    """The name and the label of a measure, given or made."""
    own, shown = asked.get("name") or name, asked.get("label") or label
    if not isinstance(own, str) or not NAME.match(own) or own == "title":
        text = _("The name of a measure is a word of small letters, digits and underscores.")
        raise CrmError("bad_value", text, field="name")
    if not isinstance(shown, str) or len(shown) > 120 or "\x00" in shown:
        raise CrmError("bad_value", _("Must be a text of at most %(n)s characters.") % {"n": 120}, field="label")
    return own, shown
