"""The sample and a company's own records never stand together: one rule, asked wherever records are listed or counted.

A company is shown its sample until it has a record of its own: the first customer, lead, deal, order, product or target
that is not the sample's (what is tried out on the sample, an order of one of its customers, does not count). From then
on the sample stands aside: lists, boards, calendars, searches, sums, exports and figures are of the company's own. Who
asks for the sample by name (`is_sample=true`) is given it; a record of it can be opened by its address, and everything
that points at it still leads there.

Which of the two it is stands in the tenant's row, that every request has at hand: asking costs no statement.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db import models, transaction
from django.db.models import QuerySet

from crm.core.actors import Actor
from crm.core.permissions import visible
from crm.core.registry import Resource, registry
from tenants import hosts
from tenants.models import Tenant
from tenants.standing import standing

M = TypeVar("M", bound=models.Model)
MARK = "is_sample"


def sample_shown() -> bool:
    """Whether the company has nothing of its own yet: then the sample is what everybody sees."""
    return bool(getattr(standing.tenant, "is_sample_shown", False))


def is_mixed(resource: Resource) -> bool:
    """Whether a list of the noun may hold samples: of all while there is nothing else, of what sets up the work
    always, for whatever is kept stands on it."""
    return resource.in_settings or sample_shown()


def listed(model: type[M], actor: Actor) -> QuerySet[M]:
    """The live rows that the actor may see, without a sample that stands aside."""
    rows = visible(model, actor)
    return rows if is_mixed(registry.of(model)) else rows.filter(is_sample=False)


def asks_for_samples(params: Mapping[str, str]) -> bool:
    """Whether the parameters of a list say themselves which of the two they mean."""
    return any(name.split("__")[0] == MARK for name in params) or MARK in params.get("where", "")


def tree_asks_for_samples(tree: Any) -> bool:
    """The same of a tree of conditions."""
    if isinstance(tree, list):
        return any(tree_asks_for_samples(one) for one in tree)
    if not isinstance(tree, dict):
        return False
    return tree.get("field") == MARK or any(tree_asks_for_samples(tree.get(word)) for word in ("and", "or", "not"))


def own_begins(resource: Resource | None) -> None:
    """A record of the company's own was made: the sample stands aside from the moment that this is stored."""
    if resource is not None and resource.begins and sample_shown():
        sample_show(is_shown=False)


def sample_show(*, is_shown: bool) -> None:
    """Have everybody see the sample, or stand it aside."""
    tenant = standing.tenant
    if not isinstance(tenant, Tenant):
        return
    Tenant.objects.filter(pk=tenant.pk).update(is_sample_shown=is_shown)

    def committed() -> None:
        tenant.is_sample_shown = is_shown
        hosts.forget()

    transaction.on_commit(committed)
