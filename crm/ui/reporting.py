"""The form of a report as the address says it: out of a definition, and back into one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _

from analytics.models import SavedReport
from analytics.reports.asking import MOST_MEASURES, noun_of, part_of
from analytics.reports.grouping import PERIODS
from analytics.reports.keeping import Opened
from analytics.reports.offering import TIMES, Offered, groupings_offered, links_of, measures_offered, times_offered
from analytics.reports.ready import Definition
from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.permissions import parts_shown
from crm.core.registry import Resource, registry
from crm.ui.builder import Builder, builder_of, tree_of
from crm.ui.conditions import field_at, tree_read, written

NEW = "new"
GROUPS = ("row", "then", "column")
KEPT = ("ordering", "limit", "samples")
NAMES = frozenset({"object", *GROUPS, *(f"{one}_by" for one in GROUPS), "measure", "where", "chart", "day", *KEPT})
CHART_ICONS = {
    "bar": "chart-bar", "stacked": "chart-histogram", "line": "chart-line", "pie": "chart-donut",
    "funnel": "chart-funnel", "number": "number-123", "table": "table",
}  # fmt: skip


@dataclass(frozen=True)
class Grouped:
    """The controls of one grouping."""

    name: str
    label: str
    field: str
    by: str
    is_time: bool


@dataclass(frozen=True)
class Form:
    """All controls of a report."""

    subject: str
    subjects: Sequence[tuple[str, str]]
    groups: Sequence[Grouped]
    fields: Sequence[tuple[str, Offered]]
    periods: Sequence[tuple[str, str]]
    measures: Sequence[tuple[str, str]]  # as chosen, with the label of one that a program wrote
    offered: Sequence[tuple[str, Offered]]
    charts: Sequence[tuple[str, str, str]]
    chart: str
    days: Offered
    day: str
    builder: Builder
    kept: Sequence[tuple[str, str]]
    may_measure: bool


def period_labels() -> list[tuple[str, str]]:
    """What periods are called."""
    labels = [_("by day"), _("by week"), _("by month"), _("by quarter"), _("by year")]
    return list(zip(PERIODS, labels, strict=True))


def nouns_offered(actor: Actor) -> list[Resource]:
    """The nouns to make reports of, those of daily work first."""
    seen = [one for one in registry if actor.may(one.permission("view"))]
    return sorted(seen, key=lambda one: (not one.in_navigation, str(one.name_plural).casefold()))


def subjects_offered(actor: Actor) -> list[tuple[str, str]]:
    """What reports can be about: nouns, and after each the parts that its records have."""
    found = []
    for noun in nouns_offered(actor):
        found.append((noun.slug, str(noun.name_plural)))
        for part in parts_shown(noun, actor):
            if links_of(part):
                found.append((f"{noun.slug}.{part.name}", f"{noun.name_plural} · {part.label}"))
    return found


def subject_of(definition: Definition, noun: Resource) -> str:
    """What a report is about, as the address says it: `orders`, `orders.lines`."""
    return f"{noun.slug}.{definition['part']}" if definition.get("part") else noun.slug


def is_asked(data: QueryDict) -> bool:
    """Whether an address says a report of its own."""
    return "object" in data


def opened_of(data: QueryDict, base: Opened | None) -> Opened:
    """The report that an address says, under the name of the one it came from."""
    slug, _dot, part = str(data.get("object", "")).partition(".")
    noun = noun_of(slug)
    rows = [one for one in (grouping_of(noun, data, name) for name in ("row", "then")) if one]
    measures = [measure_of(one) for one in dict.fromkeys(data.getlist("measure")) if one]
    tree = tree_of(noun, data) if any(key.startswith("w-") for key in data) else tree_read(str(data.get("where", "")))
    asked: Definition = {"object": noun.label, "rows": rows, "measures": measures}
    asked |= {"part": part} if part else {}
    if column := grouping_of(noun, data, "column"):
        asked["column"] = column
    asked |= {"where": tree} if tree else {}
    asked |= {name: json_read(str(data[name])) for name in KEPT if data.get(name)}
    chart, day = str(data.get("chart", "")) or "bar", str(data.get("day", ""))
    if chart not in SavedReport.Chart.values:
        raise CrmError("bad_value", _("There is no such chart."), field="chart", allowed=SavedReport.Chart.values)
    if base is None:
        return Opened(NEW, "", chart, day, asked)
    return Opened(base.key, base.name, chart, day, asked, base.saved)


def grouping_of(noun: Resource, data: QueryDict, name: str) -> dict[str, str] | None:
    """One grouping; days are put together by month unless said otherwise."""
    field = str(data.get(name, ""))
    if not field:
        return None
    found = field_at(noun, field)
    if found is None or found[1].kind not in TIMES:
        return {"field": field}
    by = str(data.get(f"{name}_by", ""))
    return {"field": field, "by": by if by in PERIODS else "month"}


def measure_of(text: str) -> dict[str, Any]:
    """One measure: `count`, `sum:amount_home`, or as a program wrote it."""
    if text.startswith("{"):
        found = json_read(text)
        return found if isinstance(found, dict) else {}
    of, _sep, field = text.partition(":")
    return {"of": of, "field": field} if field else {"of": of}


def json_read(text: str) -> Any:
    """A value out of the address; what is none is told by the engine."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def measure_text(measure: dict[str, Any]) -> str:
    """One measure as the address says it."""
    if set(measure) <= {"of", "field"} and measure.get("of") != "share":
        return f"{measure['of']}:{measure['field']}" if measure.get("field") else str(measure["of"])
    return written(measure)


