"""Files that Kith made itself: known by the column of its ids, and read by the very rule they were written by."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.conf import settings
from django.utils import translation

from crm.core.actors import SYSTEM
from crm.core.comparing import EXTERNAL as EXTERNAL_FIELD
from crm.core.reading import list_query
from crm.core.registry import Resource
from crm.exchange.analysis import EXTERNAL, SKIP
from crm.exchange.cleaning.words import in_each_language
from crm.exchange.exporting.asking import LABELS, NAMES, NO_PARTS, OUTSIDE, ROWS, Asked, Format
from crm.exchange.exporting.columns import KITH_ID, columns_of
from crm.exchange.reading.layout import header_key
from crm.exchange.reading.rows import Cell, shown

OWN_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
LOOKED_UP, MOST_SOURCE = 50, 40


def own_columns(
    headers: Sequence[str], samples: Sequence[Sequence[Cell]], resource: Resource, places: Sequence[str]
) -> dict[int, str]:
    """What each column of a file of ours becomes; computed values are left out, a link is found by its key."""
    outside = [at for at, header in enumerate(headers) if source_of(header)]
    found = own_fields(headers, resource, places)
    ids = next((at for at, path in found.items() if path == EXTERNAL), None)
    if outside and (ids is None or not are_here(samples[ids], resource)):  # by what another system calls them
        found |= {ids: SKIP} if ids is not None else {}
        return found | {at: EXTERNAL if at == outside[0] else SKIP for at in outside}
    return found | dict.fromkeys(outside, SKIP)


def source_of(header: str) -> str:
    """The system whose numbers a column of a file of ours holds, if it does."""
    begins = [OUTSIDE, *(f"{label}:" for label in in_each_language(EXTERNAL_FIELD.label))]
    return next((header[len(one) :].strip() for one in begins if header.startswith(one)), "")[:MOST_SOURCE]


def are_here(cells: Sequence[Cell], resource: Resource) -> bool:
    """Whether our own ids in a file are those of records of this company."""
    ids = [cell for cell in map(shown, cells) if OWN_ID.fullmatch(cell)][:LOOKED_UP]
    return bool(ids) and resource.model._default_manager.filter(pk__in=ids).exists()


def own_fields(headers: Sequence[str], resource: Resource, places: Sequence[str]) -> dict[int, str]:
    """The columns that an export writes under the names of fields, and that of our ids."""
    keys = [header_key(header) for header in headers]
    names = own_names(resource) if set(keys) & own_ids() else {}
    found = {at: names[key] for at, key in enumerate(keys) if key in names}
    surer = {name.rpartition(".")[0] for name in found.values() if name in places and "." in name}
    chosen: dict[int, str] = {}
    for at, name in found.items():
        path = EXTERNAL if name == KITH_ID else name if name in places and name not in surer else SKIP
        chosen[at] = SKIP if path in chosen.values() else path
    return chosen


def own_ids() -> set[str]:
    """The headers of the column of ids, in every language."""
    return {header_key(KITH_ID), *(header_key(label) for label in labels_of_id())}


def labels_of_id() -> list[str]:
    """Its label in every language."""
    found = []
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            found.append(translation.gettext("Kith ID"))
    return found


def own_names(resource: Resource) -> dict[str, str]:
    """Every header that an export of this noun can have, with the column's name."""
    query = list_query(resource, {}, actor=SYSTEM)
    found: dict[str, str] = {}
    for code, _name in settings.LANGUAGES:
        for headers in (NAMES, LABELS):
            asked = Asked(
                resource.label,
                Format.CSV,
                columns=query.fields,
                parts=ROWS if resource.parts else NO_PARTS,
                headers=headers,
                language=code,
            )
            with translation.override(code):
                for column in columns_of(asked, query):
                    found.setdefault(header_key(column.header), column.name)
    return found
