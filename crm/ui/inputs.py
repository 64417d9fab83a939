"""Forms over field specs: what stands in each control, what came back, what was wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from babel import Locale
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from crm.core.countries import country_codes, currencies_offered, language_codes, zones_offered
from crm.core.customising.layouts import sections_of
from crm.core.errors import CrmError
from crm.core.models import Layout
from crm.core.registry import CUSTOM, Part, Resource
from crm.core.specs import FieldSpec
from crm.ui.cells import babel_locale, country_text, language_text
from tenants.context import current

CONTROLS = {
    "long_text": "area",
    "yes_no": "check",
    "choice": "select",
    "link": "link",
    "country": "country",
    "currency": "country",
    "language": "country",
    "time_zone": "country",
    "date": "date",
    "moment": "datetime-local",
    "email": "email",
    "url": "url",
    "phone": "tel",
}
NUMBERS = frozenset({"integer", "number", "money", "percent"})
FEW = 8  # choices that stand below each other; more of them stand side by side
MODES = {"integer": "numeric", "number": "decimal", "money": "decimal", "percent": "decimal"}


TEXTS: tuple[tuple[Any, Callable[[Any], str]], ...] = (
    (type(None), lambda value: ""),
    (Mapping, lambda value: str(value.get("id", ""))),
    (datetime, lambda value: timezone.localtime(value).strftime("%Y-%m-%dT%H:%M")),
    (date, lambda value: value.isoformat()),
    (bool, lambda value: "true" if value else ""),
    ((list, tuple), lambda value: ", ".join(str(one) for one in value)),
    (Decimal, lambda value: plain_number(value)),
)


@dataclass
class Entry:
    """One control: its field, the text that stands in it, its problems; `yours` and `theirs` where two people wrote."""

    spec: FieldSpec
    name: str
    text: str = ""
    title: str = ""
    errors: list[str] = field(default_factory=list)
    theirs: str | None = None
    theirs_text: str = ""
    place: str = ""  # which of several forms of the page it stands in
    hint: str | Promise = ""  # what stands in it while it is empty
    mentions: str = ""  # whom an @ in it may name
    builder: Any = None  # where it holds conditions: the form that they are written in
    asks: str = ""  # the field that says what they are about

    @property
    def id(self) -> str:
        """The control's id in the page."""
        return f"id-{self.place}{self.name}"

    @property
    def control(self) -> str:
        """Which control fits the kind; a yes or no of the tenant's own may also be unsaid."""
        if self.spec.kind == "yes_no" and self.spec.custom:
            return "select"
        if self.spec.kind == "choices" and (self.spec.choices or self.spec.offers):
            return "checks"
        if self.spec.kind == "text" and self.spec.offers:
            return "select"
        if self.spec.is_secret:
            return "password"
        return CONTROLS.get(self.spec.kind, "text")

    @property
    def words(self) -> list[str]:
        """What is chosen of several."""
        return self.text.split(", ")

    @property
    def mode(self) -> str:
        """Which keyboard a phone offers."""
        return MODES.get(self.spec.kind, "")

    @property
    def choices(self) -> Sequence[tuple[str, str | Promise]]:
        """What may be chosen."""
        if self.spec.kind == "yes_no":
            return [("true", _("Yes")), ("false", _("No"))]
        if self.spec.closed:
            return [(v, label) for v, label in self.spec.choices if v not in self.spec.closed or v in self.words]
        offer = OFFERED.get(self.spec.kind)
        if self.spec.kind == "text":
            return with_own(list(self.spec.offered), self.text)
        return with_own(offer(get_language() or "en"), self.text) if offer else self.spec.offered

    @property
    def is_wide(self) -> bool:
        """Whether it takes the form's whole width."""
        many = self.control == "checks" and len(self.choices) > FEW
        return many or self.builder is not None or self.spec.kind in ("long_text", "json")

    @classmethod
    def of_value(cls, spec: FieldSpec, value: Any = None, name: str = "value") -> Entry:
        """A control that holds a stored value."""
        title = value["title"] if isinstance(value, Mapping) and "title" in value else ""
        return cls(spec, name, text_of(spec, value), title)

    @classmethod
    def of_filter(cls, spec: FieldSpec, text: str, titles: Mapping[UUID, str]) -> Entry:
        """A control of a filter."""
        title = _("me") if text == "me" else next((one for pk, one in titles.items() if str(pk) == text), "")
        return cls(spec, spec.name, text, title if spec.target else "")


