"""The page of sales by product: what each category and each product in it brought in a period."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, F, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from crm.core.actors import Actor
from crm.core.figures import Behind, Cell, Column, Figures, Line, Table, every_figures
from crm.core.permissions import fields_permit, is_hidden, permit, visible
from crm.core.registry import registry
from crm.sales.figures.results import PERIOD
from crm.sales.models import MeasureName, OrderLine, Product
from crm.sales.services.periods import Period, period_read
from crm.sales.services.results import MEASURES

MOST = 200  # products that are told one by one; the others of a category are in its sum
COLUMNS = (
    Column("revenue", gettext_lazy("Revenue"), "money"),
    Column("share", gettext_lazy("Share"), "percent", is_bar=True),
    Column("margin", gettext_lazy("Margin"), "money"),
    Column("quantity", gettext_lazy("Quantity")),
    Column("lines", pgettext_lazy("orders", "Lines")),
)


@dataclass(frozen=True)
class Sold:
    """What some lines of orders came to, in the tenant's own currency."""

    revenue: Decimal = Decimal(0)
    margin: Decimal | None = None  # of the lines whose cost is known
    quantity: Decimal = Decimal(0)
    lines: int = 0

    def __add__(self, other: Sold) -> Sold:
        """Two together."""
        known = [one for one in (self.margin, other.margin) if one is not None]
        margin = sum(known, Decimal(0)) if known else None
        return Sold(self.revenue + other.revenue, margin, self.quantity + other.quantity, self.lines + other.lines)


def products_table(actor: Actor, *, period: str) -> Table:
    """Each category with its products, the largest first, and all together."""
    asked = period_read(period)
    found = sold(asked, actor)
    whole = sum((one for some in found.values() for one in some.values()), Sold())
    ranked = sorted(found, key=lambda category: (-together(found[category]).revenue, category))
    told = [line for category in ranked for line in lines_of(category, found[category], whole, (asked, actor))]
    every = MEASURES[MeasureName.REVENUE].behind(asked)
    kept = is_hidden(registry["sales.order"], "margin_amount", actor)
    columns = tuple(one for one in COLUMNS if not (kept and one.name == "margin"))
    lines = [*told, line_of(_("Total"), whole, whole, every, is_total=True)] if told else []
    return Table(columns, [replace(one, cells={of.name: one.cells[of.name] for of in columns}) for one in lines])


def together(some: dict[UUID | None, Sold]) -> Sold:
    """A category's products in one."""
    return sum(some.values(), Sold())


def sold(period: Period, actor: Actor) -> dict[str, dict[UUID | None, Sold]]:
    """What was sold of each product, by category: one statement over the lines of the period's orders."""
    permit(actor, registry["sales.product"].permission("view"))
    fields_permit(registry["sales.product"], ("name", "category"), actor)
    fields_permit(registry["sales.order"], ("lines",), actor)
    orders = MEASURES[MeasureName.REVENUE].rows(period, actor)
    rate, lines = F("order__exchange_rate"), OrderLine.objects.filter(order__in=orders.values("pk")).order_by()
    rows = lines.values_list("product__category", "product").annotate(
        revenue=Sum(F("amount") * rate), margin=Sum(F("margin_amount") * rate), n=Sum("quantity"), lines=Count("pk")
    )
    found: dict[str, dict[UUID | None, Sold]] = defaultdict(dict)
    for category, product, revenue, margin, n, count in rows:
        found[category or ""][product] = Sold(revenue or Decimal(0), margin, n or Decimal(0), count)
    return found


def lines_of(category: str, some: dict[UUID | None, Sold], whole: Sold, asked: tuple[Period, Actor]) -> Iterable[Line]:
    """A category, then its products; what is about no product has no list of its own."""
    period, actor = asked
    behind = MEASURES[MeasureName.REVENUE].behind
    inside = behind(period, lines__product__category=category) if category else None
    yield line_of(category or _("Without a category"), together(some), whole, inside, is_group=True)
    ranked = sorted((pk for pk in some if pk), key=lambda pk: -some[pk].revenue)[:MOST]
    names = dict(visible(Product, actor).filter(pk__any_of=ranked).values_list("pk", "name"))
    for pk in ranked:
        own = behind(period, lines__product=str(pk))
        yield line_of(names.get(pk, _("(not named)")), some[pk], whole, own if pk in names else None, depth=1)


def line_of(
    title: str, one: Sold, whole: Sold, behind: Behind | None, *, depth: int = 0, is_group: bool = False,
    is_total: bool = False,
) -> Line:  # fmt: skip
    """One line, its revenue leading to the orders that hold it."""
    cells = {
        "revenue": Cell(one.revenue, behind),
        "share": Cell(float(one.revenue / whole.revenue) if whole.revenue else None),
        "margin": Cell(one.margin),
        "quantity": Cell(one.quantity.normalize() if one.quantity % 1 else int(one.quantity)),
        "lines": Cell(one.lines),
    }
    return Line(title, cells, depth, is_total=is_total, is_group=is_group)


every_figures.add(
    Figures(
        "products",
        gettext_lazy("Sales by product"),
        gettext_lazy("What each product category and product brought, without tax and what was cancelled."),
        "package",
        "sales.order",
        (PERIOD,),
        products_table,
    )
)
