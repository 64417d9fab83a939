"""Targets: what they are called, and that there is one of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from crm.core.actors import Actor
from crm.core.errors import Problem
from crm.core.registry import Row
from crm.sales.models import MeasureName, Span, Target
from crm.sales.services.periods import Period, period_at

SAME = ("kind", "measure", "person", "team", "product_category", "period", "starts_on")


def target_name(measure: str, period: Period, category: str) -> str:
    """`Deals won, Q1 2026`."""
    words = [str(MeasureName(measure).label), category, period.label]
    return pgettext("name", ", ").join(word for word in words if word)[:200]


def name_of(row: Row) -> str:
    """The name that is made of a target's values."""
    return target_name(row["measure"], period_at(row["period"], row["starts_on"]), row["product_category"])


def targets_follow(rows: Mapping[int, Row], was: Mapping[int, Row]) -> Iterator[tuple[int, str, Problem]]:
    """Refuse a second target for the same people, measure and period, and one for a person and a team at once."""
    wanted: dict[tuple[Any, ...], int] = {}
    for at, row in rows.items():
        defaults_take(row)
        if row["person"] and row["team"]:
            yield at, "team", Problem("one_of", _("Name a person or a team, not both."))
        key = key_settled(row, was.get(at))
        if key in wanted:
            yield at, "starts_on", again()
        if key is not None:
            wanted.setdefault(key, at)
    starts = {key[-1] for key in wanted}
    others = Target.objects.filter(deleted_at=None, is_sample=False, starts_on__in=starts)  # the sample's bind nobody
    stored = others.values_list(*SAME) if wanted else ()
    yield from ((wanted[key], "starts_on", again()) for key in stored if key in wanted)


def defaults_take(row: Row) -> None:
    """A choice that was left open is the usual one."""
    usual = {"kind": Target.Kind.TARGET, "measure": MeasureName.WON_VALUE, "period": Span.QUARTER}
    row.update({name: str(value) for name, value in usual.items() if not row[name]})


def key_settled(row: Row, was: Row | None) -> tuple[Any, ...] | None:
    """What no other target may have, where that is new; a name that was made, not given, is made anew."""
    if was is not None and row["name"] == name_of(was):
        row["name"] = ""
    if row["starts_on"] is None:
        return None
    row["starts_on"] = period_at(row["period"], row["starts_on"]).first
    return None if was is not None and key_of(was) == key_of(row) else key_of(row)


def key_of(row: Row) -> tuple[Any, ...]:
    """What makes two targets the same."""
    return tuple(row[name] for name in SAME)


def again() -> Problem:
    """The refusal of a second one."""
    return Problem("not_unique", _("There is one for the same people, measure and period already."))


def author_of(actor: Actor) -> UUID | None:
    """The person who writes; programs and the system are none."""
    return actor.person if actor.kind in ("user", "app") else None
