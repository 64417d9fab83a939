"""The forecast: what was won, what is counted on, what people change, for everybody in a period."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from django.db.models import Case, CharField, Count, ExpressionWrapper, F, FloatField, Q, Sum, Value, When

from crm.core.actors import Actor
from crm.core.permissions import fields_permit, permit, visible
from crm.core.registry import registry
from crm.core.samples import sample_shown
from crm.sales.models import Category, Deal, ForecastAdjustment, Outcome
from crm.sales.services.likelihood import Likelihood
from crm.sales.services.periods import Period

NONE = Decimal(0)
MADE_OF = ("owner", "status", "category", "amount", "amount_home", "weighted_amount", "expected_close_on", "closed_on")
COUNTED = (Category.CLOSED, Category.COMMIT)


@dataclass(frozen=True)
class Outlook:
    """What somebody, or some together, will come to: sums of deals by category, and signed changes of them."""

    deals: Mapping[str, Decimal] = field(default_factory=dict)
    weighted: Decimal = NONE
    changes: Mapping[str, Decimal] = field(default_factory=dict)
    likely: Decimal = NONE  # of open deals, by what became of earlier ones
    variance: float = 0.0  # of that

    def __add__(self, other: Outlook) -> Outlook:
        """Two together."""
        return Outlook(
            both(self.deals, other.deals),
            self.weighted + other.weighted,
            both(self.changes, other.changes),
            self.likely + other.likely,
            self.variance + other.variance,
        )

    def of(self, category: str) -> Decimal:
        """The deals of a category."""
        return self.deals.get(category, NONE)

    @property
    def changed(self) -> Decimal:
        """What people add to the forecast, or take from it."""
        return sum((self.changes.get(one, NONE) for one in COUNTED), NONE)

    @property
    def forecast(self) -> Decimal:
        """What is won, and what is counted on, as changed."""
        return sum((self.of(one) for one in COUNTED), NONE) + self.changed

    def by_history(self, deviations: float = 0.0) -> Decimal:
        """What is won, and what history says of the open deals; so many standard deviations off."""
        off = Decimal(str(round(deviations * self.variance**0.5, 4)))
        return self.of(Category.CLOSED) + max(self.likely + off, NONE)

    @property
    def at_best(self) -> Decimal:
        """The forecast with the best case, as changed."""
        return self.forecast + self.of(Category.BEST_CASE) + self.changes.get(Category.BEST_CASE, NONE)


def both(one: Mapping[str, Decimal], other: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Two sets of sums together."""
    return {name: one.get(name, NONE) + other.get(name, NONE) for name in one.keys() | other.keys()}


def outlooks(period: Period, likelihood: Likelihood, *, actor: Actor) -> dict[UUID | None, Outlook]:
    """The outlook of each owner, with what history says: one statement for the deals, one for the changes."""
    permit(actor, registry["sales.deal"].permission("view"))
    fields_permit(registry["sales.deal"], MADE_OF, actor)
    is_open = Q(status=Outcome.OPEN, expected_close_on__gte=period.first, expected_close_on__lte=period.last)
    was_won = Q(status=Outcome.WON, closed_on__gte=period.first, closed_on__lte=period.last)
    rows = visible(Deal, actor).filter(is_open | was_won, is_sample=sample_shown()).order_by()
    where = Case(
        When(status=Outcome.WON, then=Value(Category.CLOSED.value)),
        When(category=Category.CLOSED, then=Value(Category.COMMIT.value)),  # open, whatever its stage hopes
        default=F("category"),
        output_field=CharField(),
    )
    square = ExpressionWrapper(F("amount_home") * F("amount_home"), output_field=FloatField())
    sums = rows.annotate(place=where).values_list("owner", "place", "stage").annotate(
        total=Sum("amount_home"), weighted=Sum("weighted_amount"), squares=Sum(square)
    )
    found: dict[UUID | None, Outlook] = defaultdict(Outlook)
    for owner, place, stage, total, weighted, squares in sums:
        is_won = place == Category.CLOSED
        found[owner] += Outlook({place: total or NONE}, (total if is_won else weighted) or NONE)
        if total is not None and not is_won and likelihood.base is not None:
            found[owner] += likely(total, squares, likelihood.of(stage))
    for person, place, amount in changes(period, actor):
        found[person] += Outlook(changes={place: amount})
    return dict(found)


def likely(total: Decimal, squares: float, p: float) -> Outlook:
    """What history says of open deals that are won so often, as if each were won or lost by itself."""
    return Outlook(likely=total * Decimal(str(round(p, 6))), variance=squares * p * (1 - p))


def changes(period: Period, actor: Actor) -> list[tuple[UUID | None, str, Decimal]]:
    """The adjustments of each person and category, where the actor may see them."""
    adjustment = registry["sales.forecastadjustment"]
    if not actor.may(adjustment.permission("view")):
        return []
    fields_permit(adjustment, ["person", "category", "amount", "starts_on", "ends_on"], actor)
    rows = visible(ForecastAdjustment, actor).filter(
        starts_on__gte=period.first, ends_on__lte=period.last, is_sample=sample_shown()
    )
    return list(rows.order_by().values_list("person", "category").annotate(total=Sum("amount")))


def left_out(period: Period, *, actor: Actor) -> tuple[int, int]:
    """Open deals that no period has, for want of a day, and those that should have closed before this one."""
    rows = visible(Deal, actor).filter(status=Outcome.OPEN, is_sample=sample_shown())
    undated, late = Q(expected_close_on=None), Q(expected_close_on__lt=period.first)
    found: dict[str, int] = rows.aggregate(undated=Count("pk", filter=undated), late=Count("pk", filter=late))
    return found["undated"], found["late"]