def is_in_place(resource: Resource, spec: FieldSpec) -> bool:
    """Whether a field can be edited where it stands; conditions are written in the builder of the form."""
    return spec.kind not in ("json", "reference") and spec.name not in ("object_type", *resource.conditions)


def country_choices(language: str) -> list[tuple[str, str]]:
    """All countries by their names in the language."""
    locale = babel_locale(language)
    return sorted(((code, country_text(code, locale)) for code in country_codes()), key=lambda pair: pair[1])


def language_choices(language: str) -> list[tuple[str, str]]:
    """All languages by their names in the language of the page."""
    locale = babel_locale(language)
    return sorted(((code, language_text(code, locale)) for code in language_codes()), key=lambda pair: pair[1])


def zone_choices(_language: str) -> list[tuple[str, str]]:
    """All time zones by their names."""
    return [(zone, zone.replace("_", " ")) for zone in zones_offered()]


def currency_choices(language: str) -> list[tuple[str, str]]:
    """The company's own currency, then those that are paid with somewhere, by their codes."""
    names, own = Locale.parse(babel_locale(language)).currencies, current().currency
    codes = sorted(currencies_offered() | {own}, key=lambda code: (code != own, code))
    return [(code, f"{code} · {names.get(code, code)}") for code in codes]


def with_own(choices: Sequence[tuple[str, str | Promise]], text: str) -> Sequence[tuple[str, str | Promise]]:
    """The choices, and what stands there already where it is none of them."""
    return choices if not text or any(text == value for value, _label in choices) else [*choices, (text, text)]


OFFERED = {
    "country": country_choices,
    "currency": currency_choices,
    "language": language_choices,
    "time_zone": zone_choices,
}


def text_of(spec: FieldSpec, value: Any) -> str:
    """A stored value as the text of its control."""
    if spec.kind == "percent" and value is not None:
        return f"{float(value) * 100:.10g}"
    if spec.kind == "yes_no" and spec.custom and value is False:
        return "false"
    return next((text(value) for cls, text in TEXTS if isinstance(value, cls)), str(value))


def plain_number(value: Any) -> str:
    """A decimal without the column's trailing zeros, two places kept for cents."""
    shortest = value.normalize()
    places = -int(shortest.as_tuple().exponent)
    return f"{value:.{max(places, 0)}f}" if places != 1 else f"{value:.2f}"


def value_of(spec: FieldSpec, text: str) -> Any:
    """What was typed as a value for the save, which judges it."""
    if spec.kind == "yes_no" and not spec.custom:
        return text in ("true", "on", "1")
    if spec.kind in NUMBERS and text:
        plain = text.replace(",", "").replace("\u00a0", "").replace("，", "").replace(" ", "")
        return percent_of(plain) if spec.kind == "percent" else plain
    if spec.kind == "link":
        return text or None
    return text


def percent_of(text: str) -> Any:
    """Twelve per cent is kept as 0.12; what is no number is left for the save to refuse."""
    try:
        return float(text.rstrip("%")) / 100
    except ValueError:
        return text


def entries_of(specs: Iterable[FieldSpec], values: Mapping[str, Any]) -> dict[str, Entry]:
    """Controls that hold a record's values."""
    return {spec.name: Entry.of_value(spec, values.get(spec.name), spec.name) for spec in specs}


def posted_entries(specs: Iterable[FieldSpec], data: QueryDict) -> dict[str, Entry]:
    """Controls that hold what a person sent."""
    return {
        spec.name: Entry(spec, spec.name, text_sent(spec, data), str(data.get(f"{spec.name}-title", "")))
        for spec in specs
    }


def text_sent(spec: FieldSpec, data: QueryDict) -> str:
    """What was sent for a field; of several choices all."""
    many = spec.kind == "choices" and (spec.choices or spec.offers)
    return ", ".join(one for one in data.getlist(spec.name) if one) if many else str(data.get(spec.name, ""))