def params_of(opened: Opened) -> list[tuple[str, str]]:
    """A report as the parameters of its address."""
    asked, found = opened.definition, [("object", subject_of(opened.definition, opened.noun))]
    rows = list(asked.get("rows") or [])
    for name, one in zip(GROUPS, [*[*rows, None, None][:2], asked.get("column")], strict=True):
        if one:
            found += [(name, one["field"]), *([(f"{name}_by", one["by"])] if one.get("by") else [])]
    found += [("measure", measure_text(one)) for one in asked.get("measures") or []]
    found += [("where", written(asked["where"]))] if asked.get("where") else []
    found += [(name, json.dumps(asked[name])) for name in KEPT if asked.get(name) is not None]
    return [*found, ("chart", opened.chart), *([("day", opened.day)] if opened.day else [])]


def query_of(opened: Opened) -> str:
    """The same, written out."""
    return urlencode(params_of(opened))


def form_of(opened: Opened, actor: Actor) -> Form:
    """The controls, filled in."""
    noun, asked, given = opened.noun, opened.definition, dict(params_of(opened))
    labels = {"row": _("Group by"), "then": _("then by"), "column": _("Split by")}
    groups = []
    for name in GROUPS:
        found = field_at(noun, given[name]) if given.get(name) else None
        is_time = found is not None and found[1].kind in TIMES
        groups.append(Grouped(name, labels[name], given.get(name, ""), given.get(f"{name}_by", ""), is_time))
    texts = [(measure_text(one), measure_label(one)) for one in asked.get("measures") or [{"of": "count"}]]
    charts = [(str(value), str(label), CHART_ICONS[str(value)]) for value, label in SavedReport.Chart.choices]
    kept = [(name, given[name]) for name in KEPT if name in given]
    part = part_of(noun, asked.get("part"), actor)
    return Form(
        given["object"], subjects_offered(actor), groups, groupings_offered(noun, actor, part), period_labels(), texts,
        measures_offered(noun, actor, part), charts, opened.chart, times_offered(noun, actor), opened.day,
        builder_of(noun, asked.get("where"), actor), kept, len(texts) < MOST_MEASURES,
    )  # fmt: skip


def measure_label(measure: dict[str, Any]) -> str:
    """What a measure that a program wrote is called in the form."""
    return str(measure.get("label") or measure.get("name") or "") if measure_text(measure).startswith("{") else ""
