"""Comparisons of a field with a value: typed as the column is, by the day, by words of a list, by outside names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from crm.core.actors import Actor
from crm.core.cleaning import Refused, cleaner
from crm.core.custom.columns import Custom
from crm.core.days import day_after, days_written, is_day
from crm.core.errors import CrmError
from crm.core.fields import PhoneField
from crm.core.outside import external_condition
from crm.core.registry import Resource
from crm.core.specs import FieldSpec

DJANGO = {"gt": "gt", "gte": "gte", "lt": "lt", "lte": "lte", "contains": "icontains", "starts": "istartswith"}
MOST_VALUES = 200
EXTERNAL = FieldSpec("external_id", _lazy("Number in another system"), "external", filterable=True)
YES = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


@dataclass(frozen=True)
class Ask:
    """What all conditions of one question share: the noun, who asks, and how the field was named."""

    resource: Resource
    actor: Actor
    key: str


class Left:
    """The field on the left side of a comparison: a column, perhaps of a record that others point at."""

    def __init__(self, column: models.Field[Any, Any], name: str) -> None:
        self.column, self.name = column, name

    def holds(self, lookup: str, value: Any) -> Q:
        """The comparison."""
        return Q(**{f"{self.name}__{lookup}": value})

    def is_empty(self) -> Q:
        """The condition that the field says nothing: null, the empty text and the empty list do."""
        return empty_of(self.column, self.name)


class CustomLeft(Left):
    """A tenant's own field."""

    def __init__(self, custom: Custom, prefix: str) -> None:
        super().__init__(custom.column, prefix + custom.name)
        self.custom, self.prefix = custom, prefix

    def holds(self, lookup: str, value: Any) -> Q:
        """The comparison with what is kept."""
        return self.custom.holds(self.prefix, lookup, value)

    def is_empty(self) -> Q:
        """The condition that nothing is kept."""
        return self.custom.is_empty(self.prefix)


def compare(ask: Ask, spec: FieldSpec, prefix: str, op: str, value: Any) -> Q:
    """The typed comparison."""
    if spec.kind == EXTERNAL.kind:
        return on_external(ask, prefix, op, value)
    custom, key = ask.resource.shape.custom.get(spec.name), ask.key
    left = CustomLeft(custom, prefix) if custom else Left(ask.resource.column(spec.name), prefix + spec.name)
    if op == "is_empty":
        return left.is_empty() if yes_no(value, key) else ~left.is_empty()
    if spec.kind == "choices":
        return choices_condition(left, op, value, key)
    if op in ("contains", "starts"):
        return left.holds(DJANGO[op], read_text(value, key))
    read, value = reader(left.column, key), moving(ask, spec, value)
    days = value if isinstance(value, list) else [value]
    if spec.kind == "moment" and days and all(map(is_day, days)) and op not in ("in", "not_in"):
        return whole_days(left, op, days, read)
    return typed_condition(left, op, value, read, key)


def on_external(ask: Ask, prefix: str, op: str, value: Any) -> Q:
    """By the name that another system has for a record, as it stands in paths: `shop:1`; `shop:` is any of the shop."""
    label, place = ask.resource.label, f"{prefix}pk"
    if op == "is_empty":
        named = external_condition(label, place, None)
        return ~named if yes_no(value, ask.key) else named
    names = []
    for text in value if isinstance(value, list) else [value]:
        source, colon, name = read_text(text, ask.key).partition(":")
        if not (source and colon):
            raise bad(_("Takes a source and its number with a colon: shop:1; shop: alone is any of them."), ask.key)
        names.append((source, name))
    if not 0 < len(names) <= MOST_VALUES:
        raise bad(_("Takes a list of at most %(limit)s values.") % {"limit": MOST_VALUES}, ask.key)
    held = external_condition(label, place, names)
    return ~held if op in ("ne", "not_in") else held


def yes_no(value: Any, key: str) -> bool:
    """The answer to whether a field is empty."""
    answer = YES.get(str(value).lower())
    if answer is None:
        raise bad(_("Must be true or false."), key)
    return answer


