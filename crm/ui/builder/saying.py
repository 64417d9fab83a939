"""The builder's form as texts of its controls: out of a tree, and back into one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from crm.core.querying import DEEPEST
from crm.core.registry import Resource
from crm.core.specs import RANGE_KINDS, FieldSpec
from crm.ui.conditions import field_at, written
from crm.ui.inputs import text_of, value_of
from crm.ui.people import USER

MOST_ROWS, MOST_SAID = 50, 400
DATES = frozenset({"date", "moment"})
IN_DAYS = frozenset({"last", "next", "older"})
PARTS = ("kept", "field", "op", "value", "until")
Said = Mapping[str, str]


def operations_of(spec: FieldSpec) -> list[tuple[str, str]]:
    """What may be asked of a field, the usual first; some say in one word what the language says in two."""
    empty = [("is_empty", _("is empty")), ("filled", _("is not empty"))]
    if spec.sensitive:
        return [("eq", _("is")), empty[0]]
    if spec.kind == "yes_no":
        return [("eq", _("is"))]
    if spec.kind in DATES:
        return [
            ("last", _("in the last … days")), ("next", _("in the next … days")), ("today", _("is today")),
            ("older", _("more than … days ago")), ("gte", _("is on or after")), ("lte", _("is on or before")),
            ("between", _("is between")), *empty,
        ]  # fmt: skip
    if spec.kind in RANGE_KINDS:
        bounds = [("gte", _("is at least")), ("lte", _("is at most")), ("eq", _("is")), ("between", _("is between"))]
        return [*bounds, *empty]
    return [*operations_of_words(spec), *empty]


def operations_of_words(spec: FieldSpec) -> list[tuple[str, str]]:
    """What may be asked of choices, links and texts."""
    if spec.kind == "choice":
        return [("in", _("is any of")), ("not_in", _("is none of"))]
    if spec.kind == "choices":
        return [("eq", _("has any of")), ("ne", _("has none of"))]
    same = [("eq", _("is")), ("ne", _("is not"))]
    if spec.target:
        return [("me", _("is me")), *same] if spec.target == USER else same
    if spec.kind in ("country", "currency", "language", "time_zone"):
        return same
    return [("contains", _("contains")), ("starts", _("begins with")), *same]


def said_of(resource: Resource, tree: Any) -> dict[str, str]:
    """A tree as the values of the form's controls."""
    said: dict[str, str] = {}
    root = tree if isinstance(tree, dict) and {"and", "or"} & set(tree) else {"and": [tree] if tree else []}
    say_group(resource, root, "", said)
    return said


def number_next(said: Said) -> int:
    """The number of one more."""
    return max((int(key.split("-")[1]) for key in said), default=-1) + 1


def say_group(resource: Resource, tree: Mapping[str, Any], parent: str, said: dict[str, str]) -> None:
    """A group and all that stands in it."""
    join, number = next(iter(tree)), number_next(said)
    said |= {f"w-{number}-join": join, f"w-{number}-in": parent}
    for item in tree[join]:
        if isinstance(item, dict) and len(item) == 1 and isinstance(next(iter(item.values())), list):
            say_group(resource, item, str(number), said)
        else:
            mark = f"w-{number_next(said)}"
            said |= {f"{mark}-in": str(number)}
            said |= {f"{mark}-{name}": text for name, text in say_leaf(resource, item).items()}


def say_leaf(resource: Resource, leaf: Any) -> dict[str, str]:
    """A condition as the texts of its controls; what the form cannot show is kept as it is."""
    found = field_at(resource, str(leaf.get("field", ""))) if isinstance(leaf, dict) else None
    if found is None or found[1].kind in ("json", "reference", "external"):
        return {"kept": written(leaf)}
    spec, op, value = found[1], str(leaf.get("op", "eq")), leaf.get("value")
    op, texts = op_shown(spec, op, value)
    if op not in dict(operations_of(spec)):
        return {"kept": written(leaf)}
    if op == "in" or op == "not_in" or spec.kind == "choices":
        texts = [", ".join(texts)]
    first, second = (*texts, "", "")[:2]
    return {"field": str(leaf["field"]), "op": op, "value": first, "until": second}


