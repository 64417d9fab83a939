"""How a value is shown: one function a kind, quick enough for lists (no template is rendered for a cell)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from babel.core import Locale
from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import get_currency_precision, get_currency_symbol
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.permissions import is_hidden
from crm.core.phones import phone_text
from crm.core.registry import Resource, registry
from crm.core.samples import MARK
from crm.core.specs import FieldSpec
from crm.ui.assets import icon_paths
from tenants.context import current

TONES = ("blue", "purple", "teal", "orange", "indigo", "pink", "cyan", "lime", "azure", "yellow", "green", "red")
TONED = {
    "green": "low done completed champions ok won paid accepted approved converted active held reached answered strong",
    "teal": "loyal qualified delivered",
    "blue": "open normal sent",
    "azure": "cold",
    "yellow": "medium stale waiting queued pending asked paused",
    "orange": "high at_risk warm",
    "red": "critical urgent cannot_lose error failed bounced refused declined hot missed",
    "grey": "cancelled lost former hibernating draft expired replaced unqualified retired no_answer weak",
}
KNOWN_TONES = {word: tone for tone, words in TONED.items() for word in words.split()}
NUMERIC = frozenset({"integer", "number", "money", "percent"})
LEVELS = frozenset({"low", "medium", "high", "critical"})
LONGEST = 80
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Sight:
    """Whose eyes: language and home currency."""

    locale: str
    currency: str
    address: Callable[[str, object], str]
    tones: dict[str, Mapping[str, str]] = field(default_factory=dict)  # asked for once a page
    labels: dict[str, dict[str, str]] = field(default_factory=dict)  # likewise: what people called their values

    def tones_of(self, spec: FieldSpec) -> Mapping[str, str]:
        """The colours that people gave to a field's values."""
        if spec.tones is None:
            return {}
        if spec.name not in self.tones:
            self.tones[spec.name] = spec.tones()
        return self.tones[spec.name]


    def label_of(self, spec: FieldSpec, value: str) -> str:
        """What people call a value; itself where nobody named it."""
        if spec.offers is None:
            return value
        if spec.name not in self.labels:
            self.labels[spec.name] = {one: str(label) for one, label in spec.offers()}
        return self.labels[spec.name].get(value, value)


def sight(address: Callable[[str, object], str]) -> Sight:
    """The eyes of this request."""
    return Sight(babel_locale(get_language() or "en"), current().currency, address)


def babel_locale(language: str) -> str:
    """Babel's name of one of our languages."""
    return "zh_Hans_CN" if language.lower().startswith("zh") else "en_US"


class Words(str):
    """A value that is a sentence already, whatever its field holds."""

    __slots__ = ()


def cell(spec: FieldSpec, row: Row, eyes: Sight) -> SafeString:
    """One value as a piece of page; empty values are empty."""
    value = row.get(spec.name)
    if value is None or value == "" or value == []:
        return SafeString("")
    if isinstance(value, Words):
        return format_html('<span class="wrap">{}</span>', value)
    if spec.name == "object_type" and (noun := registry.get(str(value))):
        return format_html('<span class="noun-name">{}</span>', noun.name)
    return SHOW.get(spec.kind, show_text)(spec, value, row, eyes)


def icon(name: str, classes: str = "") -> SafeString:
    """An icon as inline drawing, so that no web font is loaded and the policy stays strict."""
    return mark_safe(  # noqa: S308  # the drawing comes from the package, the rest is ours
        f'<svg class="icon {classes}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-linecap="round" '
        f'stroke-linejoin="round" aria-hidden="true" focusable="false">{icon_paths(name)}</svg>'
    )


def avatar(title: str, extra: str = "avatar-xs") -> SafeString:
    """A round with initials, its tint taken from the name."""
    tone = TONES[sum(map(ord, title)) % len(TONES)]
    return format_html('<span class="avatar {} bg-{}-lt" aria-hidden="true">{}</span>', extra, tone, initials(title))


def initials(title: str) -> str:
    """The first letters of two words; of a Chinese name the family name."""
    words = [word for word in title.split() if word[:1].isalnum()]
    if not words:
        return title[:1] or "?"
    first = words[0]
    if not first.isascii() and ord(first[0]) >= 0x2E80:
        return first[0]
    return "".join(word[0] for word in words[:2]).upper()


def show_text(spec: FieldSpec, value: Any, row: Row, eyes: Sight) -> SafeString:
    text = eyes.label_of(spec, str(value))
    if len(text) > LONGEST:
        return format_html('<span title="{}">{}…</span>', text[:500], text[:LONGEST])
    return format_html("{}", text)


def show_email(spec: FieldSpec, value: Any, row: Row, eyes: Sight) -> SafeString:
    return format_html('<a href="mailto:{}">{}</a>', value, value) if "•" not in value else format_html("{}", value)


def show_phone(spec: FieldSpec, value: Any, row: Row, eyes: Sight) -> SafeString:
    return format_html('<a class="num nowrap" href="tel:{}">{}</a>', value, phone_text(value))


