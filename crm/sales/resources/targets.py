"""How targets, plans and the changes of a forecast are kept."""

from collections.abc import Iterator, Mapping

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.core.actors import Actor
from crm.core.errors import Problem
from crm.core.registry import Resource, Row, register
from crm.sales.models import ForecastAdjustment, Span, Target
from crm.sales.services.periods import period_at
from crm.sales.services.targets import author_of, name_of, targets_follow


@register
class TargetResource(Resource):
    """Targets and plans: what people, teams or everybody are to reach in a month, quarter or year."""

    model = Target
    icon = "flag"
    daily_in = frozenset({"bank", "travel"})
    begins = True
    fields = (
        "kind",
        "measure",
        "person",
        "team",
        "product_category",
        "period",
        "starts_on",
        "goal",
        "name",
        "notes",
    )
    computed = ("ends_on",)
    columns = ("name", "kind", "person", "team", "product_category", "starts_on", "ends_on", "goal")
    filters = ("kind", "measure", "person", "team", "product_category", "period", "starts_on", "ends_on", "goal")
    quick = ("kind", "measure", "period")
    sortable = ("created_at", "starts_on", "name", "goal")
    ordering = "-starts_on"
    search = ("name", "product_category")
    personal = ("notes",)
    kinds = {"goal": "number"}
    reserved = {"set": Q(kind=Target.Kind.TARGET)}
    groups = (
        (_("About"), ("kind", "measure", "goal", "person", "team", "product_category")),
        (_("When"), ("period", "starts_on", "ends_on")),
        (_("More"), ("notes", "owner", "is_sample", "created_at", "updated_at")),
    )
    synonyms = {
        "goal": ("goal", "target", "quota", "amount", "目标", "目标值", "指标"),
        "person": ("person", "sales agent", "sales rep", "owner", "人员", "销售"),
        "team": ("team", "团队"),
        "product_category": ("category", "product category", "产品类别", "品类"),
        "starts_on": ("starts", "start", "month", "period start", "开始", "月份"),
    }

    def follow(self, rows: Mapping[int, Row], was: Mapping[int, Row]) -> Iterator[tuple[int, str, Problem]]:
        """One target of a kind for the same people, measure and period."""
        return targets_follow(rows, was)

    def settle(self, row: Row, actor: Actor) -> tuple[Row, dict[str, Problem]]:
        """Everybody plans; targets are set by those who may."""
        if row["kind"] != Target.Kind.TARGET or actor.may(self.permission("set")):
            return {}, {}
        text = _("Only those who may set targets (%(permission)s) write one; make a plan instead.")
        return {}, {"kind": Problem("forbidden", text % {"permission": self.permission("set")})}

    def derive(self, row: Row) -> Row:
        """A period begins with its first day; a target without a name is called by what it is about."""
        if row["starts_on"] is None:
            return {}
        period = period_at(row["period"], row["starts_on"])
        return {"starts_on": period.first, "ends_on": period.last, "name": row["name"] or name_of(row)}


@register
class ForecastAdjustmentResource(Resource):
    """Forecast adjustments: signed changes of a forecast, each with its author and reason."""

    model = ForecastAdjustment
    address = "forecast-adjustments"
    icon = "adjustments"
    title = "reason"
    fields = ("person", "period", "starts_on", "category", "amount", "reason")
    computed = ("ends_on", "author")
    columns = ("reason", "person", "category", "amount", "starts_on", "ends_on", "author")
    filters = ("person", "period", "starts_on", "ends_on", "category", "amount", "author")
    quick = ("category",)
    sortable = ("created_at", "starts_on")
    ordering = "-created_at"
    search = ("reason",)
    personal = ("reason",)
    amounts = ("amount",)
    in_navigation = False
    groups = (
        (_("About"), ("person", "category", "amount", "author")),
        (_("When"), ("period", "starts_on", "ends_on")),
        (_("More"), ("owner", "is_sample", "created_at", "updated_at")),
    )

    def derive(self, row: Row) -> Row:
        """A period begins with its first day; one that was left open is a quarter."""
        if row["starts_on"] is None:
            return {}
        period = period_at(row["period"] or Span.QUARTER, row["starts_on"])
        return {"period": period.span, "starts_on": period.first, "ends_on": period.last}

    def settle(self, row: Row, actor: Actor) -> tuple[Row, dict[str, Problem]]:
        """Whoever writes it first is its author."""
        return ({} if row["author"] else {"author": author_of(actor)}), {}
