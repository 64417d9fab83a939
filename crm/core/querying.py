"""The one filter language: pages, API, exports and segments ask in it, as URL parameters or as a tree."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.cleaning import Refused, cleaner
from crm.core.custom.columns import Custom
from crm.core.days import day_after, days_written, is_day
from crm.core.errors import CrmError
from crm.core.part_conditions import part_at, part_condition
from crm.core.permissions import is_hidden, is_limited, permit, visible, within
from crm.core.registry import Resource, registry
from crm.core.specs import RANGE_KINDS, TEXT_KINDS, FieldSpec

LOOKUPS = {
    "": "eq",
    "eq": "eq",
    "ne": "ne",
    "in": "in",
    "not_in": "not_in",
    "gt": "gt",
    "gte": "gte",
    "lt": "lt",
    "lte": "lte",
    "contains": "contains",
    "starts": "starts",
    "empty": "is_empty",
    "between": "between",
}
OPS = frozenset(LOOKUPS.values())
DJANGO = {"gt": "gt", "gte": "gte", "lt": "lt", "lte": "lte", "contains": "icontains", "starts": "istartswith"}
MOST_CONDITIONS, DEEPEST, MOST_VALUES, MOST_LINKS = 50, 6, 200, 2
IN_LIST = "in_list"  # a filter that every noun has: the members of lists put together by hand
YES = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def ops_of(spec: FieldSpec) -> tuple[str, ...]:
    """What may be asked of a field: sensitive ones only whether they equal a value."""
    if spec.sensitive:
        return ("eq", "is_empty")
    if spec.kind == "json":
        return ("is_empty",)
    ops: tuple[str, ...] = ("eq", "ne", "in", "not_in", "is_empty")
    if spec.kind in RANGE_KINDS:
        ops += ("gt", "gte", "lt", "lte", "between")
    return (
        (*ops, "contains", "starts")
        if spec.kind in TEXT_KINDS
        else ((*ops, "contains") if spec.kind == "choices" else ops)
    )


@dataclass(frozen=True)
class Ask:
    """What all conditions of one question share: the noun, who asks, and how the field was named."""

    resource: Resource
    actor: Actor
    key: str


def where_of(resource: Resource, params: Mapping[str, str], *, actor: Actor) -> Q:
    """The condition that URL parameters ask for: `churn_band=high&clv_predicted__gte=500`; all must hold."""
    return reduce(Q.__and__, (one_of(resource, key, value, actor) for key, value in params.items()), Q())


def one_of(resource: Resource, key: str, value: str, actor: Actor) -> Q:
    """One parameter: links by two underscores, then the field, then perhaps a lookup."""
    words = key.split("__")
    if len(words) > 1 and words[-1] in LOOKUPS:
        *path, lookup = words
    else:
        path, lookup = words, ""
    op = LOOKUPS[lookup]
    many = op in ("in", "not_in", "between")
    return condition(Ask(resource, actor, key), path, op, value.split(",") if many else value)


def where_of_tree(resource: Resource, tree: Any, *, actor: Actor, depth: int = 0) -> Q:
    """The condition that a tree asks for: {"and": […]}, {"or": […]}, {"not": …}, {"field", "op", "value"}."""
    if not isinstance(tree, dict) or not tree:
        raise bad(_("A condition is an object with and, or, not, or field."), "")
    if depth > DEEPEST:
        raise bad(_("The conditions are nested too deep."), "")
    for word, join in (("and", Q.__and__), ("or", Q.__or__)):
        if word in tree and len(tree) == 1:
            items = tree[word]
            if not isinstance(items, list) or not items or len(items) > MOST_CONDITIONS:
                raise bad(
                    _("%(word)s takes a list of 1 to %(limit)s conditions.") % {"word": word, "limit": MOST_CONDITIONS},
                    word,
                )
            return reduce(join, (where_of_tree(resource, item, actor=actor, depth=depth + 1) for item in items))
    if "not" in tree and len(tree) == 1:
        return ~where_of_tree(resource, tree["not"], actor=actor, depth=depth + 1)
    return leaf(resource, tree, actor)


def where_of_text(resource: Resource, text: str, *, actor: Actor) -> Q:
    """The condition of a tree that travels in an address (`?where=`) as JSON."""
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise bad(_("Must be a condition as JSON."), "where") from error
    return where_of_tree(resource, tree, actor=actor)


def leaf(resource: Resource, tree: dict[str, Any], actor: Actor) -> Q:
    """One condition of a tree."""
    name, op = tree.get("field"), tree.get("op", "eq")
    if not isinstance(name, str) or not isinstance(op, str) or tree.keys() - {"field", "op", "value"}:
        raise bad(_("A condition has a field, an op and a value."), str(name or ""))
    return condition(Ask(resource, actor, name), name.replace(".", "__").split("__"), op, tree.get("value"))


def condition(ask: Ask, path: list[str], op: str, value: Any) -> Q:
    """A condition on a field of the noun, or of one that it points at."""
    resource, actor, key, prefix, reached = ask.resource, ask.actor, ask.key, "", Q()
    if len(path) > MOST_LINKS + 1:
        raise unknown(resource, key, actor)
    if (of_part := part_asked(ask, path, op, value)) is not None:
        return of_part
    for at, step in enumerate(path[:-1]):
        target = resource.links.get(step)
        if target is None or target not in registry or is_hidden(resource, step, actor):
            raise unknown(resource, key, actor, step)
        permit(actor, registry[target].permission("view"))
        if step in resource.shape.custom:
            ids = ids_of(Ask(registry[target], actor, key), path[at + 1 :], op, value)
            return reached & resource.shape.custom[step].is_among(prefix, ids)
        resource, prefix = registry[target], f"{prefix}{step}__"
        reached &= through(resource, prefix, actor)
    spec = resource.specs.get(path[-1])
    if (spec is None and path != ["id"]) or (spec and (not spec.filterable or is_hidden(resource, spec.name, actor))):
        raise unknown(resource, key, actor, path[-1])
    spec = spec or FieldSpec("id", "id", "reference")
    if op not in ops_of(spec):
        raise CrmError(
            "unknown_filter",
            _("%(field)s cannot be asked for by %(op)s.") % {"field": key, "op": op},
            field=key,
            allowed=list(ops_of(spec)),
        )
    return reached & compare(Ask(resource, actor, key), spec, prefix, op, value)


def through(resource: Resource, prefix: str, actor: Actor) -> Q:
    """What a condition on a linked record asks beside: that the actor sees it; else filters would tell what it says."""
    if not is_limited(resource.model, actor):
        return Q()
    rows = within(resource.model._default_manager.all(), actor)
    return Q(**{f"{prefix.removesuffix('__')}__in": rows.order_by().values("pk")})


def part_asked(ask: Ask, path: list[str], op: str, value: Any) -> Q | None:
    """A condition on lists by hand, or on what a part of the noun points at; None where the path names neither."""
    if path == [IN_LIST]:
        return on_lists(ask, op, value)
    part = part_at(ask.resource, path[0]) if len(path) > 1 else None
    if part is None or is_hidden(ask.resource, part.name, ask.actor):
        return None

    def further(resource: Resource, rest: list[str]) -> Q:
        return condition(Ask(resource, ask.actor, ask.key), rest, op, value)

    return part_condition(part, path[1:], ask.actor, further)


def on_lists(ask: Ask, op: str, value: Any) -> Q:
    """The records that stand on a list, or on one of several, of those lists that the actor may see."""
    members = apps.get_model(settings.LIST_MEMBERS)
    lists = members._meta.get_field("list").related_model
    permit(ask.actor, registry.of(lists).permission("view"))
    if op not in ("eq", "ne", "in", "not_in"):
        allowed = ["eq", "ne", "in", "not_in"]
        text = _("%(field)s cannot be asked for by %(op)s.") % {"field": ask.key, "op": op}
        raise CrmError("unknown_filter", text, field=ask.key, allowed=allowed)
    read = reader(lists._meta.pk, ask.key)
    ids = [read(one) for one in (value if isinstance(value, list) else [value])]
    if None in ids or len(ids) > MOST_VALUES or not ids:
        raise bad(_("Needs a value."), ask.key)
    seen = visible(lists, ask.actor).filter(pk__in=ids, object_type=ask.resource.label)
    held = Q(pk__in=members._default_manager.filter(list__in=seen).values("object_id"))
    return ~held if op in ("ne", "not_in") else held


def ids_of(ask: Ask, path: list[str], op: str, value: Any) -> QuerySet[Any, Any]:
    """The records that a tenant's own link may lead to: no join can follow it, a set of ids (as text) does."""
    rows = visible(ask.resource.model, ask.actor).filter(condition(ask, path, op, value))
    return rows.order_by().annotate(id_text=Cast("pk", TextField())).values("id_text")


