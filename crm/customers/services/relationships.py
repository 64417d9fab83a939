"""Ties between customers: told from both sides, never to oneself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext as _

from crm.core.errors import Problem
from crm.core.registry import Row
from crm.customers.models import Customer, Relationship

KIND = Relationship.Kind
PAIRS = (
    (KIND.PARENT, KIND.CHILD),
    (KIND.EMPLOYER, KIND.EMPLOYEE),
    (KIND.SHAREHOLDER, KIND.HOLDING),
    (KIND.ADVISER, KIND.ADVISED),
    (KIND.REFERRER, KIND.REFERRED),
    (KIND.SUPPLIER, KIND.BUYER),
)
RECIPROCAL = {one.value: other.value for pair in PAIRS for one, other in (pair, pair[::-1])}  # others are mutual


def relationships_follow(rows: Mapping[int, Row]) -> Iterator[tuple[int, str, Problem]]:
    """Fill in the names and the reciprocal; refuse a tie of somebody to themselves."""
    ids = {row[side] for row in rows.values() for side in ("customer", "other")}
    names = dict(Customer.objects.filter(pk__in=ids).values_list("pk", "name"))
    for at, row in rows.items():
        row["reciprocal"] = RECIPROCAL.get(row["kind"], row["kind"])
        row["name"] = row["name"] or f"{names.get(row['customer'], '')} · {names.get(row['other'], '')}"
        if row["customer"] == row["other"]:
            yield at, "other", Problem("circle", _("Nobody is tied to themselves: choose somebody else."))
