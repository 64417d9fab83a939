"""A filter between its three forms: the parameters of an address, the tree of the filter language, words for people."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.comparing import EXTERNAL
from crm.core.errors import CrmError
from crm.core.part_conditions import part_at
from crm.core.querying import LOOKUPS
from crm.core.registry import Resource, registry
from crm.core.specs import FieldSpec
from crm.ui.cells import babel_locale, choice_label, country_text, date_text, language_text, moment_text
from crm.ui.people import USER, titles_of

NOT_FILTERS = frozenset({
    "search", "ordering", "fields", "cursor", "page_size", "count", "include", "where", "view", "group", "widths", "as",
})  # fmt: skip
PAGE_OWN = frozenset({"cursor", "fields", "page_size", "view", "group", "widths", "boxes"})  # not asked of the list
MANY = ("in", "not_in", "between")
Tree = dict[str, Any]


def field_at(resource: Resource, path: str) -> tuple[Resource, FieldSpec] | None:
    """The noun and the field that a path (`status`, `customer.industry`, `lines.product.category`) leads to."""
    steps = path.replace("__", ".").split(".")
    if steps[1:] and (part := part_at(resource, steps[0])) is not None:
        own = part.specs.get(steps[1])
        if own is None or not steps[2:]:
            return (resource, own) if own is not None else None
        if own.target not in registry:
            return None
        resource, steps = registry[str(own.target)], steps[2:]
    *links, name = steps
    for link in links:
        label = resource.links.get(link)
        if label is None or label not in registry:
            return None
        resource = registry[label]
    spec = resource.specs.get(name) or (EXTERNAL if name == EXTERNAL.name else None)
    return (resource, spec) if spec is not None else None


def label_at(resource: Resource, path: str) -> str:
    """A field's label; of a linked noun's field with the link before it."""
    steps, words = path.replace("__", ".").split("."), []
    if steps[1:] and (part := part_at(resource, steps[0])) is not None and steps[1] in part.specs:
        own = part.specs[steps[1]]
        words, steps = [str(part.label), str(own.label)], steps[2:]
        resource = registry.get(own.target or "") or resource
    for step in steps:
        spec = resource.specs.get(step) or (EXTERNAL if step == EXTERNAL.name else None)
        words.append(str(spec.label) if spec else step)
        if spec is not None and spec.target in registry:
            resource = registry[str(spec.target)]
    return " → ".join(words)


# Parameters and trees


def leaf_of(key: str, text: str) -> Tree:
    """One parameter as a condition."""
    *path, last = key.split("__")
    op = LOOKUPS.get(last, "") if path else ""
    if not op:
        path, op = key.split("__"), "eq"
    return {"field": ".".join(path), "op": op, "value": text.split(",") if op in MANY else text}


def tree_read(text: str) -> Tree | None:
    """The tree in an address; one that cannot be read is refused."""
    if not text:
        return None
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CrmError("bad_value", _("Must be a condition as JSON."), field="where") from error
    return tree if isinstance(tree, dict) and tree else None


def items_of(tree: Tree | None) -> list[Tree]:
    """The conditions that must all hold."""
    if tree is None:
        return []
    return list(tree["and"]) if set(tree) == {"and"} and isinstance(tree["and"], list) else [tree]


def joined(items: Sequence[Tree]) -> Tree | None:
    """Conditions that must all hold as one."""
    return None if not items else items[0] if len(items) == 1 else {"and": list(items)}


def tree_of_params(params: Mapping[str, str]) -> Tree | None:
    """All that an address asks for as one tree."""
    leaves = [leaf_of(key, text) for key, text in params.items() if key not in NOT_FILTERS]
    return joined([*leaves, *items_of(tree_read(params.get("where", "")))])


def params_of_tree(tree: Tree | None) -> dict[str, str]:
    """A tree as an address says it: plain parameters as far as they go, the rest as JSON."""
    params: dict[str, str] = {}
    rest: list[Tree] = []
    for item in items_of(tree):
        pair = pair_of(item)
        if pair is None or pair[0] in params:
            rest.append(item)
        else:
            params[pair[0]] = pair[1]
    left = joined(rest)
    return params | ({"where": written(left)} if left else {})


def pair_of(leaf: Tree) -> tuple[str, str] | None:
    """A condition as a parameter, where its value can be written so."""
    if "field" not in leaf:
        return None
    op, value = str(leaf.get("op", "eq")), leaf.get("value")
    values = value if isinstance(value, list) else [value]
    texts = [str(one).lower() if isinstance(one, bool) else str(one) for one in values]
    if not all(texts) or None in values or (isinstance(value, list) and any("," in text for text in texts)):
        return None
    if isinstance(value, list) and op not in MANY and len(texts) > 1:
        return None
    suffix = {"eq": "", "is_empty": "__empty"}.get(op, f"__{op}")
    return str(leaf["field"]).replace(".", "__") + suffix, ",".join(texts)


def written(tree: Tree) -> str:
    """A tree as it travels."""
    return json.dumps(tree, ensure_ascii=False, separators=(",", ":"))


def leaves_of(tree: Any) -> Iterator[Tree]:
    """Every condition of a tree."""
    if isinstance(tree, dict):
        if "field" in tree:
            yield tree
        for below in tree.values():
            for one in below if isinstance(below, list) else [below]:
                yield from leaves_of(one)


# Words


def titles_in(resource: Resource, trees: Sequence[Any], actor: Actor) -> dict[UUID, str]:
    """The titles of the records that conditions name by id: one statement for all."""
    wanted = []
    for tree in trees:
        for leaf in leaves_of(tree):
            found = field_at(resource, str(leaf["field"]))
            if found is not None and found[1].target:
                value = leaf.get("value")
                ids = [uuid_of(one) for one in (value if isinstance(value, list) else [value])]
                wanted += [(found[1].target, one) for one in ids if one]
    return titles_of(wanted, actor) if wanted else {}


def uuid_of(value: Any) -> UUID | None:
    """An id, if it is one."""
    try:
        return UUID(str(value))
    except ValueError:
        return None


def operation_words(spec: FieldSpec, op: str, value: Any) -> str:
    """How a field is compared, in words."""
    if op == "is_empty":
        return _("is empty") if str(value).lower() in ("true", "1", "yes") else _("is not empty")
    dated = {
        "gte": _("is on or after"), "lte": _("is on or before"), "gt": _("is after"), "lt": _("is before"),
    }  # fmt: skip
    words = {
        "eq": _("is"), "ne": _("is not"), "contains": _("contains"), "starts": _("begins with"),
        "in": _("is any of"), "not_in": _("is none of"), "between": _("is between"), "gte": _("is at least"),
        "lte": _("is at most"), "gt": _("is more than"), "lt": _("is less than"),
    }  # fmt: skip
    if spec.kind == "choices" and op in ("eq", "in"):
        return _("has any of")
    if spec.kind == "choices" and op in ("ne", "not_in"):
        return _("has none of")
    return (dated if spec.kind in ("date", "moment") else {}).get(op) or words.get(op, op)


def value_words(spec: FieldSpec, op: str, value: Any, titles: Mapping[UUID, str], language: str) -> str:
    """A value of a condition in words."""
    if op == "is_empty":
        return ""
    values = value if isinstance(value, list) else [value]
    shown = [one_words(spec, one, titles, language) for one in values]
    return (" – " if op == "between" else ", ").join(shown)


def one_words(spec: FieldSpec, value: Any, titles: Mapping[UUID, str], language: str) -> str:
    """One value in words."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if spec.target:
        return _("me") if text == "me" and spec.target == USER else titles.get(uuid_of(text) or UUID(int=0), text)
    if spec.kind == "yes_no":
        return _("Yes") if text in ("true", "1", "yes") else _("No")
    if spec.kind == "country":
        return country_text(text, babel_locale(language))
    if spec.kind == "language":
        return language_text(text, babel_locale(language))
    if spec.kind == "percent" and text.replace(".", "", 1).isdecimal():
        return f"{float(text) * 100:g}%"
    if spec.kind in ("date", "moment"):
        return day_words(text, babel_locale(language))
    return choice_label(spec, text)


