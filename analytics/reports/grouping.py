"""By what a report puts records together: a field of the noun or of one that it points at, days by their period."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import BooleanField, Case, DateField, DateTimeField, F, TextField, UUIDField, Value, When
from django.db.models.functions import Cast, Coalesce, NullIf, Trunc
from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.comparing import MOST_VALUES
from crm.core.days import months_later
from crm.core.errors import CrmError
from crm.core.permissions import is_hidden, permit, within
from crm.core.querying import MOST_CONDITIONS, through
from crm.core.registry import Part, Resource, registry
from crm.core.rows import may_name, title_of
from crm.core.specs import FieldSpec
from tenants.context import current

KINDS = frozenset({"choice", "link", "yes_no", "country", "currency", "text", "date", "moment"})
PERIODS = ("day", "week", "month", "quarter", "year")
MONTHS = {"month": 1, "quarter": 3, "year": 12}
KEPT_AS = {"date": DateField, "moment": DateTimeField, "link": UUIDField, "yes_no": BooleanField}
TEAM = "team.team"
Tree = dict[str, Any]


@dataclass(frozen=True)
class Reached:
    """A field as a report names it: the noun it is of, and the way there."""

    resource: Resource
    spec: FieldSpec
    link: str = ""  # the field that leads to the noun, where it is another than the report's
    label: str = ""
    before: str = ""  # the way from the rows that are counted: `customer__`, `order__customer__`
    part: Part | None = None  # where it is a field of the counted rows themselves

    @property
    def value(self) -> Any:
        """The value in SQL, typed."""
        custom = self.resource.shape.custom.get(self.spec.name) if self.part is None else None
        if custom is None:
            return F(self.before + self.spec.name)
        kept = custom.expression(self.before)
        return Cast(kept, KEPT_AS[self.spec.kind]()) if self.spec.kind in KEPT_AS else kept


@dataclass(frozen=True)
class Grouping:
    """One way to put records together: the value in SQL, what it is called, and the condition that leads back."""

    name: str  # `owner`, `customer.industry`, `owner.team`
    label: str
    kind: str
    value: Any
    by: str = ""
    target: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    people: str = ""  # the link to a person whose team is meant: asked for by the people in it
    part: Part | None = None  # where it is about the rows of a part: records are found that have such a row

    @property
    def is_time(self) -> bool:
        """Whether its values follow each other on the calendar."""
        return bool(self.by)


def grouping_read(resource: Resource, asked: Any, actor: Actor, part: Part | None = None) -> Grouping:
    """A grouping as it is asked for: {"field": "closed_on", "by": "quarter"}; what is not there is refused by name."""
    if not isinstance(asked, dict) or not isinstance(asked.get("field"), str) or asked.keys() - {"field", "by"}:
        raise CrmError("bad_value", _("A grouping has a field and, for days, a period (by)."), field="rows")
    name, by = asked["field"], asked.get("by") or ""
    link, dot, last = name.partition(".")
    if dot and last == "team" and resource.links.get(link) == settings.AUTH_USER_MODEL.lower():
        return team_of(resource, link, name, actor, way_of(part))
    reached = field_reached(resource, name, actor, lambda spec: spec.kind in KINDS and spec.filterable, part)
    is_time = reached.spec.kind in ("date", "moment")
    if by not in (PERIODS if is_time else ("",)):
        text = (
            _("%(field)s is put together by one of: day, week, month, quarter, year.")
            if is_time
            else _("%(field)s has no periods.")
        )
        raise CrmError("bad_value", text % {"field": name}, field=name, allowed=list(PERIODS) if is_time else [])
    return Grouping(
        name,
        reached.label,
        reached.spec.kind,
        value_of(reached, by, actor),
        by,
        reached.spec.target or "",
        {value: str(label) for value, label in reached.spec.choices},
        part=part if part is not None and name.startswith(f"{part.name}.") else None,
    )


def way_of(part: Part | None) -> str:
    """The way from the counted rows to the record: none where records are counted."""
    return f"{part.parent}__" if part else ""


def team_of(resource: Resource, link: str, name: str, actor: Actor, way: str) -> Grouping:
    """The team of a person that a record points at."""
    field_reached(resource, link, actor, lambda spec: spec.filterable)
    permit(actor, registry[TEAM].permission("view"))
    label = f"{resource.specs[link].label} · {registry[TEAM].name}"
    return Grouping(name, label, "link", F(f"{way}{link}__team"), target=TEAM, people=link)


def field_reached(resource: Resource, name: str, actor: Actor, fits: Any, part: Part | None = None) -> Reached:
    """The field of that name, at most one link away, if the actor may read it and it fits."""
    first, dot, last = name.partition(".")
    if part is not None and first == part.name and dot:
        return part_reached(Inside(resource, part, name, actor), last, fits)
    way = way_of(part)
    if not dot:
        spec = field_named(resource, name, name, actor, fits)
        return Reached(resource, spec, label=str(spec.label), before=way)
    link, target = resource.specs.get(first), registry.get(resource.links.get(first, ""))
    if link is None or target is None or link.custom or is_hidden(resource, first, actor):
        raise unknown(resource, name, actor, fits)
    permit(actor, target.permission("view"))
    spec = field_named(target, last, name, actor, fits)
    return Reached(target, spec, first, f"{link.label} · {spec.label}", f"{way}{first}__")


@dataclass(frozen=True)
class Inside:
    """The rows of a part, and a field of theirs that is asked for."""

    resource: Resource
    part: Part
    name: str
    actor: Actor


def part_reached(inside: Inside, path: str, fits: Any) -> Reached:
    """A number of a part's rows, or what they point at: only by that can the records be found."""
    first, dot, last = path.partition(".")
    spec = inside.part.specs.get(first)
    target = registry.get(spec.target or "") if spec is not None else None
    if spec is None or (target is None and (dot or spec.kind in KINDS)) or (target is None and not fits(spec)):
        raise unknown(inside.resource, inside.name, inside.actor, fits)
    if target is None:
        return Reached(inside.resource, spec, label=str(spec.label), part=inside.part)
    permit(inside.actor, target.permission("view"))
    if not dot:
        if not fits(replace(spec, filterable=True)):
            raise unknown(inside.resource, inside.name, inside.actor, fits)
        return Reached(inside.resource, spec, label=str(spec.label), part=inside.part)
    far = field_named(target, last, inside.name, inside.actor, fits)
    return Reached(target, far, first, f"{spec.label} · {far.label}", f"{first}__")


