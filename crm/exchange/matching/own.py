"""Files that Kith made itself: known by the column of its ids, and read by the very rule they were written by."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from django.conf import settings
from django.utils import translation

from crm.core.actors import SYSTEM
from crm.core.comparing import EXTERNAL as EXTERNAL_FIELD
from crm.core.outside import is_source
from crm.core.reading import list_query
from crm.core.registry import Resource
from crm.exchange.analysis import EXTERNAL, NAMED, SKIP
from crm.exchange.cleaning.words import in_each_language
from crm.exchange.exporting.asking import ID, LABELS, NAMES, NO_PARTS, OUTSIDE, ROWS, Asked, Format
from crm.exchange.exporting.columns import KITH_ID, columns_of
from crm.exchange.reading.layout import header_key
from crm.exchange.reading.rows import Cell, shown

OWN_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
LOOKED_UP = 50
LeftOut = tuple[int, str, dict[str, str]]  # the column, why, and what is said of it
SURE = 3  # columns of values that only we reckon


def own_columns(
    headers: Sequence[str], samples: Sequence[Sequence[Cell]], resource: Resource, places: Sequence[str]
) -> dict[int, str]:
    """What each column of a file of ours becomes; computed values are left out, a link is found by its key."""
    found = own_fields(headers, samples, resource, places)
    outside: dict[int, str] = {}
    for at, header in enumerate(headers):
        if (source := source_of(header)) and NAMED + source not in outside.values():
            outside[at] = NAMED + source
    ids = next((at for at, path in found.items() if path == EXTERNAL), None)
    most = max((len(samples[at]) for at in outside), default=0)
    if ids is not None and most >= len(samples[ids]) and not are_here(samples[ids], resource):
        found[ids] = SKIP  # another system has a number for each, by which they are known wherever they come from
    return found | outside


def left_out(headers: Sequence[str], chosen: Mapping[int, str], resource: Resource) -> list[LeftOut]:
    """The columns of a file of ours that an import does not take, with why: said before anything is stored."""
    parts = {part.name for part in resource.parts}
    left = [at for at, header in enumerate(headers) if chosen.get(at) == SKIP and header in parts]
    return [(at, "parts_inside", {"value": headers[at]}) for at in left]


def source_of(header: str) -> str:
    """The system whose numbers a column of a file of ours holds, if it does."""
    begins = [OUTSIDE, *(f"{label}:" for label in in_each_language(EXTERNAL_FIELD.label))]
    source = next((header[len(one) :].strip() for one in begins if header.startswith(one)), "")
    return source if is_source(source) else ""


def sources_of(headers: Iterable[str], paths: Iterable[str]) -> list[str]:
    """The systems that a file names, by its headers or by what was chosen for its columns."""
    chosen = [path.removeprefix(NAMED) for path in paths if path.startswith(NAMED)]
    return [source for source in dict.fromkeys((*map(source_of, headers), *chosen)) if source]


def are_here(cells: Sequence[Cell], resource: Resource) -> bool:
    """Whether our own ids in a file are those of records of this company."""
    ids = [cell for cell in map(shown, cells) if OWN_ID.fullmatch(cell)][:LOOKED_UP]
    return bool(ids) and resource.model._default_manager.filter(pk__in=ids).exists()


def own_fields(
    headers: Sequence[str], samples: Sequence[Sequence[Cell]], resource: Resource, places: Sequence[str]
) -> dict[int, str]:
    """The columns that an export writes under the names of fields, and that of our ids."""
    keys = [header_key(header) for header in headers]
    names = own_names(resource)
    if ID in headers and all(OWN_ID.fullmatch(shown(cell)) for cell in samples[headers.index(ID)]):
        names[ID] = KITH_ID  # as files for programs call it
    if not is_ours(headers, samples, resource, {key: name for key, name in names.items() if name not in places}, names):
        return {}
    found = {at: names[key] for at, key in enumerate(keys) if key in names}
    surer = {name.rpartition(".")[0] for name in found.values() if name in places and "." in name}
    chosen: dict[int, str] = {}
    for at, name in found.items():
        path = EXTERNAL if name == KITH_ID else name if name in places and name not in surer else SKIP
        chosen[at] = SKIP if path in chosen.values() else path
    return chosen


def is_ours(
    headers: Sequence[str],
    samples: Sequence[Sequence[Cell]],
    resource: Resource,
    reckoned: Mapping[str, str],
    names: Mapping[str, str],
) -> bool:
    """Whether we wrote a file: it has our ids or other systems' numbers as we write them, or no header but ours."""
    keys = {header_key(header) for header in headers}
    if keys & own_ids() or any(map(source_of, headers)):
        return True
    if names.get(ID) == KITH_ID and (keys <= names.keys() or are_here(samples[headers.index(ID)], resource)):
        return True
    return keys <= names.keys() and len(keys & reckoned.keys()) >= SURE


def own_ids() -> set[str]:
    """The headers of the column of ids, in every language."""
    return {header_key(KITH_ID), *(header_key(label) for label in labels_of_id())}


def labels_of_id() -> list[str]:
    """Its label in every language."""
    found = []
    for code, _language in settings.LANGUAGES:
        with translation.override(code):
            found.append(translation.gettext("Kith ID"))
    return found


def own_names(resource: Resource) -> dict[str, str]:
    """Every header that an export of this noun can have, with the column's name."""
    query = list_query(resource, {}, actor=SYSTEM)
    found: dict[str, str] = {}
    for code, _language in settings.LANGUAGES:
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
    for part in resource.parts:
        found.setdefault(header_key(part.name), part.name)  # inside of its record, in files for programs
    return found
