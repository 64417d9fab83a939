"""Which prediction a file, or what is stored by now, can feed: what each needs, and what of it is there."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.gates import LEAST_CUSTOMERS, LEAST_OUTCOMES
from analytics.predictors import PREDICTORS
from crm.core.actors import Actor
from crm.core.permissions import visible
from crm.customers.models import Customer
from crm.exchange.analysis import EXTERNAL, FIRST, LAST, Readiness, ReadinessPart
from crm.sales.models import Order

Text = str | Promise
TOTALS: dict[str, dict[str, int | bool]] = {
    "opening_last_order_on": {"opening_last_order_on__isnull": False},
    "opening_orders_count": {"opening_orders_count__gt": 0},
    "opening_spend": {"opening_spend__gt": 0},
}


@dataclass(frozen=True)
class Need:
    """Something that a prediction is made of, and the places of which one is enough."""

    label: Text
    places: tuple[str, ...]


WHO = Need(gettext_lazy("who it is"), ("name", FIRST, LAST, "number", "phone", "email", EXTERNAL))
WHOSE = Need(gettext_lazy("whose order"), ("customer", "customer.number", "customer.phone", "customer.email"))
WHEN = Need(gettext_lazy("when it was ordered"), ("ordered_at",))
AMOUNT = Need(gettext_lazy("the amount"), ("lines.unit_price", "amount"))
PRODUCT = Need(gettext_lazy("the product"), ("lines.product", "lines.product.sku", "lines.code"))
NUMBER = Need(gettext_lazy("the order's number"), ("number",))
NEEDS: dict[str, dict[str, tuple[Need, ...]]] = {
    "customers.customer": {
        "rfm": (
            WHO,
            Need(gettext_lazy("the last order's date"), ("opening_last_order_on",)),
            Need(gettext_lazy("the number of orders"), ("opening_orders_count",)),
            Need(gettext_lazy("the amount spent"), ("opening_spend",)),
        ),
        "churn": (WHO, Need(gettext_lazy("the date and amount of every order, in a file of orders"), ())),
    },
    "sales.order": {
        "churn": (NUMBER, WHOSE, WHEN, AMOUNT),
        "next_purchase": (NUMBER, WHOSE, WHEN, AMOUNT),
        "recommendations": (NUMBER, WHOSE, WHEN, PRODUCT),
    },
}


def readiness(label: str, targets: Collection[str]) -> list[Readiness]:
    """What each prediction that lives on this noun finds among the columns' places."""
    known = {one.name: (str(one.label), str(one.question)) for one in PREDICTORS}
    found = []
    for name, needs in NEEDS.get(label, {}).items():
        title, question = known[name]
        parts = tuple(ReadinessPart(str(need.label), any(place in targets for place in need.places)) for need in needs)
        found.append(Readiness(name, title, question, parts, said(title, parts)))
    return found


def said(title: str, parts: tuple[ReadinessPart, ...]) -> str:
    """One sentence: found so many of so many, and what is missing."""
    have, missing = sum(part.is_found for part in parts), [part.label for part in parts if not part.is_found]
    filled = {"model": title, "have": have, "all": len(parts), "missing": _(", ").join(missing)}
    if not missing:
        return _("%(model)s: all %(all)s things needed are in this file.") % filled
    return _("%(model)s: found %(have)s of %(all)s things needed; missing: %(missing)s.") % filled


def reach(actor: Actor) -> str:
    """How far the stored customers with a history go; "" for who may not see them."""
    if not actor.may("customers.view_customer"):
        return ""
    known = Q(opening_orders_count__gt=0) | Q(opening_spend__gt=0) | Q(opening_last_order_on__isnull=False)
    ordering = Exists(Order.objects.filter(customer=OuterRef("pk"), deleted_at=None))
    count = visible(Customer, actor).filter(is_sample=False).filter(known | Q(ordering)).count()
    return enough(count)


def calls_missing(actor: Actor) -> str:
    """Why nobody can be called yet, although there are customers; "" where there are none, or not for this person."""
    kept_from = actor.hidden_fields & {f"customers.customer.{name}" for name in TOTALS}
    if kept_from or not actor.may("customers.view_customer"):
        return ""
    ordering = Exists(Order.objects.filter(customer=OuterRef("pk"), deleted_at=None))
    own = visible(Customer, actor).filter(is_sample=False)
    said = own.annotate(has_orders=ordering).aggregate(
        customers=Count("pk"),
        ordering=Count("pk", filter=Q(has_orders=True)),
        **{name: Count("pk", filter=Q(**asked)) for name, asked in TOTALS.items()},
    )
    filled = {name: f"{count:,}" for name, count in said.items()}
    needs = NEEDS["customers.customer"]["rfm"][1:]
    missing = [str(need.label) for need in needs if not said[need.places[0]]]
    if not said["customers"]:
        return ""
    if not said["ordering"] and missing:
        text = _("Customers so far: %(customers)s, without orders. For none of them is known: %(missing)s.")
        return text % {**filled, "missing": _(", ").join(missing)}
    text = _("Customers so far: %(customers)s. Of those with a history nobody is at risk, or it is being computed.")
    return text % filled


def enough(customers: int) -> str:
    """The history in words."""
    filled = {"count": f"{customers:,}", "least": LEAST_CUSTOMERS, "outcomes": LEAST_OUTCOMES}
    if not customers:
        return _("No customer has a history yet: bring a file with last orders, or a file of orders.")
    if customers < LEAST_CUSTOMERS:
        text = _("Customers with a history so far: %(count)s. Simple rules work now; models learn from %(least)s on.")
        return text % filled
    text = _(
        "Customers with a history so far: %(count)s. That is enough for models, once %(outcomes)s have stayed away and "
        "%(outcomes)s have come back."
    )
    return text % filled