def field_named(resource: Resource, name: str, asked: str, actor: Actor, fits: Any) -> FieldSpec:
    """A field that a report may use: sensitive and hidden ones are none."""
    spec = resource.specs.get(name)
    if spec is None or spec.sensitive or is_hidden(resource, name, actor) or not fits(spec):
        raise unknown(resource, asked, actor, fits)
    return spec


def unknown(resource: Resource, name: str, actor: Actor, fits: Any) -> CrmError:
    """The refusal of a field, naming those that there are."""
    allowed = [
        one.name
        for one in resource.specs.values()
        if fits(one) and not one.sensitive and not is_hidden(resource, one.name, actor)
    ]
    text = _("A report cannot use the field %(name)s here.") % {"name": name[:80]}
    return CrmError("unknown_field", text, field=name[:80], allowed=allowed)


def value_of(reached: Reached, by: str, actor: Actor) -> Any:
    """What is put together: nothing where the record on the way is kept from the actor."""
    value: Any = reached.value
    if reached.spec.kind == "moment":
        value = Trunc(value, by, output_field=DateField(), tzinfo=ZoneInfo(current().time_zone))
    elif by:
        value = Trunc(value, by, output_field=DateField())
    elif reached.spec.kind in ("text", "choice", "country", "currency"):
        value = NullIf(value, Value(""))
    kept = through(reached.resource, reached.before, actor) if reached.link else None
    return Case(When(kept, then=value)) if kept else value


def titles_read(grouping: Grouping, keys: Iterable[Any], actor: Actor) -> dict[Any, str]:
    """What the values are called."""
    known = set(keys) - {None}
    if grouping.kind == "link":
        return linked(grouping.target, known, actor)
    if grouping.is_time:
        return {one: period_title(one, grouping.by) for one in known}
    if grouping.kind == "yes_no":
        return {one: _("Yes") if one else _("No") for one in known}
    return {one: grouping.choices.get(str(one), str(one)) for one in known}


def places_read(grouping: Grouping, keys: Iterable[Any]) -> dict[str, int]:
    """The order that values have of their own: choices as they are declared, records that have a place by it."""
    if grouping.choices:
        return {value: place for place, value in enumerate(grouping.choices)}
    target = registry.get(grouping.target)
    if grouping.kind != "link" or target is None or "position" not in target.plain.specs:
        return {}
    rows = target.model._default_manager.filter(pk__in=set(keys) - {None}).order_by("position", "pk")
    return {str(pk): place for place, pk in enumerate(rows.values_list("pk", flat=True))}


