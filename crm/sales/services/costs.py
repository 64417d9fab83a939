"""What sold products cost at the time of the sale."""

from __future__ import annotations

from collections.abc import Mapping

from crm.core.registry import Row
from crm.sales.models import Product

Lines = Mapping[int, list[Row]]


def costs_take(lines: Lines, before: Lines) -> None:
    """Lines that name no cost keep the one they had, or else take the product's of today."""
    lacking = [
        (at, index, row["product"])
        for at, rows in lines.items()
        for index, row in enumerate(rows)
        if row["unit_cost"] is None and row["product"] is not None
    ]
    if not lacking:
        return
    products = {product for _at, _index, product in lacking}
    today = dict(Product.objects.filter(pk__any_of=products).values_list("pk", "unit_cost"))
    for at, index, product in lacking:
        had = [old["unit_cost"] for old in before.get(at, ()) if old["product"] == product]
        cost = had[0] if had and had[0] is not None else today.get(product)
        if cost is not None:
            lines[at][index]["unit_cost"] = cost
