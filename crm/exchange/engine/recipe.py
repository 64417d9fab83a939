"""The whole of what was decided about a file, compiled: one cleaner a column, links, rules, groups."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.models import ExternalId
from crm.core.outside import MOST_SOURCE, Name, is_source
from crm.core.registry import Part, Resource, registry
from crm.core.specs import FieldSpec
from crm.exchange.analysis import EXTERNAL, FIRST, LAST, NAMED, NOTES, SKIP, Choices
from crm.exchange.cleaning.cells import ODD_TYPES, Clean, TextClean, text_of
from crm.exchange.cleaning.columns import Habits, Memo, Surroundings, cleaner_for
from crm.exchange.cleaning.steps import as_written, is_step, key_of
from crm.exchange.cleaning.words import choice_words, choices_read, word_key
from crm.exchange.declared import Link, Template
from crm.exchange.matching.targets import Place, notes_field, places
from tenants.context import current

MODES = ("both", "create", "update")
LINK_MODES = ("create", "refuse", "empty")
MISSING: Mapping[str, Literal["refuse", "empty"]] = {"refuse": "refuse", "empty": "empty"}
WORDS = (NOTES, SKIP, EXTERNAL, FIRST, LAST)
MOST_NUMBER = ExternalId._meta.get_field("value").max_length
SEVERAL = ", "  # between the numbers that one system has for one record, as exports write them


@dataclass(frozen=True)
class ColumnPlan:
    """A column on its way: `path` is a place's path or one of the + words; the memo cleans its cells."""

    position: int
    header: str
    path: str
    place: Place | None
    memo: Memo


@dataclass
class Recipe:
    """How the rows of one file become records of one noun."""

    resource: Resource
    template: Template
    actor: Actor
    columns: list[ColumnPlan]
    links: list[Link]
    part: Part | None
    group_by: str
    notes: str
    mode: str
    currency: str
    source: str = "import"
    further: Mapping[str, str] = field(default_factory=dict)  # where second values of a field go
    outside: tuple[str, ...] = ()  # the columns of numbers whose system stands in the path
    called_by: tuple[str, ...] = ()  # where no column says what a record is called: the keys that it is called by

    @property
    def paths(self) -> dict[str, ColumnPlan]:
        """The columns that fill a field, by path."""
        return {column.path: column for column in self.columns if column.path not in (NOTES, SKIP)}

    def outside_names(self, external: str | None, values: Mapping[str, Any]) -> list[Name]:
        """All that other systems call a record."""
        found = [(self.source, external)] if external else []
        for path in self.outside:
            found += [(path.removeprefix(NAMED), one) for one in (values.get(path) or "").split(SEVERAL) if one]
        return found

    def position(self, path: str) -> int | None:
        """The column that fills a field."""
        column = self.paths.get(path)
        return column.position if column else None

    def spec(self, path: str) -> FieldSpec | None:
        """The field at a path of the noun or its part."""
        head, dot, name = path.rpartition(".")
        if dot and self.part and head == self.part.name:
            return self.part.specs.get(name)
        return None if dot else self.resource.specs.get(path)


def surroundings() -> Surroundings:
    """The tenant's region and time zone."""
    tenant = current()
    return Surroundings(tenant.region or "US", ZoneInfo(tenant.time_zone or "UTC"))


def compile_recipe(
    resource: Resource, template: Template | None, choices: Choices, *,
    header: Sequence[str], habits: Mapping[int, Habits], actor: Actor,
) -> Recipe:  # fmt: skip
    """Check the choices against the noun and make the recipe."""
    known = places(resource, actor)
    chosen = {at: choices.targets.get(at, SKIP) for at in range(len(header))}
    check_choices(resource, known, chosen, choices)
    template = template or Template(name="", title="", label=resource.label)
    template = replace(template, constants={**template.constants, **constants_of(known, chosen, choices)})
    part, group_by = grouping(resource, template, known, set(chosen.values()))
    around = surroundings()
    columns = []
    for at, name in enumerate(header):
        place = known.get(chosen[at])
        clean = clean_for(place, chosen[at], around, choices.answers.get(at, ""), habits.get(at, Habits()))
        if place and key_of(place.spec, at) in choices.off:
            clean = as_written(clean, place.spec)
        clean = meant(clean, choices.values.get(at, {}), place)
        memo = Memo(upper(clean) if chosen[at] in template.upper else clean)
        columns.append(ColumnPlan(at, name, chosen[at], place, memo))
    links = list(template.links) or plain_links(known, chosen, choices)
    return Recipe(
        resource,
        template,
        actor,
        columns,
        [link for link in links if link.key_path in chosen.values()],
        part,
        group_by,
        notes_field(resource, actor),
        choices.mode,
        current().currency,
        choices.source or "import",
        further_of(resource, known),
        tuple(path for path in chosen.values() if path.startswith(NAMED)),
        called_by(resource, {*chosen.values(), *template.constants}),
    )


