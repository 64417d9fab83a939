"""What templates may ask: icons, values, addresses."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from crm.core import permissions
from crm.core.actors import Actor
from crm.core.registry import Board, Part, Resource
from crm.core.specs import FieldSpec
from crm.core.trade import order_word
from crm.messaging.cleaning import html_cleaned
from crm.ui import cells
from crm.ui.addresses import record_address
from crm.ui.settings_menu import Group, menu_of, page_called

register = template.Library()
register.simple_tag(order_word)


@register.simple_tag
def icon(name: str, classes: str = "") -> SafeString:
    """An icon of the Tabler set, drawn inline."""
    return cells.icon(name, classes)


@register.simple_tag
def avatar(title: object, extra: str = "avatar-xs") -> SafeString:
    """Initials in a round."""
    return cells.avatar(str(title), extra)


@register.simple_tag
def cell(spec: FieldSpec, row: Any, eyes: cells.Sight) -> SafeString:
    """A value of a row by its field."""
    return cells.cell(spec, row, eyes)


@register.simple_tag
def badge(text: object, tone: str = "grey") -> SafeString:
    """A small coloured label."""
    return cells.badge(text, tone)


@register.filter
def level_tone(level: str) -> str:
    """The tint of a risk level or of another known word."""
    return cells.KNOWN_TONES.get(str(level), "grey")


@register.filter
def number(value: Any) -> str:
    """A number with separators."""
    return "" if value is None else cells.number_text(value)


@register.filter
def share(value: Any) -> str:
    """A share between 0 and 1 in per cent."""
    return "" if value is None else f"{float(value) * 100:.0f}"


@register.filter
def fixed(value: Any, digits: int = 3) -> str:
    """A number with so many digits after the point."""
    return "" if value is None else f"{float(value):.{digits}f}"


@register.filter
def money(value: Any, currency: str) -> str:
    """An amount in a currency."""
    return "" if value is None else cells.money_text(value, currency, cells.babel_locale(get_language() or "en"))


def moment_of(value: Any) -> Any:
    """A moment that may come as text out of a stored document."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


@register.filter
def ago(value: Any) -> str:
    """How long ago."""
    return "" if not value else cells.ago_text(moment_of(value), cells.babel_locale(get_language() or "en"))


@register.filter
def moment(value: Any) -> str:
    """A moment in the tenant's time zone."""
    return "" if not value else cells.moment_text(moment_of(value), cells.babel_locale(get_language() or "en"))


@register.filter
def day(value: Any) -> str:
    """The day of a moment or a date."""
    found = moment_of(value)
    if isinstance(found, datetime):
        found = timezone.localtime(found).date() if found.tzinfo else found.date()
    return cells.date_text(found, cells.babel_locale(get_language() or "en")) if isinstance(found, date) else ""


@register.simple_tag
def address(label: str, record_id: object) -> str:
    """The page of a record."""
    return record_address(label, record_id)


@register.simple_tag
def query_with(request: HttpRequest, **changes: object) -> str:
    """The address's query with some parameters set; an empty value takes one away."""
    found: QueryDict = request.GET.copy()
    for name, value in changes.items():
        found.pop(name, None)
        if value not in ("", None):
            found[name] = str(value)
    text = found.urlencode()
    return f"?{text}" if text else "?"


@register.simple_tag
def query_with_pair(request: HttpRequest, name: str, value: object) -> str:
    """The address's query with one more parameter, whose name is itself a variable; its group is opened."""
    return query_with(request, **{name: value, "group": "", "cursor": ""})


@register.filter
def get(mapping: Any, key: object) -> Any:
    """A value of a mapping by a key that is itself a variable."""
    return mapping.get(key) if mapping else None


@register.simple_tag
def title_of(row: Any, resource: Resource) -> str:
    """The text that names a row's record."""
    value = row.get(resource.title)
    return str(value["title"] if isinstance(value, dict) else value or "")[:120] or _("(no name)")


@register.simple_tag
def title_avatar(row: Any, resource: Resource) -> SafeString:
    """Initials for people and companies; for everything else nothing: the noun's icon on every row says nothing."""
    has_face = any(spec.kind in ("email", "phone") for spec in resource.specs.values())
    return cells.avatar(title_of(row, resource)) if has_face else SafeString("")


@register.simple_tag
def may_reveal(resource: Resource, actor: Actor) -> bool:
    """Whether the reader may ask for masked values in full."""
    return permissions.may_reveal(resource, actor)


@register.simple_tag
def sample_mark(is_sample: object) -> SafeString:
    """Says of a row of the sample that it is one."""
    return cells.sample_mark(is_sample)


@register.simple_tag
def here(request: HttpRequest, href: str, is_exact: bool | str = False) -> bool:
    """Whether the reader is at this address or below it."""
    return request.path == href if is_exact else request.path.startswith(href)


@register.simple_tag
def within(request: HttpRequest, nouns: list[Resource]) -> bool:
    """Whether the reader is at a page of one of these nouns."""
    return any(request.path.startswith(reverse("ui:list", args=[one])) for one in nouns)


@register.simple_tag
def line_cell(spec: FieldSpec, line: Any, record: Any, eyes: cells.Sight) -> SafeString:
    """A value of a part's row; money is in the record's currency."""
    return cells.cell(spec, {**line, "currency": line.get("currency") or record.get("currency")}, eyes)


