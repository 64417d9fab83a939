"""Pages of figures: a question answered by a table, declared once, shown as a page and told by the API.

A cell names the list of records behind its number, in the filter language, so that every number leads to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

from django.core.exceptions import ImproperlyConfigured
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.permissions import permit
from crm.core.registry import registry

Tone = Literal["", "good", "fair", "bad"]
Kind = Literal["text", "integer", "number", "money", "percent"]
Choices = Sequence[tuple[str, str | Promise]]


@dataclass(frozen=True)
class Behind:
    """The records behind a number: a noun and the parameters of its list."""

    label: str
    params: Mapping[str, str]

    @property
    def slug(self) -> str:
        """The noun's name in addresses."""
        return registry[self.label].slug


@dataclass(frozen=True)
class Cell:
    """One value; `tone` says how good it is, where that can be said."""

    value: Any
    behind: Behind | None = None
    tone: Tone = ""


@dataclass(frozen=True)
class Column:
    """What a column of the table holds; `is_bar` draws a share as one."""

    name: str
    label: str | Promise
    kind: Kind = "integer"
    is_bar: bool = False


@dataclass(frozen=True)
class Line:
    """One row: what it is about, its cells by column, how deep it stands below others."""

    title: str
    cells: Mapping[str, Cell]
    depth: int = 0
    is_total: bool = False
    is_group: bool = False


@dataclass(frozen=True)
class Table:
    """The answer; `notes` are sentences about what it leaves out."""

    columns: Sequence[Column]
    lines: Sequence[Line]
    notes: Sequence[tuple[str, Behind | None]] = ()


@dataclass(frozen=True)
class Asked:
    """One thing that can be chosen: its choices, and which is meant where nobody chose."""

    name: str
    label: str | Promise
    choices: Callable[[Actor], Choices]
    default: Callable[[], str]
    group: Callable[[str], str] = lambda value: ""  # the heading under which a choice is offered

    def grouped(self, choices: Choices) -> list[tuple[str, list[tuple[str, str | Promise]]]]:
        """Choices under their headings."""
        return [(head, list(some)) for head, some in groupby(choices, lambda one: self.group(one[0]))]


@dataclass(frozen=True)
class Figures:
    """A page of figures: who may see its noun may ask; `answer(actor, **chosen)` is the table."""

    name: str
    label: str | Promise
    description: str | Promise
    icon: str
    noun: str
    asks: Sequence[Asked]
    answer: Callable[..., Table]
    adds: str = ""  # a noun of which new ones are made here

    @property
    def module(self) -> str:
        """The app whose page it is."""
        return self.noun.partition(".")[0]

    def may(self, actor: Actor) -> bool:
        """Whether the actor may ask."""
        return actor.may(registry[self.noun].permission("view"))

    def offered(self, actor: Actor) -> dict[str, Choices]:
        """All that can be chosen, by name."""
        return {one.name: one.choices(actor) for one in self.asks}

    def chosen(self, params: Mapping[str, str], offered: Mapping[str, Choices]) -> dict[str, str]:
        """What is asked for; a name or a value that is not known is refused."""
        known = {one.name: one for one in self.asks}
        if strange := sorted(set(params) - set(known)):
            text = _("There is no parameter %(name)s.") % {"name": strange[0][:80]}
            raise CrmError("unknown_parameter", text, field=strange[0][:80], allowed=list(known))
        found = {}
        for name, one in known.items():
            values = [value for value, _label in offered[name]]
            value = params.get(name) or one.default()
            if value not in values:
                text = _("%(value)s is none of the choices of %(name)s.") % {"value": value[:80], "name": name}
                raise CrmError("bad_value", text, field=name, allowed=values[:200])
            found[name] = value
        return found

    def told(self, chosen: Mapping[str, str], *, actor: Actor) -> Table:
        """The table of what was chosen."""
        permit(actor, registry[self.noun].permission("view"))
        return self.answer(actor, **chosen)


class FiguresRegistry:
    """All pages of figures, in the order of their modules."""

    def __init__(self) -> None:
        self._by_name: dict[str, Figures] = {}

    def add(self, figures: Figures) -> Figures:
        """Take a page in."""
        if figures.name in self._by_name:
            raise ImproperlyConfigured(f"figures {figures.name} are registered twice")
        self._by_name[figures.name] = figures
        return figures

    def __iter__(self) -> Iterator[Figures]:
        return iter(self._by_name.values())

    def find(self, name: str) -> Figures:
        """The page of that name."""
        if name not in self._by_name:
            allowed = sorted(self._by_name)
            raise CrmError("not_found", _("There are no such figures."), status=404, allowed=allowed)
        return self._by_name[name]


every_figures = FiguresRegistry()