class Left:
    """The field on the left side of a comparison: a column, perhaps of a record that others point at."""

    def __init__(self, column: models.Field[Any, Any], name: str) -> None:
        self.column, self.name = column, name

    def holds(self, lookup: str, value: Any) -> Q:
        """The comparison."""
        return Q(**{f"{self.name}__{lookup}": value})

    def is_empty(self) -> Q:
        """The condition that the field says nothing; emptiness counts both null and the empty text."""
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
    custom, key = ask.resource.shape.custom.get(spec.name), ask.key
    left = CustomLeft(custom, prefix) if custom else Left(ask.resource.column(spec.name), prefix + spec.name)
    if op == "is_empty":
        answer = YES.get(str(value).lower())
        if answer is None:
            raise bad(_("Must be true or false."), key)
        return left.is_empty() if answer else ~left.is_empty()
    if spec.kind == "choices":
        return choices_condition(left, op, value, key)
    if op in ("contains", "starts"):
        return left.holds(DJANGO[op], read_text(value, key))
    read, value = reader(left.column, key), moving(ask, spec, value)
    days = value if isinstance(value, list) else [value]
    if spec.kind == "moment" and days and all(map(is_day, days)) and op not in ("in", "not_in"):
        return whole_days(left, op, days, read)
    return typed_condition(left, op, value, read, key)


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
    held = left.holds("overlap", words)
    return ~held if op in ("ne", "not_in") else held


def empty_of(column: models.Field[Any, Any], name: str) -> Q:
    """The condition that the column says nothing."""
    empty = Q(**{f"{name}__isnull": True}) if column.null else Q()
    if column.empty_strings_allowed and isinstance(column, (models.CharField, models.TextField)):
        empty = empty | Q(**{name: ""}) if column.null else Q(**{name: ""})
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


def unknown(resource: Resource, key: str, actor: Actor, name: str = "") -> CrmError:
    """The refusal of a filter that is not there, naming those that are."""
    if (label := resource.shape.retired.get(name)) is not None:
        return retired(name, label, field=key[:80])
    allowed = [s.name for s in resource.specs.values() if s.filterable and not is_hidden(resource, s.name, actor)]
    return CrmError(
        "unknown_filter", _("There is no filter %(name)s.") % {"name": key[:80]}, field=key[:80], allowed=allowed
    )


def retired(name: str, label: str, *, field: str) -> CrmError:
    """The refusal of a tenant's own field that is no longer in use: a saved address may still name it."""
    text = _("The field %(label)s (%(name)s) is retired.") % {"label": label, "name": name}
    return CrmError("retired_field", text, field=field)