def show_url(spec: FieldSpec, value: Any, row: Row, eyes: Sight) -> SafeString:
    return format_html(
        '<a href="{}" rel="noopener noreferrer" target="_blank">{}</a>', value, str(value).split("//")[-1]
    )


def number_text(value: Any, digits: int | None = None) -> str:
    """A number with separators."""
    if isinstance(value, int):
        return f"{value:,}"
    value = value + 0 or 0  # no minus before a nought
    if digits is None:
        digits = 0 if value == int(value) else 2 if abs(value) >= 1 else 3
    return f"{value:,.{digits}f}"


@lru_cache(maxsize=256)
def currency_form(currency: str, locale: str) -> tuple[str, int]:
    """The sign and the digits of a currency."""
    return get_currency_symbol(currency, Locale.parse(locale)), get_currency_precision(currency)


def money_text(value: Any, currency: str, locale: str, *, is_whole: bool = False) -> str:
    """An amount with its sign: $1,234.50, ¥3,500.00; whole with all the digits that it has: a price of $0.125."""
    sign, digits = currency_form(currency, locale)
    if is_whole:
        digits = max(digits, -int(Decimal(value).normalize().as_tuple().exponent))
    space = "\u00a0" if sign[-1:].isalpha() else ""
    return f"{'-' if value < 0 else ''}{sign}{space}{abs(Decimal(value)):,.{digits}f}"


def show_number(spec: FieldSpec, value: Any, row: Row, eyes: Sight) -> SafeString:
    unit = f" {spec.unit}" if spec.unit else ""
    return format_html('<span class="num">{}{}</span>', str(value) if spec.is_plain else number_text(value), unit)


def show_money(spec: FieldSpec, value: Any, row: Row, eyes: Sight) -> SafeString:
    """Money is in the row's currency where the row has one, unless the field says it is in the tenant's own; what
    people typed is shown with all its digits."""
    own = "" if spec.name.endswith("_home") else str(row.get("currency") or "")
    currency = spec.unit or own or eyes.currency
    text = money_text(value, currency, eyes.locale, is_whole=spec.writable)
    return format_html('<span class="num nowrap">{}</span>', text)


def show_percent(spec: FieldSpec, value: Any, row: Row, eyes: Sight) -> SafeString:
    """A share as a bar with its number; a field `x_band` of the same row gives the bar its colour."""
    if spec.custom:
        return format_html('<span class="num">{}%</span>', f"{float(value) * 100:.10g}")
    level = str(row.get(band_of(spec.name)) or "")
    share = round(float(value) * 100)
    return format_html(
        '<span class="risk"><progress class="progress {}" value="{}" max="100" aria-label="{}"></progress>'
        '<span class="num">{}%</span></span>',
        f"is-{level}" if level in LEVELS else "",
        share,
        spec.label,
        share,
    )


def band_of(name: str) -> str:
    """The field that says of a share which level it is: `churn_probability` goes with `churn_band`."""
    return name.rsplit("_", 1)[0] + "_band"


def show_yes_no(spec: FieldSpec, value: Any, row: Row, eyes: Sight) -> SafeString:
    if not value:
        return format_html('<span class="muted">{}</span>', _("No"))
    return format_html('<span class="yes">{}<span>{}</span></span>', icon("check"), _("Yes"))


def show_date(spec: FieldSpec, value: Any, row: Row, eyes: Sight) -> SafeString:
    return format_html('<span class="num nowrap">{}</span>', date_text(value, eyes.locale))


@lru_cache(maxsize=8192)
def date_text(value: date, locale: str) -> str:
    """A day in the reader's language: Nov 22, 2026 or 2026年11月22日."""
    return format_date(value, "medium", locale=locale)


def moment_text(value: datetime, locale: str) -> str:
    """A moment in the tenant's time zone and the reader's language."""
    there = timezone.localtime(value).replace(tzinfo=None)
    return format_datetime(there, "MMM d, y, HH:mm" if locale.startswith("en") else "y年M月d日 HH:mm", locale=locale)


def ago_text(value: datetime, locale: str) -> str:
    """How long ago, for what is recent; the day for the rest."""
    past = timezone.now() - value
    if abs(past) > timedelta(days=30):
        return date_text(timezone.localtime(value).date(), locale)
    if abs(past) < timedelta(seconds=45):
        return _("just now")
    return format_timedelta(-past, add_direction=True, locale=locale)


def show_moment(spec: FieldSpec, value: Any, row: Row, eyes: Sight) -> SafeString:
    return format_html(
        '<time class="num nowrap" datetime="{}" title="{}">{}</time>',
        value.isoformat(),
        moment_text(value, eyes.locale),
        date_text(timezone.localtime(value).date(), eyes.locale),
    )


def tone_of(spec: FieldSpec, value: str) -> str:
    """The tint of a choice: by its meaning where the word is known, else by its place among the choices."""
    if value in KNOWN_TONES:
        return KNOWN_TONES[value]
    at = next((n for n, (one, _label) in enumerate(spec.choices) if one == value), len(value))
    return TONES[at % len(TONES)]