def day_words(text: str, locale: str) -> str:
    """A moving day in words; any other as pages write it."""
    if text == "today":
        return _("today")
    sign, count, unit = text[:1], text.lstrip("+-")[:-1], text[-1:]
    names = {"d": _("days"), "w": _("weeks"), "m": _("months"), "y": _("years")}
    if unit not in names or not count.isdecimal() or len(count) > 4:
        return exact_words(text, locale)
    shown = {"n": int(count), "unit": names[unit]}
    return _("%(n)s %(unit)s ago") % shown if sign == "-" else _("in %(n)s %(unit)s") % shown


def exact_words(text: str, locale: str) -> str:
    """A day, or a moment: midnight is its day; what is neither stays as it is."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return text
    moment = timezone.localtime(found) if timezone.is_aware(found) else timezone.make_aware(found)
    return date_text(moment.date(), locale) if moment.time() == time(0) else moment_text(moment, locale)


def tree_words(resource: Resource, tree: Any, titles: Mapping[UUID, str], language: str) -> str:
    """A condition in words, nested ones in brackets."""
    if not isinstance(tree, dict) or not tree:
        return ""
    for word, text in (("and", _("and")), ("or", _("or"))):
        if isinstance(tree.get(word), list):
            parts = [tree_words(resource, one, titles, language) for one in tree[word]]
            pairs = zip(tree[word], parts, strict=True)
            return f" {text} ".join(f"({part})" if {"and", "or"} & set(one) else part for one, part in pairs)
    if "not" in tree:
        return _("not (%(condition)s)") % {"condition": tree_words(resource, tree["not"], titles, language)}
    found = field_at(resource, str(tree.get("field", "")))
    op, value = str(tree.get("op", "eq")), tree.get("value")
    if found is None:
        return f"{tree.get('field')} {op} {value}"
    spec = found[1]
    words = (label_at(resource, str(tree["field"])), operation_words(spec, op, value),
             value_words(spec, op, value, titles, language))  # fmt: skip
    return " ".join(word for word in words if word)
