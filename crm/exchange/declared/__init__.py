"""What an import is told in advance: columns by name, groups, links, rules. Declarations; the engine runs them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from django.utils.functional import Promise

Text = str | Promise
Op = Literal["is", "in", "starts", "below", "above", "empty", "filled"]
Pick = Literal["most", "first", "last"]


@dataclass(frozen=True)
class When:
    """A condition on the cleaned value of one column of a row."""

    path: str
    op: Op
    value: Any = None


@dataclass(frozen=True)
class Rule:
    """What happens to rows for which all conditions hold: values set, columns emptied, or the row refused."""

    when: tuple[When, ...]
    set: Mapping[str, Any] = field(default_factory=dict)
    clear: tuple[str, ...] = ()
    refuse: str = ""


@dataclass(frozen=True)
class Link:
    """How the records that rows point at are found, and whether and from what they are made."""

    at: str  # the field that points: "customer", "lines.product"
    keys: tuple[str, ...]  # by which fields of the other noun it is found, in this order
    source: str = ""  # the path whose value is the key; "" = "<at>.<first key>"
    create: bool = False
    missing: Literal["", "refuse", "empty"] = ""  # what becomes of a row whose key nobody has; "" as the field asks
    values: Mapping[str, tuple[str, Pick]] = field(
        default_factory=dict
    )  # its fields from columns, over all rows of the key
    constants: Mapping[str, Any] = field(default_factory=dict)
    title: Text = ""  # its name if no column gives one; %(key)s stands for the key
    others: tuple[tuple[str, tuple[str, ...]], ...] = ()  # further columns that name it, the surest first: path, keys

    @property
    def key_path(self) -> str:
        """The path that holds the key."""
        return self.source or f"{self.at}.{self.keys[0]}"

    @property
    def ways(self) -> list[tuple[str, ...]]:
        """By which fields each of its columns finds the other record."""
        return [self.keys, *(keys for _path, keys in self.others)]


@dataclass(frozen=True)
class Template:
    """A kind of file that is known in advance."""

    name: str
    title: Text
    label: str
    description: Text = ""
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    group_by: str = ""
    part: str = ""
    upper: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    rules: tuple[Rule, ...] = ()
    constants: Mapping[str, Any] = field(default_factory=dict)