@register.simple_tag
def settings_page(tab: str) -> str:
    """What a page of Settings is called."""
    return page_called(tab)


@register.simple_tag
def settings_menu(actor: Actor) -> list[Group]:
    """What Settings leads to."""
    return menu_of(actor)


@register.simple_tag
def ageing(row: Any, board: Board, limits: Any, column: Any, now: datetime) -> int:
    """For how many days a card has stood too long where it stands; 0 when it has not."""
    limit, days = limits.get(column.key), (now - row[board.since]).days
    return days if limit is not None and days > limit else 0


@register.filter
def card_template(kind: str) -> str:
    """The template of a kind of card."""
    return f"ui/cards/{kind}.html"


@register.filter
def points(value: Any) -> str:
    """Percentage points, one place only where it matters."""
    number = float(value)
    return f"{number:.0f}" if abs(number) >= 10 else f"{number:.1f}"


@register.filter
def as_json(value: Any) -> str:
    """A value as JSON, to be read and sent back by a form."""
    return json.dumps(value, ensure_ascii=False)


@register.filter
def state_tone(state: str) -> str:
    """The tint of a job's state or of what became of a row."""
    tones = {
        "done": "green",
        "failed": "red",
        "undone": "grey",
        "cancelled": "grey",
        "running": "blue",
        "queued": "blue",
        "undoing": "orange",
        "uploaded": "yellow",
        "refused": "red",
        "left_out": "orange",
        "merged": "azure",
        "skipped": "grey",
        "note": "blue",
        "delivered": "green",
        "waiting": "blue",
        "sending": "blue",
        "stopped": "orange",
    }
    return tones.get(str(state), "grey")


def words_of(part: Part) -> tuple[str, list[str]]:
    """The link that says what a part's rows are of, and the texts that stand below it; there may be no such link."""
    link = next((spec.name for spec in part.specs.values() if spec.kind == "link"), "")
    return link, [spec.name for spec in part.specs.values() if link and spec.kind in ("text", "long_text")]


@register.simple_tag
def filled(part: Part, rows: Any) -> list[FieldSpec]:
    """The fields of a part that have a column: those that any row fills, choices only where one is not the usual."""
    link, below = words_of(part)

    def says(spec: FieldSpec) -> bool:
        column: Any = part.model._meta.get_field(spec.name)
        usual = column.get_default() if spec.kind == "choice" else None
        return spec.name == link or any(row.get(spec.name) and row[spec.name] != usual for row in rows or ())

    below += part.beside
    return [spec for name, spec in part.specs.items() if name not in ("position", *below) and says(spec)]


@register.simple_tag
def line_beside(part: Part, line: Any, spec: FieldSpec) -> FieldSpec | None:
    """What stands below a value of a row because it differs from it: the price that was listed."""
    name = next((name for name, over in part.beside.items() if over == spec.name), "")
    is_told = name and line.get(name) and line.get(spec.name) not in (None, line[name])
    return part.specs[name] if is_told else None


@register.simple_tag
def line_words(part: Part, line: Any, spec: FieldSpec) -> str:
    """What a row says in words, below the name of the record that it is of."""
    link, below = words_of(part)
    if spec.name != link:
        return ""
    title = str((line.get(link) or {}).get("title", ""))
    return " · ".join(str(line[name]) for name in below if line.get(name) and str(line[name]) != title)


@register.simple_tag
def line_sums(part: Part, specs: list[FieldSpec], rows: Any) -> dict[str, Any]:
    """What the computed amounts of a part come to, by field."""
    own = {*part.computed} - {*part.beside}
    summed = [spec.name for spec in specs if spec.name in own and spec.kind == "money"]
    return {name: sum(Decimal(str(row[name] or 0)) for row in rows) for name in summed} if len(rows) > 1 else {}


@register.simple_tag
def curve(bins: Any) -> list[tuple[str, str, Any]]:
    """The points of a calibration curve in the drawing's own units."""
    return [(f"{34 + 256 * one['predicted']:.1f}", f"{190 - 180 * one['observed']:.1f}", one) for one in bins]


@register.filter
def iso_day(value: str) -> str:
    """A day that comes as text."""
    return day(date.fromisoformat(value)) if value else ""


@register.filter
def verdict_tone(verdict: str) -> str:
    """The tint of a model's verdict."""
    return {"ok": "green", "no_signal": "yellow", "insufficient_history": "grey"}.get(str(verdict), "grey")


@register.filter
def band_name(band: str) -> str:
    """What people call a risk level."""
    return {"low": _("Low"), "medium": _("Medium"), "high": _("High"), "critical": _("Critical")}.get(band, band)


@register.filter
def rest_of_hundred(share: int) -> int:
    """Where a bar begins, counted from above."""
    return 100 - int(share)


@register.simple_tag
def alike_fields(resource: Resource) -> str:
    """The controls of a form by which duplicates are found, as a selector."""
    names = (resource.title, *resource.alike.shared, *resource.alike.near) if resource.alike else ()
    return ",".join(f"#record-form [name={name}]" for name in names)


@register.simple_tag
def mail_html(markup: str) -> SafeString:
    """The page of a stranger's message, cleaned once more: whatever way it came into the table, nothing of it acts."""
    return SafeString(html_cleaned(markup))


@register.filter
def mail_tone(state: str) -> str:
    """The colour of a message's state."""
    return {"failed": "red", "queued": "blue", "sending": "blue"}.get(state, "grey")
