"""Resources: one declaration a noun, read by every surface (pages, API, files, search, permissions, docs, tests)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.models.expressions import Combinable
from django.utils.functional import Promise

from crm.core.actors import Actor
from crm.core.custom.known import known_here
from crm.core.custom.shapes import Shape, shape_plain
from crm.core.errors import Problem
from crm.core.fits import Alike as Alike
from crm.core.fits import Fit
from crm.core.looks import Board as Board
from crm.core.looks import Calendar as Calendar
from crm.core.looks import Composer as Composer
from crm.core.looks import FollowUp as FollowUp
from crm.core.looks import Order as Order
from crm.core.looks import Reminder as Reminder
from crm.core.looks import Waiting as Waiting
from crm.core.looks import Worth as Worth
from crm.core.models import Record
from crm.core.parts import Part as Part
from crm.core.specs import CHANGED, FieldSpec, Kind, Offered, spec_of

SYSTEM_SHOWN = ("created_at", "updated_at", "is_sample")
CUSTOM = "x_"  # what the names of tenants' own fields begin with, so that no built-in field ever collides
SYSTEM_HIDDEN = frozenset({"id", "version", "deleted_at", "custom", "search", "name_key"})
Row = dict[str, Any]
Rule = Callable[..., Mapping[str, Any]]
Refusals = Iterator[tuple[int, str, Problem]]  # position, field, why


@dataclass(frozen=True)
class Input:
    """One thing that a verb asks for: how it is shown, and how a value of it is read."""

    spec: FieldSpec
    clean: Callable[[Any], Any]
    initial: Any = None  # what stands in the dialog before anybody writes
    column: str = ""  # the field of a noun that it is, as `sales.deal.stage`


@dataclass(frozen=True)
class Verb:
    """A rule of the trade with all that surfaces need; crm.core.verbs runs it."""

    name: str
    label: str | Promise
    description: str | Promise
    rule: Rule
    icon: str = "check"
    danger: bool = False
    inputs: Mapping[str, Input] = field(default_factory=dict)
    when: Callable[[Mapping[str, Any]], bool] = lambda row: True
    is_aside: bool = False  # a rare one: pages show it in the menu
    makes: tuple[str, str] | None = None  # the noun it makes a record of, and that record's link back here
    begin: Callable[[Any, Actor], Mapping[str, Any]] = lambda record, actor: {}  # what its dialog begins with

    def permission(self, resource: Resource) -> str:
        """`activities.complete_task`."""
        return resource.permission(self.name)

    def available(self, row: Mapping[str, Any]) -> bool:
        """Whether the action makes sense for a record with these values."""
        return self.when(row)

    @property
    def is_for_people(self) -> bool:
        """Whether a dialog can ask for what it needs; ids are for programs."""
        return all(one.spec.kind != "json" for one in self.inputs.values())


@dataclass(frozen=True)
class Outgoing:
    """How a record goes out to somebody who does not log in: as a paper, behind a link that nobody can guess."""

    write: Callable[[Any], Any]  # what it says: a crm.core.papers.Paper
    says: Sequence[str]  # the fields, parts and links whose words stand on it
    is_out: Callable[[Any], bool]  # whether links to the record open; asked with its values as attributes
    verbs: tuple[str, ...] = ()  # what whoever holds the link may do
    begins: str = ""  # the action that lets it out
    people: tuple[str, ...] = ()  # links to whom it goes, whoever has an address first


@dataclass(frozen=True)
class Aside:
    """What is known of a record beside its fields: a small table on its page, and an address of the API."""

    name: str
    label: str | Promise
    icon: str
    specs: Sequence[FieldSpec]
    read: Callable[[UUID, Actor], Sequence[Row]]


class Resource:
    """How one noun is listed, edited, filtered, found and moved. Subclass, fill in, `@register`."""

    model: ClassVar[type[Record]]
    address: ClassVar[str] = ""  # where adding an s does not make the plural
    icon: ClassVar[str] = "file"
    title: ClassVar[str] = "name"
    fields: ClassVar[Sequence[str]] = ()
    computed: ClassVar[Sequence[str]] = ()
    hidden: ClassVar[Sequence[str]] = ()
    tells: ClassVar[Mapping[str, tuple[str, ...]]] = {}  # a field → from what else it is read: hidden with it
    told_by: ClassVar[Mapping[str, str]] = {}  # a field → the one of another noun that could be read from it, alike
    columns: ClassVar[Sequence[str]] = ()
    filters: ClassVar[Sequence[str]] = ()
    quick: ClassVar[Sequence[str]] = ()
    sortable: ClassVar[Sequence[str]] = ("created_at",)
    ordering: ClassVar[str] = "-created_at"
    search: ClassVar[Sequence[str]] = ()
    personal: ClassVar[Sequence[str]] = ()
    sensitive: ClassVar[Sequence[str]] = ()
    keys: ClassVar[Sequence[str]] = ()
    further: ClassVar[Mapping[str, str]] = {}  # where there may be several: the list of those beside the first
    parts: ClassVar[Sequence[Part]] = ()
    verbs: ClassVar[Sequence[Verb]] = ()
    groups: ClassVar[Sequence[tuple[str | Promise, Sequence[str]]]] = ()
    synonyms: ClassVar[Mapping[str, Sequence[str]]] = {}
    kinds: ClassVar[Mapping[str, Kind]] = {}
    shapes: ClassVar[Mapping[str, Mapping[str, Any]]] = {}  # fields that hold structures: their JSON Schema
    conditions: ClassVar[Mapping[str, str]] = {}  # fields that hold conditions: their noun, or the field that says it
    meant: ClassVar[models.Q | None] = None  # which of several of one name a file means: the default pipeline's stage
    timeline_at: ClassVar[str] = ""
    composer: ClassVar[Composer | None] = None
    calendar: ClassVar[Calendar | None] = None
    reminder: ClassVar[Reminder | None] = None
    order: ClassVar[Order | None] = None
    addressed: ClassVar[str] = ""  # the list of e-mail addresses whose owners it concerns beside what it is about
    follow_up: ClassVar[FollowUp | None] = None
    waiting: ClassVar[Sequence[Waiting]] = ()
    asides: ClassVar[Sequence[Aside]] = ()
    pool_where: ClassVar[Mapping[str, str]] = {}  # which of those stand there, as in the address of a list
    pool: ClassVar[str] = ""  # the action that takes a record which belongs to nobody; those have a page of their own
    piece_of: ClassVar[tuple[str, ...]] = ()  # links to what it tells of: seen only by whoever sees that as well
    between: ClassVar[tuple[str, ...]] = ()  # two links that never lead to one record: it goes where those become one
    board: ClassVar[Board | None] = None
    outgoing: ClassVar[Outgoing | None] = None
    alike: ClassVar[Alike | None] = None  # with it, duplicates are found and merged
    codes: ClassVar[frozenset[str]] = frozenset()  # numbers that are no quantities: ports, years
    # which add up where that is not told by amount or `_count` (no prices), or what of theirs does (what goes back)
    sums: ClassVar[Mapping[str, bool | Combinable]] = {}
    seldom: ClassVar[frozenset[str]] = frozenset()  # what forms keep under "More fields" while it is empty
    in_navigation: ClassVar[bool] = True
    opening: ClassVar[str] = ""  # the condition that the navigation leads to: of tasks, those to be done
    in_settings: ClassVar[bool] = False  # kept by whoever sets up the work: led to from Settings
    daily_in: ClassVar[frozenset[str]] = frozenset()  # industries whose people work with it every day
    begins: ClassVar[bool] = False  # whether the first one of a company's own has its sample stand aside
    purpose: ClassVar[str | Promise] = ""  # what those are for, in the one line that Settings gives them
    subject: ClassVar[bool] = False  # whether it is about people, who may ask what is known of them
    anonymous: ClassVar[Sequence[str]] = ()  # what stays when a person is erased, so that totals stay right
    objection: ClassVar[str] = ""  # the field that says that somebody objects to being profiled

    def begin(self, about: Resource, record: Row, actor: Actor, given: Mapping[str, str]) -> Row:
        """What a new one begins with where it is written on the page of a record; `given` is what was chosen there."""
        return {}

    def has_own(self, hook: str) -> bool:
        """Whether this noun has something to say in one of the methods below."""
        return getattr(type(self), hook) is not getattr(Resource, hook)

    def derive(self, row: Row) -> Row:
        """Values that follow from others; `row` holds every column by field name, and the parts that were given."""
        return {}

    def deriving(self) -> Callable[[Row], Row]:
        """`derive` for many rows at one moment."""
        return self.derive

    derive_fields: ClassVar[Sequence[str]] = ()  # all that `derive` looks at, where few records differ in it

    def settle(self, row: Row, actor: Actor) -> tuple[Row, dict[str, Problem]]:
        """What follows from who writes, and what they may not say; asked of new and changed records, not of verbs."""
        return {}, {}

    follow_fields: ClassVar[Sequence[str]] = ()  # only where one of these changes there is something to follow

    def follow(self, rows: Mapping[int, Row], was: Mapping[int, Row]) -> Refusals:
        """What follows from other tables, for a batch by position: may fill rows; yields position, field, problem."""
        return iter(())

    def forbid(self, rows: Mapping[int, Row], was: Mapping[int, Row], actor: Actor) -> Refusals:
        """What may not become of records, considering who writes: asked of every write, by verbs too, of whole rows."""
        return iter(())

    def needed(self, ids: Collection[UUID]) -> Mapping[UUID, Problem]:
        """Which of these may not be deleted now, and why."""
        return {}

    tones: ClassVar[Mapping[str, Callable[[], Mapping[str, str]]]] = {}  # what gives the values of a field colours
    offers: ClassVar[Mapping[str, Callable[[], Offered]]] = {}  # what may be chosen, where that is set up by people
    reserved: ClassVar[Mapping[str, models.Q]] = {}  # records that only those with this permission (`set`) may write
    gathers: ClassVar[str] = ""  # the link whose target keeps sums of such records: an order, what was paid for it

    def gather(self, ids: Collection[UUID]) -> None:
        """Bring up to date what those targets keep; asked after every write, in its transaction."""

    fits: ClassVar[Sequence[Fit]] = ()  # what values of one record must have to do with each other
    team_link: ClassVar[str] = ""  # the team whose people reach a record as they reach what is theirs
    amounts: ClassVar[Sequence[str]] = ()  # money that changes hands: no finer than its currency's smallest unit

    def derive_part(self, part: Part, line: Row, row: Row) -> Row:
        """Values of a part's row that follow from others, and from the record that it belongs to."""
        return {}

    def follow_part(
        self,
        part: Part,
        rows: Mapping[int, Row],
        lines: Mapping[int, list[Row]],
        before: Mapping[int, list[Row]],
        *,
        turned: Collection[int] = (),
    ) -> Refusals:
        """What a part's rows take from other tables: all that a batch gives, by record, and those they replace;
        `turned` are the records in which something that the part leans on differs.

        Fills the rows in place; yields what is refused: position, field as `lines.0.product`, problem."""
        return iter(())

    @cached_property
    def label(self) -> str:
        """`customers.customer`: the noun's name in events, permissions and references."""
        return self.model._meta.label_lower

    @property
    def module(self) -> str:
        """The app that the noun belongs to."""
        return self.model._meta.app_label

    @property
    def slug(self) -> str:
        """`customers`: the noun's name in addresses; made from the English plural."""
        return self.address or self.label.split(".")[1] + "s"

    @property
    def name(self) -> str | Promise:
        """What people call one of it."""
        return self.model._meta.verbose_name or self.label

    @property
    def name_plural(self) -> str | Promise:
        """What people call many of it."""
        return self.model._meta.verbose_name_plural or self.slug

    def permission(self, action: str) -> str:
        """`customers.view_customer`."""
        return f"{self.module}.{action}_{self.model._meta.model_name}"

    def column(self, name: str) -> models.Field[Any, Any]:
        """The model's field; of a tenant's own field, what would be its column."""
        custom = self.shape.custom.get(name) if name.startswith(CUSTOM) else None
        return custom.column if custom else self.model._meta.get_field(name)  # type: ignore[return-value]  # columns only

    def part(self, name: str) -> Part:
        """The part of that name."""
        return next(part for part in self.parts if part.name == name)

    @cached_property
    def verb_names(self) -> dict[str, Verb]:
        """The verbs by the name in their address."""
        return {verb.name: verb for verb in self.verbs}

    @cached_property
    def plain(self) -> Shape:
        """The noun with its built-in fields: people's own, computed, owner and dates."""
        return shape_plain(self.built_in(), (*self.sortable, CHANGED))

    @property
    def shape(self) -> Shape:
        """The noun as the tenant at hand has it; who asks for many of its fields asks for this once."""
        known = known_here()
        return known.shape(self.label, self.plain) if known.stamp else self.plain

    @property
    def specs(self) -> Mapping[str, FieldSpec]:
        """Every field that is shown, the tenant's own included, in order."""
        return self.shape.specs

    @property
    def mailed(self) -> tuple[str, ...]:
        """The columns that hold an e-mail address: by them mail and meetings find who they are about."""
        return tuple(name for name, spec in self.plain.specs.items() if spec.kind == "email" and not spec.sensitive)

    @property
    def required(self) -> frozenset[str]:
        """The fields that a new record must be given."""
        return self.shape.required

    @property
    def links(self) -> Mapping[str, str]:
        """The fields that point at another record, with the label they point at."""
        return self.shape.links

    def built_in(self) -> dict[str, FieldSpec]:
        """The specs of the columns."""
        writable = (*self.fields, *(() if "owner" in self.fields else ("owner",)))
        names = (*writable, *self.computed, *SYSTEM_SHOWN)
        filterable = {*self.filters, *self.sortable, "owner", *SYSTEM_SHOWN}
        return {
            name: spec_of(
                self.model._meta.get_field(name),  # type: ignore[arg-type]  # columns only
                kind=self.kinds.get(name),
                writable=name in writable,
                filterable=name in filterable,
                sortable=name in (*self.sortable, CHANGED),
                personal=name in self.personal,
                sensitive=name in self.sensitive,
                tones=self.tones.get(name),
                offers=self.offers.get(name),
                is_plain=name in self.codes,
            )
            for name in names
        }


