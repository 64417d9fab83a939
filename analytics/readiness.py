"""Which models the data unlocks, and what is missing for the others: in numbers, and in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

from django.db.models import Count, Max, Min, Q, QuerySet
from django.utils.translation import gettext as _

from analytics.gates import FULL_CUSTOMERS, LEAST_CUSTOMERS, LEAST_OUTCOMES
from analytics.models import ModelVersion
from analytics.predictors import PREDICTORS
from analytics.wording import LEAST_DAYS, verdict_lift, verdict_why
from crm.core.actors import Actor
from crm.core.permissions import permit
from crm.core.samples import sample_shown
from crm.sales.models import Order, OrderLine


class NeedTold(TypedDict):
    """One thing that a model asks of the data, and how much of it is missing."""

    what: str
    have: int
    need: int
    missing: int
    text: str


class EntryTold(TypedDict):
    """One model: whether the data is enough, whether it is in use, and what would help."""

    name: str
    label: str
    is_ready: bool
    is_in_use: bool
    needs: list[NeedTold]
    text: str
    lifts_it: str


class DataReadiness(TypedDict):
    """All models, and how much there is to learn from."""

    is_sample: bool
    data: dict[str, int]
    full_contest_at: int
    models: list[EntryTold]


@dataclass(frozen=True)
class Need:
    """One thing that a model asks of the data."""

    what: str
    label: str
    have: int
    need: int

    def told(self) -> NeedTold:
        """With what is missing."""
        missing = max(0, self.need - self.have)
        text = _("%(label)s: %(have)s of %(need)s") % {"label": self.label, "have": self.have, "need": self.need}
        return {"what": self.what, "have": self.have, "need": self.need, "missing": missing, "text": text}


def counted(is_sample: bool) -> QuerySet[Order]:
    """The orders that models learn from."""
    sales = Order.objects.filter(deleted_at=None, kind="sale", amount_home__gt=0, customer__isnull=False)
    return sales.exclude(status="cancelled").filter(is_sample=is_sample, customer__deleted_at=None)


def facts(is_sample: bool) -> dict[str, int]:
    """How much there is to learn from."""
    orders = counted(is_sample)
    buyers = orders.values("customer").annotate(days=Count("ordered_at__date", distinct=True))
    span = orders.aggregate(first=Min("ordered_at"), last=Max("ordered_at"))
    lines = OrderLine.objects.filter(order__in=orders, product__isnull=False)
    return {
        **buyers.aggregate(customers=Count("customer"), returning=Count("customer", filter=Q(days__gt=1))),
        "days": (span["last"] - span["first"]).days if span["first"] else 0,
        "orders": orders.count(),
        "products": lines.values("product").distinct().count(),
    }


def needs_of(predictor: str, have: dict[str, int]) -> list[Need]:
    """What one model asks for."""
    customers = Need("customers", _("Customers with orders"), have["customers"], LEAST_CUSTOMERS)
    returning = Need("returning", _("Customers who came back"), have["returning"], LEAST_OUTCOMES)
    days = Need("days", _("Days between the first order and the last"), have["days"], LEAST_DAYS)
    match predictor:
        case "churn" | "next_purchase":
            return [customers, returning, days]
        case "clv":
            return [customers, Need("returning", returning.label, have["returning"], LEAST_CUSTOMERS // 5)]
        case "recommendations":
            return [Need("products", _("Products on orders"), have["products"], 1)]
        case _:
            return [Need("customers", customers.label, have["customers"], 1)]


def readiness(*, actor: Actor) -> DataReadiness:
    """Each model: whether the data is enough, whether it is in use, and if not, why and what would help."""
    permit(actor, "analytics.view_model")
    is_sample = sample_shown()
    have = facts(is_sample)
    current = ModelVersion.objects.filter(is_sample=is_sample).exclude(status="retired").defer("artifact")
    by_name = {version.predictor: version for version in current}
    return {
        "is_sample": is_sample,
        "data": have,
        "full_contest_at": FULL_CUSTOMERS,
        "models": [
            entry(one.name, str(one.label), needs_of(one.name, have), by_name.get(one.name)) for one in PREDICTORS
        ],
    }


def entry(name: str, label: str, needs: Sequence[Need], version: ModelVersion | None) -> EntryTold:
    """One model in numbers and words."""
    told = [need.told() for need in needs]
    missing = [one["text"] for one in told if one["missing"]]
    in_use = version is not None and version.verdict == "ok"
    why = verdict_why(version.verdict, version.metrics) if version and not missing else ""
    return {
        "name": name,
        "label": label,
        "is_ready": not missing,
        "is_in_use": in_use,
        "needs": told,
        "text": sentence(missing, in_use=in_use, why=why),
        "lifts_it": verdict_lift(version.verdict) if version and not in_use else "",
    }


def sentence(missing: Sequence[str], *, in_use: bool, why: str) -> str:
    """Where one model stands, in words."""
    if in_use:
        return _("In use.")
    if missing:
        return _("Still missing: %(needs)s.") % {"needs": "; ".join(missing)}
    return why or _("The data is enough; it is learned tonight, or when somebody asks for it.")
