"""How much people may take off by themselves, and what somebody must agree to before."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from decimal import ROUND_DOWN, Decimal
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
HUNDRED, FINEST = Decimal(100), Decimal("0.01")  # cents that rounding takes off are nobody's discount
Status = Approval.Status


class Offer(NamedTuple):
    """What somebody is about to promise: its lines, which record it is, and whose approvals count for it."""

    lines: Sequence[Row]
    id: UUID
    subjects: frozenset[UUID]
    whole: Decimal | None = None  # what all is sold for together, where no line names a price

    @property
    def sold(self) -> Sequence[Row]:
        """The lines with their prices: what is sold as a whole is so much of what it is listed at, less discounts."""
        listed = sum((worth_of(line | {"unit_price": line["list_price"]}) for line in self.lines), Decimal(0))
        if self.whole is None or not listed:
            return self.lines
        part = self.whole / listed
        return [line | {"unit_price": round((line["list_price"] or 0) * part, 4)} for line in self.lines]

    def cuts(self) -> list[tuple[Row, Decimal]]:
        """The lines that are sold for less, each with how much it takes off, in per cent."""
        lines = self.sold
        rebates = -sum((worth for line in lines if (worth := worth_of(line)) < 0), Decimal(0))
        found = [(line, off(line) if worth_of(line) >= 0 else off_whole(rebates, lines)) for line in lines]
        return [(line, percent) for line, percent in found if percent]


def worth_of(line: Row) -> Decimal:
    """What a line comes to, to the last digit."""
    worth: Decimal = line["quantity"] * (line["unit_price"] or 0) * (HUNDRED - line["discount_percent"]) / HUNDRED
    return worth


def off(line: Row) -> Decimal:
    """What a line takes off the price at which its product is listed; without one, its discount."""
    listed, price = line["list_price"], line["unit_price"]
    if not listed or price is None or price == listed:
        return Decimal(line["discount_percent"])
    left: Decimal = price * (HUNDRED - line["discount_percent"]) / listed
    return max(HUNDRED - left, Decimal(0)).quantize(FINEST, ROUND_DOWN)


def full_of(line: Row) -> Decimal:
    """What a line comes to at the listed price, or at its own where that is more; nothing if it is a rebate."""
    full: Decimal = line["quantity"] * (line["list_price"] or line["unit_price"] or 0)
    worth = worth_of(line)
    return max(full, worth) if worth >= 0 else Decimal(0)


def off_whole(less: Decimal, lines: Iterable[Row]) -> Decimal:
    """How much of all that is listed is taken off."""
    full = sum(map(full_of, lines), Decimal(0))
    return min(less / full * HUNDRED, HUNDRED).quantize(FINEST, ROUND_DOWN) if full > 0 else HUNDRED


def off_together(lines: Sequence[Row], most_of: Callable[[Row], Decimal | None]) -> tuple[Decimal, Decimal]:
    """What cuts and rebates take off together, and how much all lines' own limits allow."""
    full = [(line, full_of(line)) for line in lines]
    percents = ((worth, most_of(line)) for line, worth in full)
    allowed = sum((worth * (HUNDRED if most is None else most) for worth, most in percents), Decimal(0)) / HUNDRED
    less = sum((worth - worth_of(line) for line, worth in full), Decimal(0))
    return off_whole(less, lines), off_whole(allowed, lines)


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
    for row in lines.order_by("position").values(parent, *TERMS, "list_price"):
        found[row[parent]].append(row)
    return found


def excesses_of(offers: Mapping[int, Offer], actor: Actor) -> dict[int, Decimal]:
    """Of each offer that goes beyond what its actor may take off, the most that it takes off."""
    limits = list(DiscountLimit.objects.filter(deleted_at__isnull=True).defer("search"))
    if not limits or actor.may(DECIDE):
        return {}
    role = role_of(actor)
    cut = {at: found for at, offer in offers.items() if (found := offer.cuts())}
    products = {line["product"] for at in cut for line in offers[at].lines} - {None}
    categories = dict(Product.objects.filter(pk__any_of=products).values_list("pk", "category")) if products else {}

    def most_of(line: Row) -> Decimal | None:
        return limit_of(limits, role, categories.get(line["product"]) or "")

    beyond: dict[int, Decimal] = {}
    for at, cuts in cut.items():
        bounds = [most for line in offers[at].lines if (most := most_of(line)) is not None]
        for line, percent in cuts:
            most = min(bounds, default=None) if worth_of(line) < 0 else most_of(line)
            if most is not None and percent > max(most, beyond.get(at, most)):
                beyond[at] = percent
        if any(worth_of(line) < 0 for line, _percent in cuts):
            percent, most = off_together(offers[at].sold, most_of)
            if percent > max(most, beyond.get(at, most)):
                beyond[at] = percent
    return beyond


def terms_of(offer: Offer) -> str:
    """A digest of what is sold for less, and for how much: with other terms an approval is another question."""
    cut = [line for line, _percent in offer.cuts()]
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
            text = _("A discount of %(percent)s %% off the listed price needs an approval; ask for it.")
            yield at, Problem("approval_needed", text % {"percent": plain(excess)})


def is_agreed(offer: Offer, excess: Decimal, about: Mapping[UUID, list[Approval]]) -> bool:
    """Whether somebody has agreed to just this."""
    terms = terms_of(offer)
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
    whole = None if isinstance(record, Quote) or record.lines_amount else record.amount
    return Offer(lines, record.pk, frozenset({record.pk, deal or record.pk}), whole)


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
    values = {"kind": Approval.Kind.DISCOUNT.value, "percent": excess, "reason": reason, "terms": terms_of(offer)}
    about = {"object_type": record._meta.label_lower, "object_id": record.pk, "owner": record.owner_id}
    record_write(Approval, {**values, **about, "asked_by": person_of(actor)}, actor=actor)
    return {}