def linked(label: str, ids: set[Any], actor: Actor) -> dict[Any, str]:
    """What records are called, as far as the actor may know."""
    if not ids or not may_name(label, actor):
        return {}
    rows = within(apps.get_model(label)._default_manager.filter(pk__in=ids), actor)
    name: Any = F(title_of(label))
    if label not in registry:  # people: whoever has not told a name is known by the address
        name = Coalesce(NullIf(name, Value("")), "email", Value(""), output_field=TextField())
    return {pk: str(title) for pk, title in rows.order_by().values_list("pk", name)}


def period_title(first: date, by: str) -> str:
    """A period as people write it."""
    match by:
        case "year":
            return f"{first.year}"
        case "quarter":
            return _("%(year)s Q%(quarter)s") % {"year": first.year, "quarter": (first.month + 2) // 3}
        case "month":
            return f"{first.year}-{first.month:02}"
        case "week":
            year, week, _day = first.isocalendar()
            return f"{year}-W{week:02}"
        case _:
            return first.isoformat()


def last_of(first: date, by: str) -> date:
    """The last day of a period."""
    if by in MONTHS:
        return months_later(first, MONTHS[by]) - timedelta(days=1)
    return first + timedelta(days=6 if by == "week" else 0)


def condition_of(grouping: Grouping, key: Any) -> Tree | None:
    """The condition, in the filter language, that finds the records of one value.

    None: which orders have a line without a product cannot be asked for."""
    if grouping.part and key is None:
        return None
    if grouping.people:
        return people_condition(grouping.people, key)
    if key is None:  # also what is behind a record that the actor does not see
        return {"not": {"field": grouping.name, "op": "is_empty", "value": "false"}}
    if grouping.is_time:
        return during(grouping, key, last_of(key, grouping.by))
    return {"field": grouping.name, "op": "eq", "value": written(key)}


def during(grouping: Grouping, first: date, last: date) -> Tree:
    """The condition that a day lies in a period; of moments with their offset, so that it is the tenant's."""
    if grouping.kind == "date":
        return {"field": grouping.name, "op": "between", "value": [first.isoformat(), last.isoformat()]}
    zone = ZoneInfo(current().time_zone)
    begins, ends = (datetime.combine(day, time.min, zone) for day in (first, last + timedelta(days=1)))
    return {
        "and": [
            {"field": grouping.name, "op": "gte", "value": begins.isoformat()},
            {"field": grouping.name, "op": "lt", "value": ends.isoformat()},
        ]
    }


def written(key: Any) -> str:
    """A value as a condition has it."""
    return str(key).lower() if isinstance(key, bool) else str(key)


def people_condition(link: str, team: UUID | None) -> Tree:
    """Who belongs to a team, or to none: the filter language asks for them one by one."""
    people = get_user_model()._default_manager.filter(team=team) if team else None
    if people is None:
        outside = ids_of(get_user_model()._default_manager.filter(team__isnull=False))
        return {"not": any_of(link, outside)} if outside else {"not": {"field": link, "op": "eq", "value": ""}}
    return any_of(link, ids_of(people))


def ids_of(people: Any) -> list[str]:
    """The ids of people, as texts."""
    return [str(pk) for pk in people.order_by("pk").values_list("pk", flat=True)]


def any_of(name: str, values: Sequence[str]) -> Tree:
    """That a field has one of many values: as many conditions as it takes."""
    parts = [values[at : at + MOST_VALUES] for at in range(0, len(values), MOST_VALUES)]
    found: list[Tree] = [{"field": name, "op": "in", "value": list(part)} for part in parts]
    return found[0] if len(found) == 1 else {"or": found}


def condition_of_others(grouping: Grouping, shown: Sequence[Any], rest: Sequence[Any]) -> Tree | None:
    """The condition that finds the records of none of the values shown."""
    if grouping.part:
        values = [written(key) for key in shown if key is not None]
        return None if None in rest else {"field": grouping.name, "op": "not_in", "value": values}
    plain = [written(key) for key in shown if key is not None]
    conditions: list[Tree] = []
    if plain and not grouping.is_time and not grouping.people:
        conditions.append(any_of(grouping.name, plain))
        shown = [None] if None in shown else []
    conditions += filter(None, (condition_of(grouping, key) for key in shown))
    parts = [conditions[at : at + MOST_CONDITIONS] for at in range(0, len(conditions), MOST_CONDITIONS)]
    return {"not": {"or": [{"or": part} for part in parts]}}
