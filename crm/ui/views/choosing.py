"""The form of the mapping page: what can be chosen about a file, and what was."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.registry import Resource, registry
from crm.exchange.analysis import CREATE, EXTERNAL, ROW, Analysis, Choices
from crm.exchange.engine.recipe import is_named
from crm.exchange.growing import kinds_offered
from crm.exchange.matching.targets import Place
from crm.exchange.reading.delimited import DELIMITERS
from crm.exchange.reading.encoding import ENCODINGS

MARKS = {"tab": "\t", "comma": ",", "semicolon": ";", "bar": "|"}


def choices_of(data: Mapping[str, str]) -> Choices | None:
    """What the person settled; nothing on the first look. What was settled for other columns is forgotten with them."""
    if "sheet" not in data:
        return None
    header = str(data.get("header_row", ""))
    sheet = str(data["sheet"])
    found = Choices(
        sheet=int(sheet) if sheet.isascii() and sheet.isdecimal() and len(sheet) < 9 else 0,
        header_row=int(header) if header.isascii() and header.isdecimal() and len(header) < 9 else None,
        mode=str(data.get("mode", "both")),
        create_links="create_links" in data,
        encoding=str(data.get("encoding", "")),
        delimiter=MARKS.get(str(data.get("delimiter", "")), ""),
    )
    seen = data.get("seen", "")
    if seen and seen != seen_of(found):
        is_other_table = seen.split(" ")[0] != seen_of(found).split(" ")[0]
        found.header_row = None if is_other_table else found.header_row
        return found
    found.targets, found.answers = numbered(data, "target"), numbered(data, "answer")
    found.values, found.source = values_of(data), str(data.get("source", "")).strip()
    found.constants = {
        name.partition("-")[2]: value for name, value in data.items() if name.startswith("every-") and value
    }
    found.links = {at: how for at, how in numbered(data, "link").items() if how}
    found.kinds = {at: kind for at, kind in numbered(data, "kind").items() if kind}
    found.off = tuple(key for key in data.get("steps", "").split() if f"step-{key}" not in data)
    return found


def numbered(data: Mapping[str, str], kind: str) -> dict[int, str]:
    """The values of fields that carry a column's position in their names."""
    found = {}
    for name, value in data.items():
        word, _dash, position = name.partition("-")
        if word == kind and position.isascii() and position.isdecimal() and len(position) < 9:
            found[int(position)] = str(value)
    return found


def values_of(data: Mapping[str, str]) -> dict[int, dict[str, str]]:
    """What people say that unknown words mean: `said-3-0` is a word of the column at 3, `means-3-0` its meaning."""
    found: dict[int, dict[str, str]] = {}
    for name, text in data.items():
        word, _dash, place = name.partition("-")
        at, means = place.partition("-")[0], str(data.get(f"means-{place}", "")).strip()
        if word == "said" and means and at.isascii() and at.isdecimal() and len(at) < 9:
            found.setdefault(int(at), {})[str(text)] = means
    return found


def words_of(analysis: Analysis, settled: Choices) -> list[dict[str, Any]]:
    """The words that nobody knows, with what is settled for each."""
    headers = {column.position: column.header for column in analysis.columns}
    places = ((f"{one.column}-{at}", one) for at, one in enumerate(analysis.values))
    return [
        {
            "place": place,
            "guess": one,
            "header": headers.get(one.column, ""),
            "means": settled.values.get(one.column, {}).get(one.value, ""),
        }
        for place, one in places
    ]


def every_row(analysis: Analysis, settled: Choices, resource: Resource) -> list[dict[str, Any]]:
    """Choices that no column fills: what all rows may say alike."""
    filled = filled_by(analysis, settled)
    kinds = {target.path: target for target in analysis.targets if target.kind == "choice" and "." not in target.path}
    title = resource.specs[resource.title]
    called = {"path": title.name, "label": title.label, "value": settled.constants.get(title.name, ""), "is_text": True}
    return [called] * is_nameless(resource, filled) + [
        {
            "path": path,
            "label": one.label,
            "choices": resource.specs[path].choices,
            "value": settled.constants.get(path),
        }
        for path, one in kinds.items()
        if path not in filled and path in resource.specs
    ]


def filled_by(analysis: Analysis, settled: Choices) -> set[str]:
    """What the columns fill."""
    return {settled.targets.get(one.position, one.target) for one in analysis.columns}


def is_nameless(resource: Resource, filled: Collection[str]) -> bool:
    """Whether nothing in the file says what a record is called, though it must be called something."""
    is_needed = resource.title in resource.required and resource.specs[resource.title].kind == "text"
    return is_needed and resource.title not in filled and not is_named(resource, filled)


def proposed(analysis: Analysis, resource: Resource) -> Choices:
    """What is proposed; records that nothing in the file names are called by the noun and their row."""
    found = replace(analysis.proposal(), create_links=True)
    if is_nameless(resource, filled_by(analysis, found)):
        found.constants = {resource.title: f"{resource.name} {ROW}"} | found.constants
    return found


def linking(
    settled: Choices, position: int, place: Place | None, actor: Actor
) -> tuple[str, list[tuple[str, str]]] | None:
    """What becomes of what a column points at and nobody knows, and what else could; nothing where it is no link."""
    if place is None or not place.link:
        return None
    may_make = bool(place.target) and actor.may(registry[place.target].permission("add"))
    ways = [("create", _("add it")), ("empty", _("leave the field empty")), ("refuse", _("do not store the row"))]
    unoffered = {*([] if may_make else ["create"]), *(["empty"] if place.spec.required else [])}
    offered = [(how, text) for how, text in ways if how not in unoffered]
    usual = "create" if settled.create_links else "empty" if place.part or not place.target else "refuse"
    chosen = settled.links.get(position, usual)
    return chosen if chosen in dict(offered) else offered[0][0], offered


def seen_of(choices: Choices) -> str:
    """What the columns hang on: another sheet, encoding, separator or header row makes other columns."""
    header = "" if choices.header_row is None else choices.header_row
    return f"{choices.sheet}:{choices.encoding}:{ord(choices.delimiter or ' ')} {header}"


def offered(analysis: Analysis, settled: Choices) -> dict[str, Any]:
    """What the form says about the reading of the file."""
    settled.header_row = analysis.header_row
    names = {"tab": _("Tab"), "comma": _("Comma"), "semicolon": _("Semicolon"), "bar": _("Bar |")}
    return {
        "choices": settled,
        "words": words_of(analysis, settled),
        "kinds": kinds_offered(),
        "creating": CREATE,
        "row_mark": ROW,
        "external": EXTERNAL,
        "seen": seen_of(settled),
        "encodings": [(name, name.upper()) for name in ENCODINGS] if analysis.encoding else [],
        "delimiters": [(name, text) for name, text in names.items() if MARKS[name] in DELIMITERS]
        if analysis.delimiter
        else [],
        "delimiter": next((name for name, mark in MARKS.items() if mark == settled.delimiter), ""),
        "delimiter_found": names.get(next((n for n, mark in MARKS.items() if mark == analysis.delimiter), ""), ""),
        "steps": " ".join(step.key for step in analysis.steps),
        "good": analysis.rows - analysis.refused - analysis.skipped,
    }
