"""The builder as it is drawn: groups, conditions, and for each the controls that its field asks for."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.permissions import readable
from crm.core.querying import DEEPEST
from crm.core.registry import Resource, registry
from crm.core.specs import FieldSpec
from crm.ui.builder.saying import (
    DATES,
    IN_DAYS,
    MOST_SAID,
    PARTS,
    Said,
    number_next,
    numbers_in,
    operations_of,
    said_of,
    sent,
)
from crm.ui.conditions import field_at, titles_in, tree_words, uuid_of
from crm.ui.filters import filterable
from crm.ui.inputs import Entry

NO_VALUE = frozenset({"is_empty", "filled", "me", "today"})


@dataclass
class Node:
    """A group with what stands in it, or one condition with its controls."""

    number: int
    join: str = ""  # of a group: and, or
    inside: list[Node] = field(default_factory=list)
    path: str = ""
    op: str = ""
    spec: FieldSpec | None = None
    operations: Sequence[tuple[str, str]] = ()
    entry: Entry | None = None
    until: Entry | None = None
    kept: str = ""
    words: str = ""
    may_nest: bool = False


@dataclass(frozen=True)
class Builder:
    """What the template draws."""

    resource: Resource
    root: Node
    actor: Actor

    @cached_property
    def fields(self) -> Sequence[tuple[str, Sequence[tuple[str, str]]]]:
        """The fields that may be asked for: groups of (path, label)."""
        return fields_of(self.resource, self.actor)


def builder_of(resource: Resource, tree: Any, actor: Actor) -> Builder:
    """A stored tree as a form."""
    return drawn(resource, said_of(resource, tree), actor)


def fields_of(resource: Resource, actor: Actor) -> list[tuple[str, list[tuple[str, str]]]]:
    """The fields that may be asked for: the noun's own, then those of the nouns that it points at."""
    own = filterable(resource, actor)
    found = [(str(resource.name), [(spec.name, str(spec.label)) for spec in own])]
    for spec in own:
        target = registry.get(spec.target or "")
        if target is not None and actor.may(target.permission("view")) and spec.name in resource.links:
            labels = [(f"{spec.name}.{one.name}", f"{spec.label} → {one.label}") for one in filterable(target, actor)]
            found.append((str(spec.label), labels))
    return found


def drawn(resource: Resource, said: dict[str, str], actor: Actor) -> Builder:
    """The form with what is said in it, an empty condition where there is none."""
    if "w-0-join" not in said:
        said = {"w-0-join": "and", "w-0-in": ""} | said
    if not numbers_in(said, 0):
        said |= {f"w-{number_next(said)}-in": "0"}
    values = [(key.removesuffix("-value"), text) for key, text in said.items() if key.endswith("-value")]
    links = [{"field": said.get(f"{mark}-field", ""), "value": text} for mark, text in values if uuid_of(text)]
    titles = titles_in(resource, links, actor)
    allowed = {spec.name for spec in readable(resource, actor)}
    pen = Pen(resource, said, titles, allowed)
    return Builder(resource, pen.group(0, 0), actor)


@dataclass(frozen=True)
class Pen:
    """Draws the nodes of one form."""

    resource: Resource
    said: Said
    titles: Mapping[UUID, str]
    allowed: set[str]

    def group(self, number: int, depth: int) -> Node:
        """A group with what stands in it."""
        node = Node(number, join="or" if self.said.get(f"w-{number}-join") == "or" else "and", may_nest=depth < 2)
        for one in numbers_in(self.said, number) if depth < DEEPEST else ():
            node.inside.append(self.group(one, depth + 1) if f"w-{one}-join" in self.said else self.leaf(one))
        return node

    def leaf(self, number: int) -> Node:
        """A condition with its controls."""
        kept, path, op, text, until = (self.said.get(f"w-{number}-{name}", "") for name in PARTS)
        node = Node(number, path=path, kept=kept)
        if kept:
            node.words = tree_words(self.resource, json.loads(kept), {}, get_language() or "en")
        found = field_at(self.resource, path)
        if kept or found is None or path.split(".")[0] not in self.allowed:
            return node
        node.spec, node.operations = found[1], operations_of(found[1])
        node.op = op if op in dict(node.operations) else node.operations[0][0]
        if node.op not in NO_VALUE:
            node.entry = self.control(node, f"w-{number}-value", text)
            node.until = self.control(node, f"w-{number}-until", until) if node.op == "between" else None
        return node

    def control(self, node: Node, name: str, text: str) -> Entry:
        """The control of a value: as the field's own, but for lists and days."""
        spec = replace(node.spec, required=False, custom="") if node.spec else FieldSpec(name, "", "text")
        if node.op in IN_DAYS:
            spec = replace(spec, kind="integer")
        elif spec.kind == "yes_no":
            answers = (("true", _("Yes")), ("false", _("No")))
            spec, text = replace(spec, kind="choice", choices=answers, required=True), text or "true"
        elif node.op in ("in", "not_in"):
            spec = replace(spec, kind="choices")
        elif spec.kind in DATES:
            spec = replace(spec, kind="date")
        elif spec.kind in ("long_text", "email", "url", "phone"):
            spec = replace(spec, kind="text")
        title = self.titles.get(uuid_of(text) or UUID(int=0), "") if spec.target else ""
        return Entry(spec, name, text, title)


# Changing


def changed(data: QueryDict, resource: Resource, actor: Actor) -> Builder:
    """The form after a press: one condition more, one group more, one of them less, or another field."""
    said = sent(data)
    deed, _sep, at = str(data.get("do", "")).partition(":")
    if deed in ("add", "group") and at.isdecimal() and len(said) < MOST_SAID:
        parent = at
        if deed == "group":
            parent = str(number_next(said))
            said |= {f"w-{parent}-join": "or" if said.get(f"w-{at}-join") == "and" else "and", f"w-{parent}-in": at}
        said |= {f"w-{number_next(said)}-in": parent}
    if deed == "drop":
        said = {key: text for key, text in said.items() if key.split("-")[1] not in below(said, at)}
    if deed == "field":
        said = {key: text for key, text in said.items() if key not in (f"w-{at}-op", f"w-{at}-value", f"w-{at}-until")}
    return drawn(resource, said, actor)


def below(said: Said, number: str) -> set[str]:
    """A node and all that stands in it."""
    found, new = {number}, {number}
    while new:
        new = {key.split("-")[1] for key, parent in said.items() if key.endswith("-in") and parent in new} - found
        found |= new
    return found
