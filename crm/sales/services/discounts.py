"""How much people may take off by themselves, and what somebody must agree to before."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db import models
from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.errors import CrmError, Problem
from crm.core.registry import Row
from crm.core.services import record_write
from crm.sales.models import Approval, Deal, DealLine, DiscountLimit, Product, Quote, QuoteLine
from crm.sales.services.approvals import person_of
from crm.team.models import User

DECIDE = "sales.approve_approval"
TERMS = ("product", "description", "quantity", "unit_price", "interval", "discount_percent")
Status = Approval.Status


class Offer(NamedTuple):
    """What somebody is about to promise: its lines, which record it is, and whose approvals count for it."""

    lines: Sequence[Row]
    id: UUID
    subjects: frozenset[UUID]


def limit_of(limits: Iterable[DiscountLimit], role: str, category: str) -> Decimal | None:
    """The limit that speaks most exactly of a role and a category; of two alike the lower one; none: no limit."""
    fitting = [one for one in limits if one.role in ("", role) and one.category in ("", category)]
    nearest = sorted(fitting, key=lambda one: (not one.role, not one.category, one.percent))
    return nearest[0].percent if nearest else None


def role_of(actor: Actor) -> str:
    """The code of the role of the person who acts; a program without one has none."""
    if actor.person is None:
        return ""
    return User.objects.filter(pk=actor.person).values_list("role__code", flat=True).first() or ""


def lines_stored(model: type[models.Model], parent: str, ids: Collection[UUID]) -> dict[UUID, list[Row]]:
    """The lines of some deals or quotes, as rows."""
    found: dict[UUID, list[Row]] = defaultdict(list)
    lines = model._default_manager.filter(**{f"{parent}__any_of": list(ids)}) if ids else model._default_manager.none()
    for row in lines.order_by("position").values(parent, *TERMS):
        found[row[parent]].append(row)
    return found


def excesses_of(offers: Mapping[int, Offer], actor: Actor) -> dict[int, Decimal]:
    """Of each offer that goes beyond what its actor may take off, the largest discount that does."""
    limits = list(DiscountLimit.objects.filter(deleted_at__isnull=True).defer("search"))
    if not limits or actor.may(DECIDE):
        return {}
    role = role_of(actor)
    cut = {at: [line for line in offer.lines if line["discount_percent"]] for at, offer in offers.items()}
    products = {line["product"] for lines in cut.values() for line in lines} - {None}
    categories = dict(Product.objects.filter(pk__any_of=products).values_list("pk", "category")) if products else {}
    beyond: dict[int, Decimal] = {}
    for at, lines in cut.items():
        for line in lines:
            most = limit_of(limits, role, categories.get(line["product"]) or "")
            if most is not None and line["discount_percent"] > max(most, beyond.get(at, most)):
                beyond[at] = line["discount_percent"]
    return beyond


def terms_of(lines: Iterable[Row]) -> str:
    """A digest of what is sold for less, and for how much: with other terms an approval is another question."""
    cut = [line for line in lines if line["discount_percent"]]
    told = sorted("|".join(plain(line[n]) for n in TERMS if n != "description" or not line["product"]) for line in cut)
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def plain(value: Any) -> str:
    """A value in the one way in which it is written."""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value or "")


def discounts_refused(offers: Mapping[int, Offer], actor: Actor) -> Iterator[tuple[int, Problem]]:
    """Refuse while somebody is still to decide, and where nobody has agreed to what is beyond the limit."""
    if not offers:
        return
    subjects = {pk for offer in offers.values() for pk in offer.subjects}
    about: dict[UUID, list[Approval]] = defaultdict(list)
    for one in Approval.objects.filter(object_id__any_of=subjects, deleted_at__isnull=True).defer("search"):
        about[one.object_id or one.pk].append(one)
    excesses = excesses_of(offers, actor)
    for at, offer in offers.items():
        excess = excesses.get(at)
        if any(one.status == Status.OPEN for one in about[offer.id]):
            yield at, Problem("approval_open", _("Somebody is still to decide on an approval."))
        elif excess is not None and not is_agreed(offer, excess, about):
            text = _("A discount of %(percent)s %% needs an approval; ask for it.")
            yield at, Problem("approval_needed", text % {"percent": plain(excess)})


def is_agreed(offer: Offer, excess: Decimal, about: Mapping[UUID, list[Approval]]) -> bool:
    """Whether somebody has agreed to just this."""
    terms = terms_of(offer.lines)
    told = [one for pk in offer.subjects for one in about[pk]]
    return any(
        one.status == Status.APPROVED
        and one.kind == Approval.Kind.DISCOUNT
        and (one.percent or 0) >= excess
        and one.terms == terms
        for one in told
    )


def offer_of(record: Deal | Quote) -> Offer:
    """What a stored record promises; of a quote the approvals of its deal count, too."""
    model, parent = (QuoteLine, "quote") if isinstance(record, Quote) else (DealLine, "deal")
    deal = record.deal_id if isinstance(record, Quote) else None
    lines = lines_stored(model, parent, [record.pk])[record.pk]
    return Offer(lines, record.pk, frozenset({record.pk, deal or record.pk}))


def discounts_check(record: Deal | Quote, actor: Actor) -> None:
    """Refuse to let out what nobody has agreed to."""
    for _at, problem in discounts_refused({0: offer_of(record)}, actor):
        raise CrmError(problem.code, problem.message, status=409)


def approval_ask(record: Deal | Quote, reason: str, actor: Actor) -> dict[str, Any]:
    """Ask for what is beyond the limit, as it stands now."""
    offer = offer_of(record)
    excess = excesses_of({0: offer}, actor).get(0)
    if excess is None:
        raise CrmError("no_approval_needed", _("You may give these discounts yourself."), status=409)
    values = {"kind": Approval.Kind.DISCOUNT.value, "percent": excess, "reason": reason, "terms": terms_of(offer.lines)}
    about = {"object_type": record._meta.label_lower, "object_id": record.pk, "owner": record.owner_id}
    record_write(Approval, {**values, **about, "asked_by": person_of(actor)}, actor=actor)
    return {}
