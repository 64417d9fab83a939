"""Files that Kith made itself: known by the column of its ids, and read by the very rule they were written by."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.utils import translation

from crm.core.actors import SYSTEM
from crm.core.reading import list_query
from crm.core.registry import Resource
from crm.exchange.analysis import EXTERNAL, SKIP
from crm.exchange.exporting.asking import LABELS, NAMES, NO_PARTS, ROWS, Asked, Format
from crm.exchange.exporting.columns import KITH_ID, columns_of
from crm.exchange.reading.layout import header_key


def own_columns(headers: Sequence[str], resource: Resource, places: Sequence[str]) -> dict[int, str]:
    """What each column of a file of ours becomes; computed values are left out, a link is found by its key."""
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
