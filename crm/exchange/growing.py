"""Columns that become fields of the tenant's own: which kind fits what stands in them, and making them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from crm.core.actors import Actor
from crm.core.customising.services import Declaration, custom_field_create
from crm.core.errors import CrmError
from crm.core.models import CustomField
from crm.exchange.analysis import CREATE, NOTES, SKIP, Choices
from crm.exchange.cleaning.cells import ODD_TYPES, Clean, text_of
from crm.exchange.cleaning.columns import Surroundings
from crm.exchange.cleaning.contacts import email_cleaner, phone_cleaner, url_cleaner
from crm.exchange.cleaning.dates import date_cleaner
from crm.exchange.cleaning.numbers import number_cleaner
from crm.exchange.cleaning.words import yes_no_cleaner
from crm.exchange.engine.blocks import Layout
from crm.exchange.reading.rows import Cell

MOST_CHOICES, FEW_CELLS, LONG, LONGEST_LABEL, LONGEST_CHOICE = 12, 20, 120, 80, 80
SAMPLES, MOST_DISTINCT = 200, 1000
OFFERED = ("text", "long_text", "integer", "number", "money", "yes_no", "date", "choice", "url", "email", "phone")


def kinds_offered() -> list[tuple[str, str]]:
    """The kinds that a column can become, in words."""
    labels = {str(value): str(label) for value, label in CustomField.Kind.choices}
    return [(kind, labels[kind]) for kind in OFFERED]


def kind_of(cells: Sequence[Cell], around: Surroundings) -> str:
    """The narrowest kind that takes every one of these cells."""
    found = [cell for cell in cells if cell not in ("", None)]
    tries: tuple[tuple[str, Clean], ...] = (
        ("yes_no", yes_no_cleaner()),
        ("integer", number_cleaner("integer")),
        ("number", number_cleaner("number")),
        ("date", date_cleaner("date", around.order, around.zone)),
        ("email", email_cleaner()),
        ("url", url_cleaner()),
        ("phone", phone_cleaner(around.region)),
    )
    if not found:
        return "text"
    kind = next((kind for kind, clean in tries if takes(clean, found)), "")
    return kind or text_kind([text_of(cell).strip() for cell in found])


def takes(clean: Clean, cells: Iterable[Cell]) -> bool:
    """Whether a cleaner makes a value of each cell, without a word."""
    values = (clean(cell) for cell in cells)
    return all(value is not None and not isinstance(value, ODD_TYPES) for value in values)


def text_kind(texts: Sequence[str]) -> str:
    """A choice where a few words come again and again, else text of some length."""
    words = set(texts)
    if len(texts) >= FEW_CELLS and len(words) <= MOST_CHOICES and max(map(len, words)) <= LONGEST_CHOICE:
        return "choice"
    return "long_text" if max(map(len, texts)) > LONG else "text"


def without_new(choices: Choices, rest: str) -> Choices:
    """The choices while the new fields are not there yet: their columns are notes."""
    if CREATE not in choices.targets.values():
        return choices
    return replace(choices, targets={at: rest if path == CREATE else path for at, path in choices.targets.items()})


def rest_of(notes: str) -> str:
    """Where a column without a field goes."""
    return NOTES if notes else SKIP


def fields_created(label: str, choices: Choices, layout: Layout, *, around: Surroundings, actor: Actor) -> Choices:
    """Make the fields that were asked for, and point the columns at them."""
    wanted = [at for at, path in choices.targets.items() if path == CREATE and at < len(layout.header)]
    if not wanted:
        return choices
    first, distinct = seen_cells(layout, wanted)
    made: dict[int, str] = {}
    for at in wanted:
        kind = choices.kinds.get(at) or kind_of(first[at], around)
        words = list(dict.fromkeys(text_of(cell).strip()[:LONGEST_CHOICE] for cell in distinct[at]))
        more: Declaration = {"choices": words} if kind == "choice" else {}
        name = layout.header[at][:LONGEST_LABEL]
        try:
            made[at] = custom_field_create(label, actor=actor, label_text=name, kind=kind, **more).name
        except CrmError as refusal:
            raise CrmError(refusal.code, f"{name}: {reason_of(refusal)}", status=422) from refusal
    return replace(choices, targets=choices.targets | made)


def reason_of(refusal: CrmError) -> str:
    """The first of the reasons, or the refusal itself."""
    errors = refusal.details.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    return str(first["message"] if isinstance(first, Mapping) else getattr(first, "message", None) or refusal.message)


def seen_cells(layout: Layout, columns: Sequence[int]) -> tuple[dict[int, list[Cell]], dict[int, dict[Cell, None]]]:
    """The first filled cells of some columns, and every distinct one (up to a limit) in order."""
    first: dict[int, list[Cell]] = {at: [] for at in columns}
    distinct: dict[int, dict[Cell, None]] = {at: {} for at in columns}
    for block in layout.blocks():
        for at in columns:
            cells = [cell for cell in block.columns[at] if cell not in ("", None)]
            first[at] += cells[: SAMPLES - len(first[at])]
            if len(distinct[at]) < MOST_DISTINCT:
                distinct[at].update(dict.fromkeys(cells))
    return first, distinct
