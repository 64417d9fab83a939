"""Reasons in words: what a fact says to a reader, with the number in it, in the language of the moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.utils import formats
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from crm.core.trade import industry_here, order_word

MOST = 5
LEAST_POINTS = 0.5


@dataclass(frozen=True)
class Topic:
    """Something a reason can be about; `is_actionable` when somebody can do something about it."""

    name: str
    is_actionable: bool


TOPICS = {
    topic.name: topic
    for topic in (
        Topic("recency_days", True),
        Topic("tenure_days", False),
        Topic("orders", False),
        Topic("gap_average", False),
        Topic("spend", False),
        Topic("orders_90", True),
        Topic("spend_90", True),
        Topic("products", True),
        Topic("returns", True),
    )
}


def reason_label(feature: str, value: float) -> str:
    """One reason as a sentence for people."""
    return sentence(get_language(), industry_here(), feature, round(value))


@lru_cache(maxsize=8192)
def sentence(language: str | None, industry: str, feature: str, n: int) -> str:
    """The sentence in the words of the moment, kept: a night tells the same one thousands of times."""
    number = formats.number_format(n, use_l10n=True, force_grouping=True)
    counted = {"n": number, "order": order_word(), "orders": order_word(n)}
    match feature:
        case "recency_days":
            return ngettext("No %(order)s for %(n)s day", "No %(order)s for %(n)s days", n) % counted
        case "tenure_days":
            return ngettext("Customer for %(n)s day", "Customer for %(n)s days", n) % counted
        case "orders":
            return _("%(n)s %(orders)s so far") % counted
        case "gap_average":
            return rhythm_label(n, counted)
        case "spend":
            return _("Spent %(n)s in all") % counted
        case _:
            return recent_label(feature, n, counted)


def rhythm_label(n: int, counted: dict[str, str]) -> str:
    """The usual time between orders, if there has been more than one."""
    if n == 0:
        return _("A first %(order)s only, on one day") % counted
    return ngettext("Usually one %(order)s every day", "Usually one %(order)s every %(n)s days", n) % counted


def recent_label(feature: str, n: int, counted: dict[str, str]) -> str:
    """What happened lately, and what was bought and returned."""
    match feature:
        case "orders_90":
            return _("%(n)s %(orders)s in the last 90 days") % counted
        case "spend_90":
            return _("Spent %(n)s in the last 90 days") % counted if n else _("Bought nothing in the last 90 days")
        case "products":
            return ngettext("Bought %(n)s different product", "Bought %(n)s different products", n) % counted
        case "returns":
            return ngettext("%(n)s return", "%(n)s returns", n) % counted
        case _:
            raise KeyError(feature)


def reason(feature: str, value: float, points: float) -> dict[str, Any]:
    """One reason as it is stored: the label in the tenant's language, the fact and the number for every other."""
    return {
        "feature": feature,
        "label": reason_label(feature, value),
        "value": value,
        "direction": "up" if points > 0 else "down",
        "points": round(points, 1),
        "actionable": TOPICS[feature].is_actionable,
    }


def strongest(features: Sequence[str], values: Sequence[float], points: Sequence[float]) -> list[dict[str, Any]]:
    """Up to five reasons of at least half a point, the strongest first; equal ones in the order of the features."""
    ranked = sorted(range(len(features)), key=lambda i: (-abs(points[i]), i))
    chosen = [i for i in ranked if abs(points[i]) >= LEAST_POINTS][:MOST]
    return [reason(features[i], values[i], points[i]) for i in chosen]


def recommendation_label(reason_type: str, values: dict[str, Any]) -> str:
    """Why a product is recommended, with the numbers, as a sentence for people."""
    match reason_type:
        case "buy_again":
            often = ngettext("Bought on %(times)s day", "Bought on %(times)s days", values["times"]) % values
            last = ngettext("last %(ago)s day ago", "last %(ago)s days ago", values["ago"]) % values
            return _("%(often)s, %(last)s") % {"often": often, "last": last}
        case "similar_item":
            return (
                ngettext(
                    "%(together)s customer who bought %(product)s also bought this",
                    "%(together)s customers who bought %(product)s also bought this",
                    values["together"],
                )
                % values
            )
        case _:
            return ngettext("Sold %(sold)s time in 30 days", "Sold %(sold)s times in 30 days", values["sold"]) % values