def moving(ask: Ask, spec: FieldSpec, value: Any) -> Any:
    """A value that depends on when and by whom it is asked: a moving day, or `me` for a person of the team."""
    if spec.kind in ("date", "moment"):
        return days_written(value)
    if spec.target == settings.AUTH_USER_MODEL.lower() and "me" in (value if isinstance(value, list) else [value]):
        if ask.actor.kind not in ("user", "app") or ask.actor.person is None:
            raise bad(_("Only a person can ask for what is their own."), ask.key)
        mine = str(ask.actor.person)
        return [mine if one == "me" else one for one in value] if isinstance(value, list) else mine
    return value


def whole_days(left: Left, op: str, days: list[str], read: Callable[[Any], Any]) -> Q:
    """A moment compared with days: each is meant from its beginning to its end."""
    first, last = read(days[0]), read(day_after(days[-1]))
    if op in ("eq", "ne", "between"):
        held = left.holds("gte", first) & left.holds("lt", last)
        return ~held if op == "ne" else held
    return left.holds("gte" if op in ("gte", "gt") else "lt", last if op in ("gt", "lte") else first)


def typed_condition(left: Left, op: str, value: Any, read: Callable[[Any], Any], key: str) -> Q:
    """A comparison with one value or several of the column's type."""
    if op in ("in", "not_in", "between"):
        return many_values(left, op, value, read, key)
    typed = read(value)
    if op in ("eq", "ne"):
        same = left.is_empty() if typed in (None, "") else left.holds("exact", typed)
        return same if op == "eq" else ~same
    if typed is None:
        raise bad(_("Needs a value."), key)
    return left.holds(DJANGO[op], typed)


def many_values(left: Left, op: str, value: Any, read: Callable[[Any], Any], key: str) -> Q:
    """A list of values, or the two ends of a range."""
    if not isinstance(value, list) or len(value) > MOST_VALUES:
        raise bad(_("Takes a list of at most %(limit)s values.") % {"limit": MOST_VALUES}, key)
    values = [read(item) for item in value]
    if op == "between":
        if len(values) != 2 or None in values:
            raise bad(_("Takes two values: from and to."), key)
        return left.holds("gte", values[0]) & left.holds("lte", values[1])
    if not values or None in values:
        raise bad(_("Takes a list of values, none of them empty; what is empty is found by __empty."), key)
    within = left.holds("in", values)
    return within if op == "in" else ~within


def choices_condition(left: Left, op: str, value: Any, key: str) -> Q:
    """A list column holds a word, or one of several."""
    words = [read_text(item, key) for item in (value if isinstance(value, list) else [value])]
    if "" in words or not words:
        raise bad(_("Takes a list of values, none of them empty; what is empty is found by __empty."), key)
    base = getattr(left.column, "base_field", None)
    if isinstance(base, (models.EmailField, PhoneField)):
        words = [reader(base, key)(word) for word in words]
    held = left.holds("overlap", words)
    return ~held if op in ("ne", "not_in") else held


def empty_of(column: models.Field[Any, Any], name: str) -> Q:
    """The condition that the column says nothing."""
    empty = Q(**{f"{name}__isnull": True}) if column.null else Q()
    if column.empty_strings_allowed and isinstance(column, (models.CharField, models.TextField)):
        empty = empty | Q(**{name: ""}) if column.null else Q(**{name: ""})
    if isinstance(column, ArrayField):
        empty |= Q(**{name: []})
    return empty or Q(pk__in=[])


def reader(column: models.Field[Any, Any], key: str) -> Callable[[Any], Any]:
    """Reads one value of a filter as the column's type."""
    clean = cleaner(column, is_asked=True)

    def read(value: Any) -> Any:
        if value in ("", None):
            return None
        try:
            return clean(value)
        except (Refused, ValidationError) as error:
            problem = error.problem if isinstance(error, Refused) else None
            raise bad(
                str(problem.message) if problem else _("Cannot be read."), key, problem.allowed if problem else ()
            ) from error

    return read


def read_text(value: Any, key: str) -> str:
    """A text to look for."""
    if not isinstance(value, (str, int, float)) or isinstance(value, bool) or "\x00" in str(value):
        raise bad(_("Must be a text."), key)
    return str(value)


def bad(message: str, field: str, allowed: tuple[str, ...] = ()) -> CrmError:
    """The refusal of a value that cannot be read, naming the filter."""
    details: dict[str, Any] = {"allowed": list(allowed)} if allowed else {}
    return CrmError("bad_value", f"{field}: {message}" if field else message, status=400, field=field, **details)
