"""What sold products cost at the time of the sale."""

from __future__ import annotations

from collections.abc import Mapping

from crm.core.registry import Row
from crm.sales.models import Product
from crm.sales.services.rates import Rates, day_in

Lines = Mapping[int, list[Row]]


def costs_take(rows: Mapping[int, Row], lines: Lines, before: Lines) -> None:
    """Lines that name no cost keep the one they had, or else take the product's of today, in the order's currency."""
    lacking = [
        (at, line)
        for at, own in lines.items()
        for line in own
        if line["unit_cost"] is None and line["product"] is not None
    ]
    if not lacking:
        return
    found = Product.objects.filter(pk__any_of={line["product"] for _at, line in lacking})
    today = {pk: (cost, own) for pk, cost, own in found.values_list("pk", "unit_cost", "currency") if cost is not None}
    rates = Rates(own for _cost, own in today.values())
    for at, line in lacking:
        had = [old["unit_cost"] for old in before.get(at, ()) if old["product"] == line["product"]]
        if had and had[0] is not None:
            line["unit_cost"] = had[0]
        elif line["product"] in today:
            cost = rates.exchanged(*today[line["product"]], rows[at], day_in(rows[at]["ordered_at"]))
            line["unit_cost"] = None if cost is None else round(cost, 4)
