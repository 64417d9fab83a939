"""The one filter language: pages, API, exports and segments ask in it, as URL parameters or as a tree."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import reduce
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.comparing import EXTERNAL, MOST_VALUES, Ask, bad, compare, reader
from crm.core.errors import CrmError, Refusals, placed
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
MOST_CONDITIONS, DEEPEST, MOST_LINKS = 50, 6, 2
IN_LIST = "in_list"  # a filter that every noun has: the members of lists put together by hand
ID = FieldSpec("id", "id", "reference", filterable=True)
BESIDE = {EXTERNAL.name: EXTERNAL, ID.name: ID}  # what every noun may be asked by, beside its fields


def ops_of(spec: FieldSpec) -> tuple[str, ...]:
    """What may be asked of a field: sensitive ones only whether they equal a value."""
    if spec.sensitive:
        return ("eq", "is_empty")
    if spec.kind == "json":
        return ("is_empty",)
    ops: tuple[str, ...] = ("eq", "ne", "in", "not_in", "is_empty")  # of a number in another system no more than these
    if spec.kind in RANGE_KINDS:
        ops += ("gt", "gte", "lt", "lte", "between")
    return (
        (*ops, "contains", "starts")
        if spec.kind in TEXT_KINDS
        else ((*ops, "contains") if spec.kind == "choices" else ops)
    )


def where_of(resource: Resource, params: Mapping[str, str], *, actor: Actor) -> Q:
    """The condition that URL parameters ask for: `churn_band=high&clv_predicted__gte=500`; all must hold."""
    found, refusals = Q(), Refusals()
    for key, value in params.items():
        with refusals.kept():
            found &= one_of(resource, key, value, actor)
    refusals.tell()
    return found


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
    """The condition that a tree asks for: {"and": […]}, {"or": […]}, {"not": …}, {"field", "op", "value"}.

    All that is wrong with it is told at once, each with its place in the tree."""
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
            refusals, found = Refusals(), []
            for at, item in enumerate(items):
                with refusals.kept(f"/{word}/{at}"):
                    found.append(where_of_tree(resource, item, actor=actor, depth=depth + 1))
            refusals.tell()
            return reduce(join, found)
    return leaf(resource, tree, actor, depth)


def where_of_text(resource: Resource, text: str, *, actor: Actor) -> Q:
    """The condition of a tree that travels in an address (`?where=`) as JSON."""
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise bad(_("Must be a condition as JSON."), "where") from error
    with placed(parameter="where"):
        return where_of_tree(resource, tree, actor=actor)


def leaf(resource: Resource, tree: dict[str, Any], actor: Actor, depth: int) -> Q:
    """One condition of a tree, or what must not hold."""
    if tree.keys() == {"not"}:
        refusals, held = Refusals(), Q()
        with refusals.kept("/not"):
            held = where_of_tree(resource, tree["not"], actor=actor, depth=depth + 1)
        refusals.tell()
        return ~held
    name, op = tree.get("field"), tree.get("op", "eq")
    if not isinstance(name, str) or not isinstance(op, str) or tree.keys() - {"field", "op", "value"}:
        raise bad(_("A condition has a field, an op and a value."), str(name or ""))
    if "value" not in tree:  # null is a value: it asks for what is empty
        raise bad(_("Needs a value."), name)
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
    spec = resource.specs.get(path[-1]) or BESIDE.get(path[-1])
    if spec is None or not spec.filterable or is_hidden(resource, spec.name, actor):
        raise unknown(resource, key, actor, path[-1])
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
    if part is None or any(is_hidden(ask.resource, one, ask.actor) for one in (part.name, part.path(path[1]))):
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