def op_shown(spec: FieldSpec, op: str, value: Any) -> tuple[str, list[str]]:
    """The operation as the form names it, with the texts of its controls."""
    values = value if isinstance(value, list) else [value]
    if op == "is_empty":
        return ("is_empty" if str(value).lower() in ("true", "1", "yes") else "filled"), []
    if spec.kind in DATES and (moving := moving_shown(op, [str(one) for one in values])):
        return moving
    if spec.target == USER and value == "me" and op == "eq":
        return "me", []
    if spec.kind == "choice" and op in ("eq", "ne"):
        op = {"eq": "in", "ne": "not_in"}[op]
    if spec.kind == "choices":
        op = {"in": "eq", "not_in": "ne"}.get(op, op)
    if spec.kind == "yes_no":
        return op, ["true" if str(value).lower() in ("true", "1", "yes") else "false"]
    if spec.kind == "percent":
        return op, [text_of(spec, one) if is_number(one) else str(one) for one in values]
    return op, [str(one) for one in values]


def is_number(value: Any) -> bool:
    """Whether it can be counted with."""
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


def moving_shown(op: str, values: list[str]) -> tuple[str, list[str]] | None:
    """Ranges that move with the calendar, as people say them."""
    days = [one[1:-1] if one.startswith("-") else one.lstrip("+")[:-1] for one in values]
    if op == "eq" and values == ["today"]:
        return "today", []
    are_days = [one.endswith("d") and one[:-1].lstrip("+-").isdecimal() for one in values]
    if op == "between" and values[1:] == ["today"] and are_days[0] and values[0].startswith("-"):
        return "last", [days[0]]
    if op == "between" and values[:1] == ["today"] and are_days[1:] == [True]:
        return "next", [days[1]]
    if op == "lt" and are_days[0] and values[0].startswith("-"):
        return "older", [days[0]]
    return None


def tree_of(resource: Resource, data: QueryDict) -> Any:
    """What a form sent as a tree; conditions without a field, and groups without conditions, are dropped."""
    return group_of(resource, sent(data), 0, 0)


def sent(data: QueryDict) -> dict[str, str]:
    """The values of the builder's controls in a form; of several check boxes all."""
    marks = ((key, key.split("-")) for key in data if key.startswith("w-"))
    keys = [key for key, words in marks if len(words) == 3 and words[1].isdecimal() and len(words[1]) < 5]
    return {key: ", ".join(one for one in data.getlist(key) if one) for key in keys[:MOST_SAID]}


def numbers_in(said: Said, parent: int) -> list[int]:
    """What stands in a group, in order."""
    marks = (key.split("-") for key, value in said.items() if value == str(parent))
    return sorted(int(words[1]) for words in marks if words[2] == "in")[:MOST_ROWS]


def group_of(resource: Resource, said: Said, number: int, depth: int) -> Any:
    """A group as a tree."""
    join = "or" if said.get(f"w-{number}-join") == "or" else "and"
    items = []
    for one in numbers_in(said, number) if depth < DEEPEST else ():
        is_group = f"w-{one}-join" in said
        item = group_of(resource, said, one, depth + 1) if is_group else leaf_of(resource, said, one)
        if item:
            items.append(item)
    return None if not items else items[0] if len(items) == 1 else {join: items}


def leaf_of(resource: Resource, said: Said, number: int) -> Any:
    """A condition as a tree; one that is not filled in yet is none."""
    kept, path, op, text, until = (said.get(f"w-{number}-{name}", "") for name in PARTS)
    if kept:
        try:
            return json.loads(kept)
        except ValueError:
            return None
    found = field_at(resource, path)
    if found is None or op not in dict(operations_of(found[1])):
        return None
    spec, text = found[1], text.strip()
    if op in ("is_empty", "filled"):
        return {"field": path, "op": "is_empty", "value": op == "is_empty"}
    if op in ("me", "today"):
        return {"field": path, "op": "eq", "value": op}
    if not text or (op == "between" and not until.strip()):
        return None
    return {"field": path, **compared(spec, op, text, until.strip())}


def compared(spec: FieldSpec, op: str, text: str, until: str) -> dict[str, Any]:
    """Operation and value of a condition, as the language writes them."""
    if op in IN_DAYS:
        n = text if text.isdecimal() and len(text) < 5 else "0"
        ranges: dict[str, Any] = {"last": [f"-{n}d", "today"], "next": ["today", f"{n}d"]}
        return {"op": "between", "value": ranges[op]} if op in ranges else {"op": "lt", "value": f"-{n}d"}
    if op in ("in", "not_in") or spec.kind == "choices":
        return {"op": op, "value": [one.strip() for one in text.split(",") if one.strip()]}
    if spec.kind == "yes_no":
        return {"op": op, "value": text == "true"}
    plain = replace(spec, kind="text") if spec.kind in DATES else spec
    values = [value_of(plain, one) for one in ([text, until] if op == "between" else [text])]
    return {"op": op, "value": values if op == "between" else values[0]}
