"""What a model asks of its values, compiled once per model and used for whole batches."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache, cached_property
from typing import Any, cast
from weakref import WeakKeyDictionary

from django.apps import apps
from django.db import models
from django.db.models import Q

from crm.core.cleaning import Clean, cleaner, column_check
from crm.core.cleaning import json_value as json_value
from crm.core.custom.columns import Custom, kept
from crm.core.custom.shapes import Shape
from crm.core.errors import Unfit
from crm.core.models import Record
from crm.core.names import name_key
from crm.core.registry import Part, Resource, Row, registry

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "": operator.eq,
    "exact": operator.eq,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "in": lambda one, many: one in many,
    "isnull": operator.is_,
}

Judge = Callable[[Mapping[str, Any]], bool]


def judge_of(condition: Q) -> Judge:
    """A plain Q as a function of a row, without asking the database; an unknown (null) comparison is false."""
    judges = [judge_of(child) if isinstance(child, Q) else comparison(*child) for child in condition.children]  # type: ignore[misc]  # a Q's children are Qs and pairs
    together, negated = any if condition.connector == Q.OR else all, condition.negated
    if len(judges) == 1:
        (only,) = judges
        return (lambda row: not only(row)) if negated else only
    return lambda row: together(judge(row) for judge in judges) is not negated


def comparison(path: str, wanted: Any) -> Judge:
    """One comparison of a column with a value."""
    name, _, lookup = path.partition("__")
    if lookup not in COMPARE:
        raise NotImplementedError(f"condition {path} cannot be judged in Python")
    if lookup == "isnull":
        return lambda row: (row.get(name) is None) is wanted
    compare = COMPARE[lookup]
    return lambda row: (value := row.get(name)) is not None and compare(value, wanted)


@dataclass(frozen=True)
class Unique:
    """Fields that must differ between the rows of which `applies` is true; `condition` says the same in SQL."""

    name: str
    fields: tuple[str, ...]
    condition: Q | None

    @cached_property
    def judge(self) -> Judge | None:
        """The condition as a function."""
        return judge_of(self.condition) if self.condition is not None else None

    @cached_property
    def looked_at(self) -> tuple[str, ...]:
        """The fields that say whether the rule speaks of a row."""
        return tuple(sorted(fields_of(self.condition))) if self.condition is not None else ()

    def applies(self, row: Mapping[str, Any]) -> bool:
        """Whether the rule speaks of this row, once it is live; a row without `deleted_at` is."""
        return self.judge is None or self.judge(row)


@dataclass(frozen=True)
class Rule:
    """A check constraint: what must hold of a row, and what to say where it does not."""

    name: str
    field: str  # the first field it names: where the refusal is shown
    condition: Q
    message: str

    @cached_property
    def judge(self) -> Judge:
        """The condition as a function."""
        return judge_of(self.condition)

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The fields that it looks at."""
        return tuple(sorted({self.field, *fields_of(self.condition)}))

    def broken(self, row: Mapping[str, Any]) -> bool:
        """Whether the row breaks it; as in SQL, an unknown answer (the field is null) does not."""
        return row.get(self.field) is not None and not self.judge(row)


@dataclass(frozen=True)
class Plan:
    """All that a save needs to know of a model."""

    model: type[models.Model]
    label: str
    fields: dict[str, models.Field[Any, Any]]  # every column that a save may write, and the tenant's own fields
    writable: frozenset[str]  # those that callers may name
    clean: dict[str, Clean]
    links: dict[str, type[models.Model]]
    unique: tuple[Unique, ...]
    rules: tuple[Rule, ...]
    resource: Resource | None
    part: Part | None = None
    shape: Shape | None = None

    @cached_property
    def custom(self) -> Mapping[str, Custom]:
        """The tenant's own fields."""
        return self.shape.custom if self.shape else {}

    @cached_property
    def columns(self) -> dict[str, models.Field[Any, Any]]:
        """The fields that the table itself has."""
        return {name: field for name, field in self.fields.items() if name not in self.custom}

    @cached_property
    def fine(self) -> dict[str, Callable[[Sequence[Any]], bool]]:
        """By field, a look at many values that says whether all of them are as they are to be."""
        looks = {name: column_check(field) for name, field in self.columns.items()}
        return {name: look for name, look in looks.items() if look}

    @cached_property
    def needed(self) -> frozenset[str]:
        """What a new record must be given by whoever makes it."""
        return self.shape.required if self.shape else frozenset()

    @cached_property
    def sensitive(self) -> frozenset[str]:
        """What history shows masked."""
        return self.shape.sensitive if self.shape else frozenset()

    def unpack(self, records: Iterable[Record]) -> None:
        """Give stored records their custom values as attributes, beside those of their columns."""
        for record in records if self.custom else ():
            for name, custom in self.custom.items():
                setattr(record, name, custom.of(record.custom))

    def packed(self, data: Mapping[str, Any] | None, values: Mapping[str, Any]) -> dict[str, Any] | None:
        """The custom column with these values in it: what is empty is not kept, what is retired stays."""
        found = dict(data or {})
        for name in values.keys() & self.custom.keys():
            value = values[name]
            if value is None:
                found.pop(self.custom[name].key, None)
            else:
                found[self.custom[name].key] = kept(value)
        return found or None

    @cached_property
    def looked_at(self) -> tuple[str, ...]:
        """The fields that say whether a record may stand beside the others."""
        names = {name for rule in self.unique for name in (*rule.fields, *rule.looked_at)}
        return tuple(sorted(names & self.fields.keys()))

    @cached_property
    def constants(self) -> dict[str, Any]:
        """The values of a new record of which nothing is known."""
        values = {name: f.get_default() for name, f in self.fields.items() if name not in self.makers}
        return {name: value.value if isinstance(value, Enum) else value for name, value in values.items()}

    @cached_property
    def makers(self) -> dict[str, Callable[[], Any]]:
        """Defaults that are made anew for each record: the moment, an empty list."""
        return {name: f.default for name, f in self.fields.items() if callable(f.default) and f.has_default()}

    def base(self) -> dict[str, Any]:
        """A new record of which nothing is known."""
        row = self.constants.copy()
        for name, make in self.makers.items():
            row[name] = make()
        return row

    @cached_property
    def required(self) -> frozenset[str]:
        """The columns that must be given."""
        named = {name: f for name, f in self.fields.items() if name in self.writable}
        return frozenset(name for name, f in named.items() if not f.blank and not f.has_default())

    @cached_property
    def told(self) -> dict[str, Any]:
        """What an event says of a new record of which nothing is known."""
        return {name: json_value(v) for name, v in self.constants.items() if v is not None and v not in ("", [])}

    @cached_property
    def search_fields(self) -> tuple[str, ...]:
        """The texts that fill the search column."""
        own = (name for name, custom in self.custom.items() if custom.is_searched)
        return (*self.resource.search, *own) if self.resource else ()

    @cached_property
    def key_field(self) -> str:
        """The title that `name_key` is made of, if the noun has one."""
        return self.resource.title if self.resource and "name_key" in self.fields else ""

    def following(self) -> Callable[[Row], Row | None]:
        """What the noun says that follows from a record's values; None where they do not fit together."""
        derive = self.resource.deriving() if self.resource else dict

        def follows(row: Row) -> Row | None:
            try:
                return derive(row)
            except Unfit:
                return None

        return follows

    def derived(self, row: dict[str, Any]) -> dict[str, Any]:
        """The values of a record that follow from others."""
        values = self.resource.derive(row) if self.resource else {}
        if self.key_field:
            values["name_key"] = name_key(row[self.key_field] or "")
        for name, other in self.resource.further.items() if self.resource else ():
            if row[name] and row[name] in (row[other] or ()):  # what stands first does not stand beside it, too
                values[other] = [one for one in row[other] if one != row[name]]
        return values