def badge(text: Any, tone: str) -> SafeString:
    """A small coloured label."""
    return format_html('<span class="badge bg-{}-lt">{}</span>', tone, text)


def choice_label(spec: FieldSpec, value: Any) -> str:
    """What people read for a stored choice."""
    return next((str(label) for one, label in spec.offered if one == str(value)), str(value))


def show_choice(spec: FieldSpec, value: Any, row: Row, eyes: Sight) -> SafeString:
    return badge(choice_label(spec, value), tone_of(spec, str(value)))


def show_choices(spec: FieldSpec, value: Any, row: Row, eyes: Sight) -> SafeString:
    found: Sequence[Any] = value if isinstance(value, list | tuple) else [value]
    if spec.items:
        return format_html_join(", ", "{}", ((SHOW[spec.items](spec, one, row, eyes),) for one in found))
    given = eyes.tones_of(spec)
    tones = [given.get(str(one)) or TONES[sum(map(ord, str(one))) % len(TONES)] for one in found[:6]]
    return format_html_join(
        " ", "{}", ((badge(choice_label(spec, one), tone),) for one, tone in zip(found, tones, strict=False))
    )


def show_link(spec: FieldSpec, value: Any, row: Row, eyes: Sight) -> SafeString:
    address = eyes.address(value["label"], value["id"])
    if not address:
        return format_html("{}", value["title"])
    return format_html('<a href="{}">{}</a>', address, value["title"])


def show_reference(spec: FieldSpec, value: Any, row: Row, eyes: Sight) -> SafeString:
    """A reference to any record, with its title where the reader may see it."""
    if not isinstance(value, Mapping):
        return format_html("{}", value)
    if not value["title"]:
        return format_html('<span class="muted">{}</span>', _("Deleted record"))
    return show_link(spec, value, row, eyes)


def show_json(spec: FieldSpec, value: Any, row: Row, eyes: Sight) -> SafeString:
    """A list of reasons or of tags by their labels, of words as they are; anything else by its keys."""
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return format_html('<span class="wrap">{}</span>', ", ".join(value)[:LONGEST])
    if isinstance(value, list) and all(isinstance(one, dict) and "label" in one for one in value):
        return format_html('<span class="wrap">{}</span>', "; ".join(str(one["label"]) for one in value[:3]))
    return format_html("<code>{}</code>", str(value)[:LONGEST])


def show_country(spec: FieldSpec, value: Any, row: Row, eyes: Sight) -> SafeString:
    return format_html("{}", country_text(str(value), eyes.locale))


@lru_cache(maxsize=1024)
def country_text(code: str, locale: str) -> str:
    """A country's name in the reader's language."""
    return str(Locale.parse(locale).territories.get(code.upper(), code))


def show_language(spec: FieldSpec, value: Any, row: Row, eyes: Sight) -> SafeString:
    return format_html("{}", language_text(str(value), eyes.locale))


@lru_cache(maxsize=1024)
def language_text(code: str, locale: str) -> str:
    """A language's name in the reader's language."""
    first, _dash, rest = code.partition("-")
    names = Locale.parse(locale).languages
    return str(names.get(f"{first}_{rest.title()}") or names.get(f"{first}_{rest.upper()}") or names.get(first, code))


SHOW: dict[str, Callable[[FieldSpec, Any, Row, Sight], SafeString]] = {
    "text": show_text,
    "long_text": show_text,
    "email": show_email,
    "phone": show_phone,
    "url": show_url,
    "integer": show_number,
    "number": show_number,
    "money": show_money,
    "percent": show_percent,
    "yes_no": show_yes_no,
    "date": show_date,
    "moment": show_moment,
    "choice": show_choice,
    "choices": show_choices,
    "link": show_link,
    "reference": show_reference,
    "json": show_json,
    "country": show_country,
    "language": show_language,
    "currency": show_text,
}


def with_siblings(resource: Resource, names: Sequence[str]) -> list[str]:
    """The fields to read so that these can be shown: an amount needs its currency, a share its level, conditions
    the noun that they speak of."""
    wanted = dict.fromkeys(names)
    for name in names:
        spec = resource.specs[name]
        near = {"money": "currency", "percent": band_of(name)}.get(spec.kind, "") or resource.conditions.get(name, "")
        if near in resource.specs:
            wanted[near] = None
    return list(wanted)


def with_mark(resource: Resource, names: Sequence[str], actor: Actor) -> list[str]:
    """The same, and what says of each row whether it is of the sample."""
    is_kept = is_hidden(resource, MARK, actor)
    return list(dict.fromkeys([*with_siblings(resource, names), *([] if is_kept else [MARK])]))


def sample_mark(is_sample: object) -> SafeString:
    """The mark of a row of the sample."""
    if not is_sample:
        return SafeString("")
    mark = '<span class="sample-mark" title="{0}">{1}<span class="visually-hidden">{0}</span></span>'
    return format_html(mark, _("Sample"), icon("flask"))
