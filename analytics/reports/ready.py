"""Reports that are there from the first day, and the dashboard that they make."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.reports.grouping import Tree
from crm.core.trade import by_trade, chosen

WON: Tree = {"field": "status", "op": "eq", "value": "won"}
OPEN: Tree = {"field": "status", "op": "eq", "value": "open"}
LOST: Tree = {"field": "status", "op": "eq", "value": "lost"}
CLOSED: Tree = {"and": [{"field": "status", "op": "ne", "value": "open"},
                        {"field": "closed_on", "op": "is_empty", "value": "false"}]}  # fmt: skip
DEAL, ORDER, CUSTOMER, LEAD = "sales.deal", "sales.order", "customers.customer", "sales.lead"
Definition = dict[str, Any]


@dataclass(frozen=True)
class Ready:
    """A report that is there from the first day: how it is drawn, the field that dates are about, its definition."""

    label: str | Promise
    chart: str
    day: str
    asked: Callable[[], Definition]


def won() -> Definition:
    """Value won and win rate of every owner by quarter."""
    return {
        "object": DEAL,
        "rows": [{"field": "owner"}],
        "column": {"field": "closed_on", "by": "quarter"},
        "where": CLOSED,
        "measures": [amount_won(), {"of": "share", "where": WON, "name": "win_rate", "label": _("Win rate")}],
    }


def amount_won() -> dict[str, Any]:
    """What the deals that were won come to."""
    return {"of": "sum", "field": "amount_home", "where": WON, "name": "won_value", "label": _("Won")}


def orders_called() -> str:
    """What orders are called where the company at hand sells them."""
    return chosen(_("Orders"), bank=_("Transactions"), travel=_("Bookings"))


def orders() -> Definition:
    """What orders came to by month."""
    value = {"field": "amount_home"}
    average = chosen(_("Average order"), bank=_("Average transaction"), travel=_("Average booking"))
    largest = chosen(_("Largest order"), bank=_("Largest transaction"), travel=_("Largest booking"))
    return {
        "object": ORDER,
        "rows": [{"field": "ordered_at", "by": "month"}],
        "measures": [
            {"of": "sum", **value, "name": "value", "label": _("Value")},
            {"of": "count", "label": orders_called()},
            {"of": "average", **value, "name": "average", "label": average},
            {"of": "max", **value, "name": "largest", "label": largest},
        ],
    }


def new_customers() -> Definition:
    """How many customers came in, and how far the acquaintance has come since."""
    return {"object": CUSTOMER, "rows": [{"field": "created_at", "by": "month"}], "column": {"field": "lifecycle"}}


def risk() -> Definition:
    """How many customers of each segment may be lost."""
    return {"object": CUSTOMER, "rows": [{"field": "rfm_segment"}], "column": {"field": "churn_band"}}


def sold() -> Definition:
    """What orders came to, as one number."""
    return {"object": ORDER, "measures": [{"of": "sum", "field": "amount_home", "name": "value", "label": _("Value")}]}


def ordered() -> Definition:
    """How many orders there were."""
    return {"object": ORDER, "measures": [{"of": "count", "label": orders_called()}]}


def won_value() -> Definition:
    """What was won, as one number."""
    return {"object": DEAL, "where": CLOSED, "measures": [amount_won()]}


def win_rate() -> Definition:
    """Which share of the deals that came to an end was won."""
    share = {"of": "share", "where": WON, "name": "win_rate", "label": _("Win rate")}
    return {"object": DEAL, "where": CLOSED, "measures": [share]}


def best_customers() -> Definition:
    """The customers that bought for the most."""
    value = {"of": "sum", "field": "amount_home", "name": "value", "label": _("Value")}
    return {
        "object": ORDER, "rows": [{"field": "customer"}], "limit": 10,
        "where": {"field": "customer", "op": "is_empty", "value": "false"},
        "measures": [value, {"of": "count", "label": orders_called()}],
    }  # fmt: skip


def best_products() -> Definition:
    """The products that brought the most, without orders that were cancelled."""
    return {
        "object": ORDER, "part": "lines", "rows": [{"field": "lines.product"}], "limit": 10,
        "where": {"field": "status", "op": "ne", "value": "cancelled"},
        "measures": [
            {"of": "sum", "field": "lines.amount", "name": "value", "label": _("Value")},
            {"of": "sum", "field": "lines.quantity", "name": "quantity", "label": _("Quantity")},
        ],
    }  # fmt: skip


def open_deals() -> Definition:
    """What stands in each stage: how many deals are open, and what they come to."""
    value = {"of": "sum", "field": "amount_home", "name": "value", "label": _("Value")}
    return {
        "object": DEAL, "rows": [{"field": "stage"}], "where": OPEN, "ordering": "title",
        "measures": [value, {"of": "count", "label": _("Deals")}],
    }  # fmt: skip


def lost_reasons() -> Definition:
    """Why deals were lost."""
    return {"object": DEAL, "rows": [{"field": "lost_reason"}], "where": LOST}


READY = {
    "won": Ready(gettext_lazy("Wins by owner"), "stacked", "closed_on", won),
    "orders": Ready(
        by_trade(
            gettext_lazy("Orders over time"),
            bank=gettext_lazy("Transactions over time"),
            travel=gettext_lazy("Bookings over time"),
        ),
        "line",
        "ordered_at",
        orders,
    ),
    "new-customers": Ready(gettext_lazy("New customers"), "stacked", "created_at", new_customers),
    "risk": Ready(gettext_lazy("Churn risk by segment"), "stacked", "created_at", risk),
    "sold": Ready(gettext_lazy("Sold"), "number", "ordered_at", sold),
    "ordered": Ready(
        by_trade(
            gettext_lazy("Number of orders"),
            bank=gettext_lazy("Number of transactions"),
            travel=gettext_lazy("Number of bookings"),
        ),
        "number",
        "ordered_at",
        ordered,
    ),
    "won-value": Ready(gettext_lazy("Won value"), "number", "closed_on", won_value),
    "win-rate": Ready(gettext_lazy("Win rate"), "number", "closed_on", win_rate),
    "best-customers": Ready(gettext_lazy("Best customers"), "bar", "ordered_at", best_customers),
    "best-products": Ready(gettext_lazy("Best-selling products"), "bar", "ordered_at", best_products),
    "open-deals": Ready(gettext_lazy("Open deals by stage"), "bar", "opened_on", open_deals),
    "lost-reasons": Ready(gettext_lazy("Why deals are lost"), "pie", "closed_on", lost_reasons),
}
SALES = (
    ("sold", 3), ("ordered", 3), ("won-value", 3), ("win-rate", 3),
    ("orders", 8), ("lost-reasons", 4),
    ("open-deals", 6), ("won", 6),
    ("best-customers", 6), ("best-products", 6),
    ("risk", 6), ("new-customers", 6),
)  # fmt: skip
SHOP = (
    ("sold", 6), ("ordered", 6),
    ("orders", 12),
    ("best-customers", 6), ("best-products", 6),
    ("risk", 6), ("new-customers", 6),
)  # fmt: skip