def first_field(condition: Q) -> str:
    """The field that a condition names first."""
    child = condition.children[0]
    return first_field(child) if isinstance(child, Q) else cast("tuple[str, Any]", child)[0].partition("__")[0]


def fields_of(condition: Q) -> set[str]:
    """The fields that a condition names."""
    found: set[str] = set()
    for child in condition.children:
        found |= fields_of(child) if isinstance(child, Q) else {cast("tuple[str, Any]", child)[0].partition("__")[0]}
    return found


def conditions(meta: Any) -> tuple[tuple[Unique, ...], tuple[Rule, ...]]:
    """The unique and check constraints of a model; one that Python cannot judge fails here, at start."""
    unique = [Unique(f.name, (f.name,), None) for f in meta.concrete_fields if f.unique and not f.primary_key]
    unique += [
        Unique(c.name, tuple(c.fields), c.condition) for c in meta.constraints if isinstance(c, models.UniqueConstraint)
    ]
    checks = [(c, c.condition) for c in meta.constraints if isinstance(c, models.CheckConstraint)]
    said = {c.name: str(c.get_violation_error_message()) for c, _condition in checks}
    rules = [Rule(c.name, first_field(q), q, said[c.name]) for c, q in checks if isinstance(q, Q)]
    for one in unique:
        one.applies({})
    for rule in rules:
        rule.judge({})
    return tuple(unique), tuple(rules)


def compiled(
    model: type[models.Model], resource: Resource | None, part: Part | None, shape: Shape | None = None
) -> Plan:
    """Compile a model as a record of this shape, or as a part of one."""
    meta = model._meta
    kept_apart = {"search", "custom", "id", "version", "created_at", "updated_at", "deleted_at", "is_sample"}
    skip = kept_apart if resource else {"id", part.parent if part else ""}
    fields = {f.name: f for f in meta.concrete_fields if f.name not in skip and not f.primary_key}
    if shape:
        writable = frozenset(name for name, spec in shape.specs.items() if spec.writable)
    else:
        writable = frozenset(part.fields) if part else frozenset(name for name, f in fields.items() if f.editable)
    links = {n: f.related_model for n, f in fields.items() if isinstance(f, models.ForeignKey)}
    own = shape.custom if shape else {}
    return Plan(
        model,
        meta.label_lower,
        {**fields, **{name: custom.column for name, custom in own.items()}},
        writable,
        {**{n: cleaner(f) for n, f in fields.items()}, **{name: custom.clean for name, custom in own.items()}},
        {**links, **{n: apps.get_model(c.spec.target) for n, c in own.items() if c.spec.target}},
        *conditions(meta),
        resource,
        part,
        shape,
    )


_plans: WeakKeyDictionary[Shape, Plan] = WeakKeyDictionary()  # a tenant's shape goes when its fields change


@cache
def plan_bare(model: type[models.Model]) -> Plan:
    """The plan of a model that is no noun."""
    return compiled(model, None, None)


def plan_of(model: type[models.Model]) -> Plan:
    """The plan of a noun's model as the tenant at hand has it."""
    resource = registry.get(model._meta.label_lower) if issubclass(model, Record) else None
    if resource is None:
        return plan_bare(model)
    shape = resource.shape
    plan = _plans.get(shape)
    if plan is None:
        plan = _plans[shape] = compiled(model, resource, None, shape)
    return plan


@cache
def part_plan(part: Part) -> Plan:
    """The plan of a part."""
    return compiled(part.model, None, part)
