"""What cleaning changes, as steps that can be counted, shown with examples, and switched off one by one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from crm.core.specs import FieldSpec
from crm.exchange.cleaning.cells import CONTROL, Bad, Clean, Mended, text_of
from crm.exchange.reading.rows import Cell, shown

EXAMPLES = 3
LABELS: Mapping[str, str | Promise] = {
    "phone": _("Phone numbers in one spelling, second ones apart"),
    "contact": _("Addresses in one spelling, second ones apart"),
    "number": _("Numbers freed of signs, units and separators"),
    "date": _("Dates in one spelling"),
    "word": _("Words read as one of the choices"),
    "tags": _("Several words taken apart"),
    "text": _("Spaces and odd characters tidied"),
    "total_row": _("Totals left out"),
    "footer_row": _("Lines below the table left out"),
    "repeated_header": _("Repeated headers left out"),
}
STEPS = {
    "phone": "phone",
    "email": "contact",
    "url": "contact",
    **dict.fromkeys(("number", "money", "percent", "integer"), "number"),
    **dict.fromkeys(("date", "moment"), "date"),
    **dict.fromkeys(("choice", "yes_no", "country", "currency", "language"), "word"),
    "choices": "tags",
}
ROW_STEPS = ("total_row", "footer_row", "repeated_header")
READ_ALREADY = {"number": (int, float), "date": (date, time)}

Values = Callable[[Sequence[Cell]], Sequence[Any]]  # what becomes of cells


@dataclass
class Seen:
    """How often a step was taken, and what it did."""

    count: int = 0
    examples: list[tuple[str, str]] = field(default_factory=list)


def step_of(spec: FieldSpec) -> str:
    """The step that a field's cleaner takes."""
    return STEPS.get(spec.items or spec.kind, "text")


def key_of(spec: FieldSpec, position: int) -> str:
    """Under which name a column's step is switched off."""
    return f"{step_of(spec)}:{position}"


def is_step(key: str) -> bool:
    """Whether something can be switched off under this name."""
    step, colon, position = key.partition(":")
    return position.isdecimal() and step in {*STEPS.values(), "text"} if colon else key in ROW_STEPS


def after(value: Any, spec: FieldSpec) -> str:
    """A cleaned value as people read it."""
    plain = value.value if isinstance(value, Mended) else value
    if isinstance(plain, datetime):
        return plain.strftime("%Y-%m-%d %H:%M")
    if isinstance(plain, Decimal):
        return format(plain.normalize() if plain else plain, "f")
    labels = {code: str(label) for code, label in spec.choices}
    if isinstance(plain, (list, tuple)):
        return " | ".join(labels.get(one, str(one)) for one in plain)
    return labels.get(plain, str(plain)) if isinstance(plain, str) else str(_("Yes") if plain is True else plain)


def is_changed(cell: Cell, value: Any, spec: FieldSpec) -> bool:
    """Whether cleaning made something else of a cell; what the spreadsheet itself knows as a date is one."""
    if cell in ("", None) or value is None or isinstance(value, Bad):
        return False
    if cell == value and isinstance(cell, str) and not spec.choices:
        return False
    step = step_of(spec)
    if isinstance(value, Mended):
        return True
    return not isinstance(cell, READ_ALREADY.get(step, ())) and after(value, spec) != shown(cell)


def look(found: Seen, cells: Iterable[Cell], values: Values, spec: FieldSpec) -> None:
    """Count the changes among some cells."""
    counts = Counter(cells)
    for (cell, times), value in zip(counts.items(), values(list(counts)), strict=True):
        if (value is not cell or spec.choices) and is_changed(cell, value, spec):
            found.count += times
            if len(found.examples) < EXAMPLES:
                found.examples.append((shown(cell)[:60], after(value, spec)[:60]))


def as_written(clean: Clean, spec: FieldSpec) -> Clean:
    """A cleaner that changes nothing: what would have to be changed goes into notes as it stands, texts stay."""

    def kept(cell: Cell) -> Any:
        value = clean(cell)
        if not is_changed(cell, value, spec):
            return value
        if step_of(spec) == "text":
            return re.sub(r"\s*\n\s*", " ", CONTROL.sub("", text_of(cell)))
        return Mended(None, "as_written", {"value": shown(cell)[:100]}, shown(cell))

    return kept