class Registry:
    """All resources, in the order of their modules."""

    def __init__(self) -> None:
        self._by_label: dict[str, Resource] = {}

    def add(self, cls: type[Resource]) -> type[Resource]:
        """Take a Resource in; used as the decorator `@register`."""
        resource = cls()
        if resource.label in self._by_label or any(r.slug == resource.slug for r in self):
            raise ImproperlyConfigured(f"{resource.label} ({resource.slug}) is registered twice")
        self._by_label[resource.label] = resource
        return cls

    def __iter__(self) -> Iterator[Resource]:
        return iter(self._by_label.values())

    def __contains__(self, label: object) -> bool:
        return label in self._by_label

    def __getitem__(self, label: str) -> Resource:
        return self._by_label[label]

    def get(self, label: str) -> Resource | None:
        """The resource of that label, if there is one."""
        return self._by_label.get(label)

    def by_slug(self, slug: str) -> Resource | None:
        """The resource at that address, if there is one."""
        return next((r for r in self if r.slug == slug), None)

    def of(self, model: type[models.Model]) -> Resource:
        """The resource of a model."""
        return self._by_label[model._meta.label_lower]

    def pointing_at(self, label: str) -> list[tuple[Resource, str]]:
        """Which nouns point at this one, and by which field: what a record page shows as related."""
        pointing = known_here().pointing
        if not pointing:
            pointing.update(self.pointing())
        return pointing.get(label, pointing[""])

    def pointing(self) -> dict[str, list[tuple[Resource, str]]]:
        """Which nouns point at which, by the label pointed at; under "" those that point at records of any noun."""
        found: dict[str, list[tuple[Resource, str]]] = {"": []}
        for resource in self:
            specs = resource.specs
            if "object_id" in specs and "object_type" in specs:
                found[""].append((resource, "object_id"))
            for name, target in resource.links.items():
                found.setdefault(target, []).append((resource, name))
        return {label: rows + found[""] if label else rows for label, rows in found.items()}


registry = Registry()
register = registry.add