def called_by(resource: Resource, used: Collection[str]) -> tuple[str, ...]:
    """The keys that a record without a name is called by, where a file has no column of names."""
    has_names = not {resource.title, FIRST, LAST}.isdisjoint(used)
    return () if has_names or resource.title not in resource.required else tuple(k for k in resource.keys if k in used)


def further_of(resource: Resource, known: Collection[str]) -> dict[str, str]:
    """The lists that this person may fill, by the field whose other values they hold."""
    return {name: other for name, other in resource.further.items() if other in known}


def grouping(
    resource: Resource, template: Template, known: Mapping[str, Place], paths: set[str]
) -> tuple[Part | None, str]:
    """The part that rows hold, and the column by which they belong together."""
    parts = {known[path].part for path in paths if path in known and known[path].part}
    part = resource.part(parts.pop()) if parts else None
    keys = [*resource.keys, EXTERNAL, *sorted(path for path in paths if path.startswith(NAMED))]
    group_by = template.group_by or (next((key for key in keys if key in paths), "") if part else "")
    if part and group_by not in paths and resource.keys:  # a noun without keys (a deal) has a row of its own each
        raise refusal("no_group_column", _("No column says which rows belong together."))
    return part, group_by


def check_choices(resource: Resource, known: Mapping[str, Place], chosen: Mapping[int, str], choices: Choices) -> None:
    """Every target is one, no field is filled twice, and one that names the record is among them."""
    if choices.mode not in MODES:
        raise refusal("unknown_mode", _("The mode must be one of %(allowed)s.") % {"allowed": ", ".join(MODES)})
    check_words(choices)
    for path in chosen.values():
        if path not in known and path not in WORDS and not is_source(path.partition(NAMED)[2]):
            raise refusal("unknown_target", _("There is no field %(path)s.") % {"path": path})
    used = [path for path in chosen.values() if path not in (NOTES, SKIP)]
    lists = further_of(resource, known).values()
    twice = sorted({path for path in used if used.count(path) > 1 and path not in lists})
    if twice:
        raise refusal(
            "target_twice",
            _("Two columns cannot fill the same field: %(names)s.")
            % {"names": ", ".join(str(known[p].spec.label) if p in known else p for p in twice)},
        )
    if len({place.part for place in (known[p] for p in used if p in known) if place.part}) > 1:
        raise refusal("two_parts", _("A row can hold only one kind of part."))
    given = {*used, *choices.constants, *(known[path].link for path in used if path in known)}
    given |= {resource.title} if is_named(resource, used) else set()
    missing = sorted(str(resource.specs[name].label) for name in resource.required - given)
    if missing and choices.mode != "update":
        raise refusal("required_target", _("No column gives: %(names)s.") % {"names": ", ".join(missing)})
    if not used and not choices.constants:
        raise refusal("no_target", _("No column was given a field of %(noun)s.") % {"noun": resource.name})


def is_named(resource: Resource, used: Collection[str]) -> bool:
    """Whether something says how records are called: half of a name, a number of whatever system, a key."""
    return any(path in (FIRST, LAST, EXTERNAL, *resource.keys) or path.startswith(NAMED) for path in used)


