"""How assignment rules and territories are kept: by whoever arranges the teams."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from crm.core.errors import Problem
from crm.core.registry import Order, Resource, Row, register
from crm.sales.models import AssignmentRule, Territory
from crm.sales.services.assignment import rules_follow, territories_follow

WRITES = ("add", "change", "delete", "restore")


class GivenResource(Resource):
    """What both have in common."""

    sortable = ("position", "created_at")
    ordering = "position"
    in_navigation, in_settings = False, True

    def permission(self, action: str) -> str:
        """They decide who owns what: whoever changes them arranges the teams, and no pattern of work covers that."""
        return "team.manage_team" if action in WRITES else super().permission(action)


@register
class AssignmentRuleResource(GivenResource):
    """Assignment rules: to whom new leads, deals and customers go that nobody owns."""

    model = AssignmentRule
    order = Order("position")
    purpose = _("To whom new records go that nobody owns")
    address = "assignment-rules"
    icon = "user-share"
    fields = ("name", "assigns", "position", "conditions", "way", "person", "team", "is_active")
    hidden = ("last",)
    conditions: ClassVar = {"conditions": "assigns"}
    columns = ("name", "assigns", "position", "conditions", "way", "person", "team", "is_active")
    filters = ("name", "assigns", "way", "person", "team", "is_active")
    quick = ("assigns", "way")
    search = ("name",)
    personal = ()
    groups = (
        (_("About"), ("assigns", "position", "conditions", "way", "person", "team", "is_active")),
        (_("More"), ("owner", "is_sample", "created_at", "updated_at")),
    )

    def follow(self, rows: Mapping[int, Row], was: Mapping[int, Row]) -> Iterator[tuple[int, str, Problem]]:
        """Conditions that can be asked, and somebody to choose from."""
        return rules_follow(rows)


@register
class TerritoryResource(GivenResource):
    """Territories: parts of the market and who looks after them."""

    model = Territory
    order = Order("position")
    purpose = _("Parts of the market and who looks after them")
    address = "territories"
    icon = "map-2"
    fields = ("name", "position", "conditions", "person", "team", "is_active")
    conditions: ClassVar = {"conditions": "customers.customer"}
    columns = ("name", "position", "conditions", "person", "team", "is_active")
    filters = ("name", "person", "team", "is_active")
    quick = ("is_active",)
    search = ("name",)
    personal = ()
    groups = (
        (_("About"), ("position", "conditions", "person", "team", "is_active")),
        (_("More"), ("owner", "is_sample", "created_at", "updated_at")),
    )

    def follow(self, rows: Mapping[int, Row], was: Mapping[int, Row]) -> Iterator[tuple[int, str, Problem]]:
        """Conditions on customers that can be asked."""
        return territories_follow(rows)
