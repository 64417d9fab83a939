"""What stands beside a customer on the page, and what programs may ask for: consents, behaviour, lists, the tree."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.core.actors import Actor
from crm.core.permissions import is_hidden, visible
from crm.core.registry import Aside, Row, registry
from crm.core.rows import may_name
from crm.core.specs import FieldSpec
from crm.customers.models import BehaviourEvent, Customer, ListMember, StaticList
from crm.customers.services.consents import SPECS, consents_read
from crm.customers.services.parents import DEEPEST

MOST = 50
CUSTOMER, LIST = Customer._meta.label_lower, StaticList._meta.label_lower
BEHAVIOUR_SPECS = (
    FieldSpec("kind", pgettext_lazy("behaviour", "What"), "choice", choices=tuple(BehaviourEvent.Kind.choices)),
    FieldSpec("month", _("Last 30 days"), "integer"),
    FieldSpec("last_at", _("Last time"), "moment"),
    FieldSpec("year", _("Last 365 days"), "integer"),
)
LIST_SPECS = (
    FieldSpec("list", _("List"), "link", target=LIST),
    FieldSpec("added_at", _("Since"), "date"),
)
TREE_SPECS = (
    FieldSpec("customer", _("Company"), "link", target=CUSTOMER),
    FieldSpec(
        "place",
        pgettext_lazy("layout", "Place"),
        "choice",
        choices=(("above", _("Above")), ("here", _("Here")), ("below", _("Below"))),
    ),
)


def link(label: str, pk: UUID, title: str) -> Row:
    """A record as it stands in a table."""
    return {"label": label, "id": pk, "title": title}


def consents(customer: UUID, actor: Actor) -> list[Row]:
    """The state of the ledger."""
    return consents_read(customer)


def behaviour(customer: UUID, actor: Actor) -> list[Row]:
    """How often somebody did what, and when last."""
    now = timezone.now()
    year = BehaviourEvent.objects.filter(customer=customer, happened_at__gte=now - timedelta(days=365)).order_by()
    rows: Any = year.values("kind").annotate(
        month=Count("pk", filter=Q(happened_at__gte=now - timedelta(days=30))),
        year=Count("pk"),
        last_at=Max("happened_at"),
    )
    return sorted(rows, key=lambda row: row["last_at"], reverse=True)


def lists(customer: UUID, actor: Actor) -> list[Row]:
    """On which lists somebody stands."""
    if not may_name(LIST, actor):
        return []
    seen = visible(StaticList, actor).filter(object_type=CUSTOMER)
    rows = ListMember.objects.filter(object_id=customer, list__in=seen).select_related("list").order_by("-id")[:MOST]
    return [{"list": link(LIST, row.list_id, row.list.name), "added_at": row.added_at.date()} for row in rows]


def tree(customer: UUID, actor: Actor) -> list[Row]:
    """The companies above, from the top, and those right below; nothing where a company stands alone."""
    if is_hidden(registry[CUSTOMER], "parent", actor):
        return []
    seen = visible(Customer, actor)
    here = seen.filter(pk=customer).values("id", "name", "parent_id").first()
    if here is None:
        return []
    above: list[Any] = []
    step: Any = here
    while step and step["parent_id"] and len(above) < DEEPEST:
        step = seen.filter(pk=step["parent_id"]).values("id", "name", "parent_id").first()
        above += [step] if step else []
    below = list(seen.filter(parent=customer).order_by("name_key", "id").values("id", "name")[:MOST])
    if not above and not below:
        return []
    placed = [("above", one) for one in reversed(above)] + [("here", here)] + [("below", one) for one in below]
    return [{"customer": link(CUSTOMER, one["id"], one["name"]), "place": place} for place, one in placed]


ASIDES = (
    Aside("tree", _("Company tree"), "sitemap", TREE_SPECS, tree),
    Aside("consents", _("Consent"), "shield-check", SPECS, consents),
    Aside("behaviour", _("Behaviour"), "activity", BEHAVIOUR_SPECS, behaviour),
    Aside("lists", _("Lists"), "list-check", LIST_SPECS, lists),
)