def check_words(choices: Choices) -> None:
    """What is to become of links, which steps are left out, and the other system's name."""
    if strange := [key for key in choices.off if not is_step(key)]:
        raise refusal("unknown_step", _("There is no step of cleaning named %(name)s.") % {"name": strange[0]})
    if not set(choices.links.values()) <= set(LINK_MODES):
        names = {"allowed": ", ".join(LINK_MODES)}
        raise refusal("unknown_link_mode", _("What becomes of a link must be one of %(allowed)s.") % names)
    if choices.source and not is_source(choices.source):
        text = _("The name of a system has at most %(limit)s characters, none of them a colon.")
        raise refusal("bad_source", text % {"limit": MOST_SOURCE})


def refusal(code: str, message: str) -> CrmError:
    """Choices that cannot be carried out."""
    return CrmError(code, message, status=422)


def clean_for(place: Place | None, path: str, around: Surroundings, answer: str, habits: Habits) -> Clean:
    """The cleaner of a column."""
    if place is None:
        is_number = path.startswith(EXTERNAL)
        return TextClean(MOST_NUMBER if is_number else None, is_long=path == NOTES, is_identifier=is_number)
    is_key = bool(place.link) or place.spec.name in ("number", "sku", "code") or place.path in key_fields(place)
    return cleaner_for(place.spec, around, answer=answer or habits.order, mark=habits.mark, is_key=is_key)


def key_fields(place: Place) -> set[str]:
    """The keys of all nouns that could own this place's field."""
    return {
        key for resource in registry if place.spec.name in resource.specs and not place.part for key in resource.keys
    }


def constants_of(known: Mapping[str, Place], chosen: Mapping[int, str], choices: Choices) -> dict[str, Any]:
    """What is said of every row alike, where no column says it."""
    found: dict[str, Any] = {}
    for path, text in choices.constants.items():
        place = known.get(path)
        if place is None or place.link or place.part or path in chosen.values():
            raise refusal("unknown_target", _("There is no field %(path)s.") % {"path": path})
        value = cleaner_for(place.spec, surroundings())(text)
        if value is None or isinstance(value, ODD_TYPES):
            said = {"field": place.spec.label, "value": text[:80]}
            raise refusal("bad_constant", _("%(field)s cannot be “%(value)s”.") % said)
        found[path] = value
    return found


def upper(clean: Clean) -> Clean:
    """A cleaner whose texts come out in capitals."""

    def cleaned(cell: Any) -> Any:
        value = clean(cell)
        return value.upper() if isinstance(value, str) else value

    return cleaned


def meant(clean: Clean, values: Mapping[str, str], place: Place | None) -> Clean:
    """A cleaner that reads certain cells, or words of a choice of several, as something else; "" leaves them out."""
    known = {word_key(text): value for text, value in values.items()}
    if not known:
        return clean
    if place and place.spec.kind == "choices" and place.spec.choices:
        words = choice_words(place.spec.choices) | known
        return lambda cell: clean(", ".join(known.get(word_key(w), w) for w, _to in choices_read(text_of(cell), words)))

    def cleaned(cell: Any) -> Any:
        value = known.get(word_key(text_of(cell)))
        return clean(cell) if value is None else clean(value)

    return cleaned


def plain_links(known: Mapping[str, Place], chosen: Mapping[int, str], choices: Choices) -> list[Link]:
    """Without a template: records are found by the keys that columns hold, and made only when asked for.

    Of several columns of one link those of a single key (the e-mail) are asked before the one that may be anything."""
    by_link: dict[str, list[tuple[int, Place]]] = defaultdict(list)
    for at, path in sorted(chosen.items(), key=lambda pair: pair[1]):
        if (place := known.get(path)) and place.link:
            by_link[place.link].append((at, place))
    found = []
    for name, columns in by_link.items():
        ways = sorted(columns, key=lambda pair: pair[1].path == name)
        place = ways[0][1]
        is_noun = bool(place.target)  # people of the team are found, never made
        said = next((choices.links[at] for at, _place in ways if at in choices.links), None)
        how = said if said is not None else "create" if choices.create_links else "" if is_noun else "empty"
        others = tuple((other.path, other.keys) for _at, other in ways[1:])
        create, keys = how == "create" and is_noun, place.keys
        found.append(Link(name, keys, place.path, create=create, missing=MISSING.get(how, ""), others=others))
    return found