def values_of(entries: Mapping[str, Entry]) -> dict[str, Any]:
    """What the controls hold as values for the save."""
    return {name: value_of(entry.spec, entry.text) for name, entry in entries.items()}


def part_rows(part: Part, data: QueryDict) -> list[dict[str, Entry]]:
    """The rows of a part that a person sent: `lines-0-code` and so on; rows without any value are dropped."""
    named = (key.split("-")[1] for key in data if key.startswith(f"{part.name}-"))
    marks = sorted({int(mark) for mark in named if mark.isdecimal() and len(mark) < 9})
    rows = []
    for mark in marks:
        row = {
            name: part_entry(
                part,
                name,
                mark,
                str(data.get(f"{part.name}-{mark}-{name}", "")),
                str(data.get(f"{part.name}-{mark}-{name}-title", "")),
            )
            for name in part_fields(part)
        }
        if any(entry.text and entry.control not in ("select", "check") for entry in row.values()):
            rows.append(row)
    return rows


def part_fields(part: Part) -> list[str]:
    """The fields of a part that people fill in; its order is that of the rows."""
    return [name for name in part.fields if name != "position"]


def part_entry(part: Part, name: str, mark: int | str, text: str = "", title: str = "") -> Entry:
    """One control of a part's row."""
    return Entry(part.specs[name], f"{part.name}-{mark}-{name}", text, title)


def stored_rows(part: Part, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Entry]]:
    """The rows of a part as they are stored."""
    return [
        {
            name: Entry.of_value(part.specs[name], row.get(name), f"{part.name}-{at}-{name}")
            for name in part_fields(part)
        }
        for at, row in enumerate(rows)
    ]


def part_values(part: Part, rows: Sequence[Mapping[str, Entry]]) -> list[dict[str, Any]]:
    """A part's rows for the save."""
    found = [{name: value_of(entry.spec, entry.text) for name, entry in row.items()} for row in rows]
    if "position" in part.fields:
        return [{"position": at + 1, **row} for at, row in enumerate(found)]
    return found


def blame(
    refusal: CrmError, entries: Mapping[str, Entry], parts: Mapping[str, Sequence[Mapping[str, Entry]]] | None = None
) -> list[str]:
    """Put each problem at its control; what has no control is returned for the top of the form."""
    rest: list[str] = []
    problems: Any = refusal.details.get("errors") or []
    for problem in problems:
        steps = str(problem["pointer"]).strip("/").split("/")
        entry = entries.get(steps[0]) if len(steps) == 1 else part_entry_at(parts or {}, steps)
        if entry is not None:
            entry.errors.append(str(problem["message"]))
        else:
            rest.append(str(problem["message"]))
    if problems:
        return rest
    if (named := entries.get(str(refusal.details.get("field", "")))) is not None:
        named.errors.append(str(refusal.message))
        return []
    return [str(refusal.message)]


def part_entry_at(parts: Mapping[str, Sequence[Mapping[str, Entry]]], steps: Sequence[str]) -> Entry | None:
    """The control in a part's row that a problem speaks of."""
    rows = parts.get(steps[0], ())
    if len(steps) != 3 or not steps[1].isdecimal() or int(steps[1]) >= len(rows):
        return None
    return rows[int(steps[1])].get(steps[2])


def grouped(
    resource: Resource, entries: Mapping[str, Any], rest: str = "", layout: Layout | None = None
) -> list[tuple[str, list[Any]]]:
    """The entries by the noun's sections; its title stands first, what no section names comes last."""
    found: list[tuple[str, list[Any]]] = []
    left, sections = dict(entries), sections_of(resource, layout)
    placed = {name for _label, names in sections for name in names}
    first = [resource.title] if resource.title not in placed else []
    for label, names in sections:
        group = [left.pop(name) for name in (*first, *names) if name in left]
        if group:
            found.append((label, group))
            first = []
    own = [left.pop(name) for name in list(left) if name.startswith(CUSTOM)]
    if own:
        found.append((_("Custom fields"), own))
    if left:
        found.append(((rest or _("Other")) if found else _("Details"), list(left.values())))
    return found
